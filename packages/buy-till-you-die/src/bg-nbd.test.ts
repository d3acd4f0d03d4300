import { describe, expect, test } from '@jest/globals'
import { describeWith } from '../../../test/end-to-end/support/real-data.ts'
import * as bgNbd from './bg-nbd.ts'
import { calibrationEnd, cdnowSampleFile, historyInWeeks, readCdnow } from './testing/cdnow.ts'
import { expectNear, hypergeometricSeries } from './testing/near.ts'

/** As the paper's spreadsheet rounds them. */
const published = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 }

describe('BG/NBD at the published points', () => {
  test('expected purchases', () => {
    expectNear(bgNbd.expectedPurchases(published, { x: 2, tx: 30.43, T: 38.86 }, 39), 1.22603)
    expectNear(bgNbd.expectedPurchases(published, { x: 10, tx: 35, T: 39 }, 2), 0.391569)
  })

  test('probability of being alive', () => {
    expectNear(bgNbd.probabilityAlive(published, { x: 2, tx: 30.43, T: 38.86 }), 0.72658)
    expectNear(bgNbd.probabilityAlive(published, { x: 23, tx: 39, T: 39 }), 0.968555)
  })

  test('who never came back is alive', () => {
    expect(bgNbd.probabilityAlive(published, { x: 0, tx: 0, T: 1_000 })).toBe(1)
  })

  test('the likelihood, term by term as in eq. (6)', () => {
    const { r, alpha, a, b } = published
    const [x, tx, T] = [2, 30.43, 38.86]
    // Γ(r + 2)/Γ(r) = r(r + 1), and so on: no special function is needed for x = 2.
    const alive = ((b * (b + 1)) / ((a + b) * (a + b + 1))) * r * (r + 1) * alpha ** r * (alpha + T) ** -(r + x)
    const gone = ((a * b) / ((a + b) * (a + b + 1))) * r * (r + 1) * alpha ** r * (alpha + tx) ** -(r + x)
    expectNear(bgNbd.logLikelihood(published, [{ x, tx, T }]), Math.log(alive + gone), 1e-12)
  })

  test.each([1, 39, 400])('the sum is eq. (10), %d weeks ahead', (t) => {
    const { r, alpha, a, b } = published
    for (const [x, tx, T] of [
      [0, 0, 30],
      [2, 30.43, 38.86],
      [10, 35, 39],
    ] as const) {
      const z = t / (alpha + T + t)
      const ofAlive =
        ((a + b + x - 1) / (a - 1)) *
        (1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * hypergeometricSeries(r + x, b + x, a + b + x - 1, z))
      expectNear(bgNbd.expectedPurchases(published, { x, tx, T }, t), ofAlive * bgNbd.probabilityAlive(published, { x, tx, T }), 1e-9)
    }
  })

  test('nothing special happens at a = 1', () => {
    const at = (a: number) => bgNbd.expectedPurchases({ ...published, a }, { x: 2, tx: 30, T: 39 }, 39)
    expectNear(at(1), (at(1 - 1e-6) + at(1 + 1e-6)) / 2, 1e-10)
  })
})

describeWith(cdnowSampleFile, 'BG/NBD fitted on the CDNOW sample', () => {
  const fitted = bgNbd.fit(readCdnow(cdnowSampleFile).map((customer) => historyInWeeks(customer, calibrationEnd)))

  test('gives the published parameters and likelihood', () => {
    expect(fitted).toMatchObject({ converged: true, undetermined: [], customers: 2357 })
    expectNear(fitted.parameters.r, 0.2426)
    expectNear(fitted.parameters.alpha, 4.4136)
    expectNear(fitted.parameters.a, 0.7929)
    expectNear(fitted.parameters.b, 2.4259)
    expect(Math.abs(fitted.logLikelihood - -9582.43)).toBeLessThan(0.05)
  })

  test('gives the published expectations of anybody', () => {
    expectNear(bgNbd.unconditionalExpectation(fitted.parameters, 1), 0.0532)
    expectNear(bgNbd.unconditionalExpectation(fitted.parameters, 32), 1.0437)
    expectNear(bgNbd.unconditionalExpectation(fitted.parameters, 78), 1.8576)
  })
})
