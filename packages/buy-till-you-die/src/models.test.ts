import { describe, expect, test } from '@jest/globals'
import { diceOf, shuffled } from '../../../test/support/dice.ts'
import { countIdentical, type Observation } from './history.ts'
import { type ModelName, models } from './model.ts'
import { expectNear } from './testing/near.ts'
import { chanceOf, simulateDropout } from './testing/simulate.ts'

const bg = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 }
const cases: { model: ModelName; parameters: Readonly<Record<string, number>> }[] = [
  { model: 'nbd', parameters: { r: 0.243, alpha: 4.414 } },
  { model: 'bg-nbd', parameters: bg },
  { model: 'mbg-nbd', parameters: bg },
  { model: 'mbg-cnbd-k', parameters: { k: 1, ...bg } },
  { model: 'mbg-cnbd-k', parameters: { k: 3, ...bg } },
  { model: 'pareto-nbd', parameters: { r: 0.5534, alpha: 10.5802, s: 0.6061, beta: 11.6562 } },
  { model: 'pareto-nbd', parameters: { r: 2, alpha: 30, s: 1, beta: 0.5 } },
]

/** Customers whose times are rounded up to ten days, so that many are alike. */
function observations(): Observation[] {
  const chance = chanceOf(11)
  const inTens = (time: number) => 10 * Math.ceil(time / 10)
  return Array.from({ length: 2_000 }, () => {
    const { observation } = simulateDropout({ r: 0.8, alpha: 25, a: 0.8, b: 2 }, true, { T: 40 + 60 * chance.uniform(), h: 0 }, chance)
    return { x: observation.x, tx: inTens(observation.tx), T: inTens(observation.T), logGaps: observation.logGaps as number }
  })
}

describe.each(cases)('$model with $parameters', ({ model: name, parameters }) => {
  const model = models[name] as (typeof models)['bg-nbd']
  const given = parameters as never

  const horizons = [0, 1e-9, 1e-3, 1, 13, 39, 400, 1e4, 1e6, 1e12]
  const extremes = [
    { x: 0, tx: 0, T: 0 },
    { x: 0, tx: 0, T: 1e-9 },
    { x: 0, tx: 0, T: 1e9 },
    { x: 1, tx: 0, T: 0 },
    { x: 1, tx: 0, T: 1e6 },
    { x: 5, tx: 39, T: 39 },
    { x: 5, tx: 38.999999999, T: 39 },
    { x: 5, tx: 1e-9, T: 39 },
    { x: 5, tx: 2, T: 1e9 },
    { x: 3_000, tx: 30, T: 39 },
    { x: 3_000, tx: 39, T: 39 },
    { x: 3_000, tx: 1, T: 1e9 },
  ]

  test.each(extremes)('stays finite and a probability, and rises with the horizon: %o', (history) => {
    const alive = model.probabilityAlive(given, history)
    expect(alive).toBeGreaterThanOrEqual(0)
    expect(alive).toBeLessThanOrEqual(1)
    expect(Math.abs(model.logLikelihood(given, [history, { x: 0, tx: 0, T: 1 }]))).toBeLessThan(Infinity)

    const comesBack = horizons.map((h) => model.probabilityOfPurchase(given, history, h))
    const purchases = horizons.map((h) => model.expectedPurchases(given, history, h))
    expect(comesBack[0]).toBe(0)
    expect(purchases[0]).toBe(0)
    for (const [index, probability] of comesBack.entries()) {
      expect(probability).toBeGreaterThanOrEqual(comesBack[index - 1] ?? 0)
      expect(probability).toBeLessThanOrEqual(alive)
      expect(purchases[index]).toBeGreaterThanOrEqual(purchases[index - 1] ?? 0)
      expect(purchases[index]).toBeLessThan(Infinity)
      // Somebody who comes back buys at least once.
      expect(purchases[index]).toBeGreaterThanOrEqual(probability - 1e-15)
    }
  })

  test('the longer the silence, the less likely to be alive', () => {
    const alive = [20, 25, 40, 100, 1_000].map((T) => model.probabilityAlive(given, { x: 5, tx: 20, T }))
    expect(alive).toEqual([...alive].sort((a, b) => b - a))
  })

  test('rises with the horizon, step by small step', () => {
    const history = { x: 3, tx: 20, T: 30 }
    let before = 0
    for (let h = 0; h < 100; h += 0.01) {
      const now = model.probabilityOfPurchase(given, history, h)
      expect(now).toBeGreaterThanOrEqual(before)
      before = now
    }
  })

  test('discounting takes some of what is expected, and more the higher the rate', () => {
    const history = { x: 3, tx: 20, T: 30 }
    const discounted = [0, 0.001, 0.01, 0.1].map((rate) => model.discountedPurchases(given, history, { rate, horizon: 52 }))
    expect(discounted[0]).toBe(model.expectedPurchases(given, history, 52))
    expect(discounted).toEqual([...discounted].sort((a, b) => b - a))
  })

  test('what has no meaning is refused', () => {
    const history = { x: 3, tx: 20, T: 30 }
    expect(() => model.probabilityAlive({ ...parameters, r: 0 } as never, history)).toThrow(RangeError)
    expect(() => model.probabilityAlive({ ...parameters, r: Number.NaN } as never, history)).toThrow(RangeError)
    for (const wrong of [
      { x: -1, tx: 0, T: 1 },
      { x: 1.5, tx: 1, T: 2 },
      { x: 1, tx: 3, T: 2 },
      { x: 0, tx: 1, T: 2 },
      { x: 1, tx: Number.NaN, T: 2 },
    ]) {
      expect(() => model.probabilityAlive(given, wrong)).toThrow(RangeError)
    }
    expect(() => model.probabilityOfPurchase(given, history, -1)).toThrow(RangeError)
    expect(() => model.expectedPurchases(given, history, Infinity)).toThrow(RangeError)
    expect(() => model.fit([])).toThrow(RangeError)
    expect(() => model.fit([{ x: 0, tx: 0, T: 0 }])).toThrow(RangeError)
    expect(() => model.fit([{ ...history, count: 0 }])).toThrow(RangeError)
  })
})

