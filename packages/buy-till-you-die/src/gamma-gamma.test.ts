import { describe, expect, test } from '@jest/globals'
import { describeWith } from '../../../test/end-to-end/support/real-data.ts'
import { diceOf, shuffled } from '../../../test/support/dice.ts'
import { mean } from './accuracy.ts'
import * as gammaGamma from './gamma-gamma.ts'
import { calibrationEnd, cdnowSampleFile, readCdnow, spendOnRepeats } from './testing/cdnow.ts'
import { expectNear } from './testing/near.ts'
import { chanceOf } from './testing/simulate.ts'

const published = { p: 6.25, q: 3.744, gamma: 15.444 }

describe('Gamma-Gamma', () => {
  test('who has not bought is expected to spend what all do', () => {
    const ofAll = (published.p * published.gamma) / (published.q - 1)
    expectNear(gammaGamma.unconditionalExpectation(published), ofAll, 1e-12)
    expectNear(gammaGamma.expectedSpend(published, { x: 0, mean: Number.NaN }), ofAll, 1e-12)
  })

  test('the more purchases, the nearer to the own mean', () => {
    const expected = [1, 2, 10, 1_000].map((x) => gammaGamma.expectedSpend(published, { x, mean: 100 }))
    expect(expected).toEqual([...expected].sort((a, b) => a - b))
    expect(expected[0]).toBeGreaterThan(gammaGamma.unconditionalExpectation(published))
    expectNear(expected[3] as number, 100, 0.01)
  })

  test('a mean that does not exist is Infinity', () => {
    expect(gammaGamma.unconditionalExpectation({ ...published, q: 0.9 })).toBe(Infinity)
    expect(gammaGamma.expectedSpend({ ...published, q: 0.9 }, { x: 1, mean: 10 })).toBeLessThan(Infinity)
  })

  test('the next purchase of simulated customers is as expected, and the fit gives back the truth', () => {
    const chance = chanceOf(7)
    const drawn = Array.from({ length: 4_000 }, (_, index) => {
      const rate = chance.gamma(published.q, published.gamma)
      const x = 1 + (index % 5)
      const amounts = Array.from({ length: x }, () => chance.gamma(published.p, rate))
      return { x, mean: mean(amounts), next: chance.gamma(published.p, rate) }
    })
    for (const x of [1, 2, 3, 4, 5]) {
      const off = drawn.filter((each) => each.x === x).map((each) => each.next - gammaGamma.expectedSpend(published, each))
      const standardError = Math.sqrt(mean(off.map((value) => value ** 2)) / off.length)
      expect(Math.abs(mean(off))).toBeLessThan(4 * standardError)
    }
    const found = gammaGamma.fit(drawn)
    expect(found).toMatchObject({ converged: true, undetermined: [], customers: 4_000 })
    const gain = found.logLikelihood - gammaGamma.logLikelihood(published, drawn)
    expect(gain).toBeGreaterThanOrEqual(0)
    expect(2 * gain).toBeLessThan(20)
  })

  test('neither order nor counting changes a bit of the fit', () => {
    const dice = diceOf(3)
    const spends = Array.from({ length: 300 }, () => ({ x: 1 + dice.number(3), mean: 5 * (1 + dice.number(8)) }))
    const fitted = gammaGamma.fit(spends)
    expect(gammaGamma.fit(shuffled(spends, dice))).toEqual(fitted)
    const counted = Map.groupBy(spends, ({ x, mean }) => `${x} ${mean}`)
    expect(gammaGamma.fit([...counted.values()].map((same) => ({ ...(same[0] as gammaGamma.Spend), count: same.length })))).toEqual(fitted)
  })

  test('cents and dollars fit alike', () => {
    const dice = diceOf(3)
    const spends = Array.from({ length: 300 }, () => ({ x: 1 + dice.number(3), mean: 5 * (1 + dice.number(8)) }))
    const dollars = gammaGamma.fit(spends).parameters
    const cents = gammaGamma.fit(spends.map(({ x, mean }) => ({ x, mean: mean * 100 }))).parameters
    expectNear(cents.p, dollars.p, 1e-4)
    expectNear(cents.gamma, dollars.gamma * 100, 1e-4)
  })

  test('who spent nothing cannot be fitted on', () => {
    expect(() => gammaGamma.fit([])).toThrow(RangeError)
    expect(() => gammaGamma.fit([{ x: 1, mean: 0 }])).toThrow(RangeError)
    expect(() => gammaGamma.fit([{ x: 0, mean: 1 }])).toThrow(RangeError)
  })
})

describeWith(cdnowSampleFile, 'Gamma-Gamma fitted on the CDNOW sample', () => {
  test('gives the published parameters and likelihood', () => {
    const spends = readCdnow(cdnowSampleFile).map((customer) => spendOnRepeats(customer, calibrationEnd))
    const fitted = gammaGamma.fit(spends.filter(({ x }) => x > 0))
    expect(fitted).toMatchObject({ converged: true, undetermined: [], customers: 946 })
    expectNear(fitted.parameters.p, 6.25)
    expectNear(fitted.parameters.q, 3.744)
    expectNear(fitted.parameters.gamma, 15.444)
    expect(Math.abs(fitted.logLikelihood - -4055.92)).toBeLessThan(0.05)
  })
})
