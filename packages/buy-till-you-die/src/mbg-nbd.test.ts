import { describe, expect, test } from '@jest/globals'
import { describeWith } from '../../../test/end-to-end/support/real-data.ts'
import * as mbgNbd from './mbg-nbd.ts'
import { calibrationEnd, cdnowSampleFile, historyInWeeks, readCdnow } from './testing/cdnow.ts'
import { expectNear, hypergeometricSeries } from './testing/near.ts'

const published = { r: 0.5248, alpha: 6.1831, a: 0.8914, b: 1.614 }

describe('MBG/NBD', () => {
  test('who never came back is the less likely to be alive the longer ago it was', () => {
    const after = (T: number) => mbgNbd.probabilityAlive(published, { x: 0, tx: 0, T })
    expectNear(after(0), published.b / (published.a + published.b), 1e-12)
    expect(after(10)).toBeLessThan(after(1))
    expect(after(1_000)).toBeLessThan(0.2)
  })

  test.each([1, 39, 400])('the sum is the expression of Wagner & Hoppe, %d weeks ahead', (t) => {
    const { r, alpha, a, b } = published
    for (const [x, tx, T] of [
      [0, 0, 30],
      [2, 30.43, 38.86],
      [10, 35, 39],
    ] as const) {
      const z = t / (alpha + T + t)
      const hypergeometric = hypergeometricSeries(r + x, b + x + 1, a + b + x, z)
      const ofAlive = ((a + b + x) / (a - 1)) * (1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * hypergeometric)
      const alive = 1 / (1 + (a / (b + x)) * ((alpha + T) / (alpha + tx)) ** (r + x))
      expectNear(mbgNbd.probabilityAlive(published, { x, tx, T }), alive, 1e-12)
      expectNear(mbgNbd.expectedPurchases(published, { x, tx, T }, t), ofAlive * alive, 1e-9)
    }
  })

  test('anybody: b/(a − 1) · {1 − (α/(α + t))ʳ ₂F₁(r, b + 1; a + b; t/(α + t))}', () => {
    const { r, alpha, a, b } = published
    const t = 39
    const hypergeometric = hypergeometricSeries(r, b + 1, a + b, t / (alpha + t))
    expectNear(mbgNbd.unconditionalExpectation(published, t), (b / (a - 1)) * (1 - (alpha / (alpha + t)) ** r * hypergeometric), 1e-9)
  })
})

describeWith(cdnowSampleFile, 'MBG/NBD fitted on the CDNOW sample', () => {
  test('gives the published parameters and likelihood', () => {
    const fitted = mbgNbd.fit(readCdnow(cdnowSampleFile).map((customer) => historyInWeeks(customer, calibrationEnd)))
    expect(fitted).toMatchObject({ converged: true, undetermined: [], customers: 2357 })
    expectNear(fitted.parameters.r, 0.5248)
    expectNear(fitted.parameters.alpha, 6.1831)
    expectNear(fitted.parameters.a, 0.8914)
    expectNear(fitted.parameters.b, 1.614)
    expect(Math.abs(fitted.logLikelihood - -9582.14)).toBeLessThan(0.05)
  })
})
