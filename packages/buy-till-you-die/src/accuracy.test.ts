import { describe, expect, test } from '@jest/globals'
import { areaUnderCurve, correlation, meanAbsoluteError, rootMeanSquareError } from './accuracy.ts'

describe('accuracy', () => {
  test('of what is a line through what happened, correlates fully', () => {
    expect(correlation([1, 2, 4], [3, 5, 9])).toBeCloseTo(1, 12)
    expect(correlation([1, 2, 4], [-1, -2, -4])).toBeCloseTo(-1, 12)
    expect(correlation([1, 1], [0, 1])).toBeNaN()
  })

  test('is off by so much', () => {
    expect(meanAbsoluteError([1, 2, 3], [1, 4, 0])).toBeCloseTo(5 / 3, 12)
    expect(rootMeanSquareError([1, 2, 3], [1, 4, 0])).toBeCloseTo(Math.sqrt(13 / 3), 12)
  })

  test('of an order: how often one of the ones stands above one of the others', () => {
    expect(areaUnderCurve([1, 2, 3, 4], [false, false, true, true])).toBe(1)
    expect(areaUnderCurve([1, 2, 3, 4], [true, true, false, false])).toBe(0)
    expect(areaUnderCurve([1, 2, 3, 4], [false, true, false, true])).toBe(0.75)
  })

  test('of equals is a half', () => {
    expect(areaUnderCurve([1, 1, 1], [false, true, true])).toBe(0.5)
    expect(areaUnderCurve([0, 1, 1], [false, false, true])).toBe(0.75)
  })

  test('of scores of which one is not a number is refused, rather than ranked for ever', () => {
    expect(() => areaUnderCurve([0.5, Number.NaN, 0.1], [false, true, true])).toThrow(RangeError)
  })

  test('of an order of which there is only one kind is none', () => {
    expect(areaUnderCurve([1, 2], [true, true])).toBeNaN()
  })
})
