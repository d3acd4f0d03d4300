import { expect, test } from '@jest/globals'
import { lineAmount } from './line-amount.ts'

test.each([
  [6, '2.55', 1530],
  [1, '0.005', 1],
  [1, '0.0049999999999999999', 0],
  [3, '0.335', 101],
  [1, '1.005', 101],
  [1000, '0.001', 100],
  [1, '7', 700],
  [12, '0.00', 0],
  [80995, '2.08', 16846960],
])('%d at £%s each cost %d pence, half a penny rounded up', (quantity, unitPrice, pence) => {
  expect(lineAmount(quantity, unitPrice)).toBe(pence)
})

test('a price that is negative, not a number, or too large to be exact is not an amount', () => {
  expect(lineAmount(1, '-1.00')).toBeUndefined()
  expect(lineAmount(1, '1e3')).toBeUndefined()
  expect(lineAmount(1e9, '999999999.99')).toBeUndefined()
})
