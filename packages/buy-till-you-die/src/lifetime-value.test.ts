import { describe, expect, test } from '@jest/globals'
import { continuousRate, discounted, lifetimeValue } from './lifetime-value.ts'
import * as mbgNbd from './mbg-nbd.ts'
import * as paretoNbd from './pareto-nbd.ts'
import { expectNear } from './testing/near.ts'

const pareto = { r: 0.5534, alpha: 10.5802, s: 0.6061, beta: 11.6562 }
const mbg = { r: 0.5248, alpha: 6.1831, a: 0.8914, b: 1.614 }
const history = { x: 7, tx: 35, T: 38.86 }
const rate = continuousRate(0.15, 52)

describe('discounted purchases', () => {
  test('at 15 % a year have the weekly rate of the paper', () => {
    expectNear(rate, 0.0027, 0.01)
  })

  test('of a steady customer are an annuity', () => {
    expectNear(
      discounted((h) => 3 * h, { rate: 0.01, horizon: 52 }),
      (3 * (1 - Math.exp(-0.52))) / 0.01,
      1e-12,
    )
    expectNear(
      discounted((h) => 3 * h, { rate: 0.01, horizon: Infinity }),
      300,
      1e-9,
    )
  })

  test('are those of each day, discounted from that day', () => {
    let sum = 0
    for (let day = 0; day < 364; day++) {
      const more = mbgNbd.expectedPurchases(mbg, history, (day + 1) / 7) - mbgNbd.expectedPurchases(mbg, history, day / 7)
      sum += more * Math.exp((-rate * (day + 0.5)) / 7)
    }
    expectNear(mbgNbd.discountedPurchases(mbg, history, { rate, horizon: 52 }), sum, 1e-6)
  })

  test('under Pareto/NBD for ever are the DERT of the paper', () => {
    const { r, alpha, s, beta } = pareto
    const [A, B] = [alpha + history.T, beta + history.T]
    // Simpson's rule over ∫ e^−δu (B/(B + u))^s du, to where nothing is left.
    const [end, steps] = [40 / rate, 200_000]
    const f = (u: number) => Math.exp(-rate * u) * (B / (B + u)) ** s
    let sum = f(0) + f(end)
    for (let step = 1; step < steps; step++) sum += (step % 2 === 1 ? 4 : 2) * f((step * end) / steps)
    const expected = (paretoNbd.probabilityAlive(pareto, history) * ((r + history.x) / A) * sum * end) / steps / 3
    expectNear(paretoNbd.discountedPurchases(pareto, history, { rate, horizon: Infinity }), expected, 1e-9)
  })

  test('come to more the farther one looks, and for ever to the limit of it', () => {
    const [year, decades, forEver] = [52, 52 * 100, Infinity].map((horizon) =>
      mbgNbd.discountedPurchases(mbg, history, { rate, horizon }),
    ) as [number, number, number]
    expect(year).toBeLessThan(decades)
    expectNear(forEver, decades, 1e-4)
  })

  test('for ever need a rate', () => {
    expect(() => discounted((h) => h, { rate: 0, horizon: Infinity })).toThrow(RangeError)
    expect(() => discounted((h) => h, { rate: -1, horizon: 1 })).toThrow(RangeError)
  })
})

test('a lifetime value is purchases times spend times margin', () => {
  expect(lifetimeValue({ discountedPurchases: 4, expectedSpend: 25 })).toBe(100)
  expect(lifetimeValue({ discountedPurchases: 4, expectedSpend: 25, margin: 0.3 })).toBe(30)
})
