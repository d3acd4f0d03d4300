import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { inAscendingOrder, quantile } from './quantile.ts'

test('the quantile is the value at the nearest rank', () => {
  const five = [10, 20, 30, 40, 50]
  expect([1, 20, 21, 40, 50, 60, 80, 81, 100].map((percent) => quantile(five, percent))).toEqual([10, 10, 20, 20, 30, 30, 40, 50, 50])
  expect(quantile([1, 2, 3, 4], 50)).toBe(2)
  expect(quantile([7], 20)).toBe(7)
})

test('is one of the values: at least so many are not above it, and fewer below it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1 }), fc.integer({ min: 1, max: 100 }), (values, percent) => {
      const found = quantile(inAscendingOrder(values), percent)
      expect(values).toContain(found)
      expect(100 * values.filter((value) => value <= found).length).toBeGreaterThanOrEqual(percent * values.length)
      expect(100 * values.filter((value) => value < found).length).toBeLessThan(percent * values.length)
    }),
  )
})

test('goes by the size of numbers, not by how they are written', () => {
  expect(inAscendingOrder([10, 9, 100, -1])).toEqual([-1, 9, 10, 100])
})
