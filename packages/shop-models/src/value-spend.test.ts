import { describe, expect, test } from '@jest/globals'
import { gammaGamma } from '@perennial/buy-till-you-die'
import { idOf, member, simulatedMembers, spendTruth } from './testing/value-shop.ts'
import { correlationOf, fitSpend, spendOf } from './value-spend.ts'

const cameBack = (count: number, grossOf: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => member(idOf(index), { days: 2 + (index % 4), gross: grossOf(index) }))

describe('spend', () => {
  test('is the mean over all shopping days, net of returns, and never below nothing', () => {
    expect(spendOf(member('a', { days: 4, gross: 100_00, returned: 20_00 }).facts)).toEqual({ x: 4, mean: 20_00 })
    expect(spendOf(member('a', { days: 4, gross: 10_00, returned: 20_00 }).facts)).toEqual({ x: 4, mean: 0 })
  })

  test('is fitted on who came back and spent something net', () => {
    const members = simulatedMembers(600, 11)
    const eligible = members.filter(({ facts }) => facts.days >= 2)
    const nothing = cameBack(10, () => 0)
    const fitted = fitSpend('GBP', [...members, ...nothing])
    if (typeof fitted === 'string') throw new Error(fitted)
    expect(fitted.members).toBe(eligible.length)
    const spends = eligible.map(({ facts }) => ({ x: facts.days, mean: facts.gross / facts.days }))
    expect(fitted.parameters).toEqual(gammaGamma.fit(spends).parameters)
    // Twice the gain over the truth is chi-squared with three degrees of freedom: above 20 once in 5,000 shops.
    const gain = fitted.logLikelihood - gammaGamma.logLikelihood(spendTruth, spends)
    expect(gain).toBeGreaterThanOrEqual(0)
    expect(2 * gain).toBeLessThan(20)
  })

  test('is refused in words below fifty members, and where the data do not determine it', () => {
    const varied = (index: number) => 5_00 + ((index * 7_919) % 100_00)
    expect(fitSpend('GBP', cameBack(49, varied))).toBe(
      'what is spent in GBP: 49 members came back and spent something net, and the model needs 50',
    )
    expect(fitSpend('GBP', cameBack(50, varied))).not.toMatch(/^what is spent in GBP: 50 members/)
    // Everybody spends the same on every day: there is nothing that varies.
    const alike = Array.from({ length: 80 }, (_, index) => member(idOf(index), { days: 2, gross: 40_00 }))
    expect(fitSpend('EUR', alike)).toMatch(/^what is spent in EUR: the data do not determine /)
  })
})

describe('the correlation of how often with how much', () => {
  const spends = [1, 2, 3, 4, 5].map((x) => ({ x: 2 * x, mean: 10_00 + 3_00 * x }))

  test('is 1 where who comes more often spends more by as much, and -1 where less', () => {
    expect(correlationOf(spends)).toBeCloseTo(1, 12)
    expect(correlationOf(spends.map(({ x, mean }) => ({ x: 20 - x, mean })))).toBeCloseTo(-1, 12)
  })

  test('is in between elsewhere, and 0 where all come alike or spend alike', () => {
    // (1, 2), (2, 1), (3, 3): covariance 1, variances 2 and 2.
    const some = [
      { x: 1, mean: 2 },
      { x: 2, mean: 1 },
      { x: 3, mean: 3 },
    ]
    expect(correlationOf(some)).toBeCloseTo(0.5, 12)
    expect(correlationOf(spends.map(({ mean }) => ({ x: 3, mean })))).toBe(0)
    expect(correlationOf(spends.map(({ x }) => ({ x, mean: 3 })))).toBe(0)
  })
})
