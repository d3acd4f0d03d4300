import { expect, test } from '@jest/globals'
import { integrateUnitInterval } from './integrate.ts'

test('what is smooth is integrated to twelve digits', () => {
  expect(integrateUnitInterval((x) => Math.exp(x))).toBeCloseTo(Math.E - 1, 12)
  expect(integrateUnitInterval((x) => x ** 9)).toBeCloseTo(0.1, 12)
})

test('an infinite end does no harm', () => {
  expect(integrateUnitInterval((x) => 1 / Math.sqrt(x))).toBeCloseTo(2, 9)
  expect(integrateUnitInterval((_, oneMinusX) => -Math.log(oneMinusX))).toBeCloseTo(1, 12)
})
