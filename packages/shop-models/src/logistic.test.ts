import { describe, expect, test } from '@jest/globals'
import { chanceOf } from '../../buy-till-you-die/src/testing/simulate.ts'
import { deviationMin, fitLogistic, type LogisticRows, ridge } from './logistic.ts'

const none: ReadonlySet<number> = new Set()
const rows = (columns: readonly (readonly number[])[], happened: readonly number[]): LogisticRows => ({
  columns: columns.map((column) => Float64Array.from(column)),
  happened: Uint8Array.from(happened),
})

/** Drawn from a logistic model with these weights; features of very different sizes. */
function drawn(count: number, { intercept, weights }: { intercept: number; weights: readonly [number, number] }): LogisticRows {
  const chance = chanceOf(7)
  const columns = [
    Array.from({ length: count }, () => 100 + 10 * chance.uniform()),
    Array.from({ length: count }, () => chance.gamma(2, 1)),
  ]
  const happened = Array.from({ length: count }, (_, row) => {
    const z = intercept + weights[0] * (columns[0]?.[row] as number) + weights[1] * (columns[1]?.[row] as number)
    return chance.uniform() < 1 / (1 + Math.exp(-z)) ? 1 : 0
  })
  return rows(columns, happened)
}

describe('logistic regression', () => {
  test('finds the weights that the rows were drawn from, in the units of the features', () => {
    const { intercept, weights } = fitLogistic(drawn(40_000, { intercept: -42, weights: [0.4, -0.5] }), none)
    expect(weights[0]).toBeCloseTo(0.4, 1)
    expect(weights[1]).toBeCloseTo(-0.5, 1)
    expect(intercept + 105 * (weights[0] as number)).toBeCloseTo(0, 0)
  })

  test('without features it is the share', () => {
    const { intercept } = fitLogistic(rows([], [1, 0, 0, 0]), none)
    expect(intercept).toBeCloseTo(Math.log(1 / 3), 12)
  })

  test('stands on the summit of the penalised likelihood: no slope is left', () => {
    const data = drawn(500, { intercept: -42, weights: [0.4, -0.5] })
    const { intercept, weights } = fitLogistic(data, none)
    const slopes = [Float64Array.from(data.happened, () => 1), ...data.columns].map((column) => {
      let slope = 0
      for (const [row, happened] of data.happened.entries()) {
        const z = weights.reduce((sum, weight, index) => sum + weight * (data.columns[index]?.[row] as number), intercept)
        slope += (happened - 1 / (1 + Math.exp(-z))) * (column[row] as number)
      }
      return slope
    })
    expect(slopes[0]).toBeCloseTo(0, 6)
    for (const [index, column] of data.columns.entries()) {
      const mean = column.reduce((sum, value) => sum + value, 0) / column.length
      const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length
      // What the likelihood gains is what the penalty on the standardised weight takes.
      expect(slopes[index + 1]).toBeCloseTo(ridge * (weights[index] as number) * variance, 4)
    }
  })

  test('a feature that says it all has a large weight, and a finite one', () => {
    const { weights } = fitLogistic(rows([[1, 2, 3, 4, 5, 6]], [0, 0, 0, 1, 1, 1]), none)
    expect(weights[0]).toBeGreaterThan(0.5)
    expect(weights[0]).toBeLessThan(10)
  })

  test('a feature that does not vary has none, and two that say the same share it', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6]
    const { weights, means } = fitLogistic(rows([values, values.map(() => 0.1), values], [0, 0, 1, 0, 1, 1, 1, 0]), none)
    expect(weights[1]).toBe(0)
    expect(means[1]).toBe(0.1)
    expect(weights[0]).toBeGreaterThan(0)
    expect(weights[2]).toBeCloseTo(weights[0] as number, 9)
  })

  test('a feature that hardly varied is measured as if it had varied by a tenth: a real difference is not beyond all bounds', () => {
    const chance = chanceOf(11)
    const happened = Array.from({ length: 1_000 }, () => (chance.uniform() < 0.3 ? 1 : 0))
    const faded = happened.map((each) => 1e-9 * (each + chance.uniform()))
    const { weights } = fitLogistic(rows([faded], happened), none)
    expect(weights[0]).toBeGreaterThanOrEqual(0)
    expect(weights[0]).toBeLessThan(1)
    expect(deviationMin).toBe(0.1)
  })

  test('a weight that must not be below 0 is 0 where it would be, and the others are fitted without it', () => {
    const data = drawn(2_000, { intercept: -42, weights: [0.4, -0.5] })
    const held = fitLogistic(data, new Set([0, 1]))
    const without = fitLogistic({ ...data, columns: [data.columns[0] as Float64Array] }, none)
    expect(held.weights[1]).toBe(0)
    expect(held.weights[0]).toBeCloseTo(without.weights[0] as number, 9)
    expect(fitLogistic(data, new Set([0])).weights).toEqual(fitLogistic(data, none).weights)
  })

  test('the most negative goes first: another one may then be above 0', () => {
    // Both fall when the other is there; the first alone rises.
    const chance = chanceOf(3)
    const one = Array.from({ length: 3_000 }, () => chance.uniform() - 0.5)
    const other = one.map((value) => -value + 0.2 * (chance.uniform() - 0.5))
    const happened = one.map((value, row) => (chance.uniform() < 1 / (1 + Math.exp(value + 3 * (other[row] as number))) ? 1 : 0))
    const free = fitLogistic(rows([one, other], happened), none)
    expect(Math.max(...free.weights)).toBeLessThan(0)
    const held = fitLogistic(rows([one, other], happened), new Set([0, 1]))
    expect(held.weights[0]).toBeGreaterThan(1)
    expect(held.weights[1]).toBe(0)
  })

  test('the same rows give the same bits', () => {
    const data = drawn(300, { intercept: -42, weights: [0.4, -0.5] })
    expect(JSON.stringify(fitLogistic(data, none))).toBe(JSON.stringify(fitLogistic(structuredClone(data), none)))
  })

  test('what happened to all, or to nobody, has no summit', () => {
    expect(() => fitLogistic(rows([[1, 2]], [1, 1]), none)).toThrow(RangeError)
    expect(() => fitLogistic(rows([[1, 2]], [0, 0]), none)).toThrow(RangeError)
  })
})