describe.each(Object.entries(models))('a fit of %s', (_, model) => {
  const customers = observations()
  const fitted = model.fit(customers)

  test('is the same, bit by bit, in any order', () => {
    for (const seed of [1, 2, 3]) expect(model.fit(shuffled(customers, diceOf(seed)))).toEqual(fitted)
  })

  test('is the same, bit by bit, with identical histories counted beforehand', () => {
    const counted = countIdentical(customers)
    expect(counted.length).toBeLessThan(customers.length / 4)
    expect(model.fit(counted as Observation[])).toEqual(fitted)
    expect(fitted.customers).toBe(customers.length)
  })

  test('has the likelihood of the customers one by one', () => {
    const oneByOne = customers.reduce((sum, customer) => sum + model.logLikelihood(fitted.parameters as never, [customer]), 0)
    expectNear(fitted.logLikelihood, oneByOne, 1e-12)
    expect(model.logLikelihood(fitted.parameters as never, customers)).toBe(fitted.logLikelihood)
  })

  test('is on a summit: a step to any side does not rise', () => {
    expect(fitted.converged).toBe(true)
    for (const [name, value] of Object.entries(fitted.parameters)) {
      if (name === 'k') continue
      for (const factor of [0.99, 1.01]) {
        expect(model.logLikelihood({ ...fitted.parameters, [name]: value * factor } as never, customers)).toBeLessThan(fitted.logLikelihood)
      }
    }
  })

  test('does not depend on the unit of time', () => {
    const inHours = model.fit(
      customers.map(({ x, tx, T, logGaps = 0 }) => ({ x, tx: 24 * tx, T: 24 * T, logGaps: logGaps + x * Math.log(24) })),
    ).parameters as Record<string, number>
    for (const [name, value] of Object.entries(fitted.parameters)) {
      expectNear(inHours[name] as number, ['alpha', 'beta'].includes(name) ? 24 * value : value, 1e-4)
    }
  })

  test('says so where the data do not determine a parameter', () => {
    const neverBack = [1, 2, 3].map((T) => ({ x: 0, tx: 0, T, count: 100 }))
    expect(model.fit(neverBack).undetermined).not.toEqual([])
    const alwaysBack = [10, 20, 30].map((T) => ({ x: T, tx: T, T, count: 100, logGaps: 0 }))
    expect(model.fit(alwaysBack).undetermined).not.toEqual([])
  })
})

test.each(['bg-nbd', 'mbg-nbd'] as const)('one purchase with a wrong date does not fence in the search for the others: %s', (name) => {
  const customers = observations().map(({ x, tx, T }): Observation => ({ x, tx: tx / 10, T: T / 10 }))
  const rateOf = (histories: readonly Observation[]) => {
    const { parameters, undetermined, converged } = models[name].fit(histories)
    expect({ undetermined, converged }).toEqual({ undetermined: [], converged: true })
    return parameters.r / parameters.alpha
  }
  const wrong = { x: 0, tx: 0, T: 739_000 }
  expect(rateOf([...customers, wrong]) / rateOf(customers)).toBeCloseTo(1, 1)
})
