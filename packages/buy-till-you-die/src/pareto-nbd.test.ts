import { describe, expect, test } from '@jest/globals'
import { describeWith } from '../../../test/end-to-end/support/real-data.ts'
import { integrateUnitInterval } from './numerics/integrate.ts'
import * as paretoNbd from './pareto-nbd.ts'
import { calibrationEnd, cdnowSampleFile, historyInWeeks, readCdnow } from './testing/cdnow.ts'
import { expectNear, hypergeometricSeries } from './testing/near.ts'

const published = { r: 0.5534, alpha: 10.5802, s: 0.6061, beta: 11.6562 }

describe('Pareto/NBD at the published points', () => {
  test('probability of being alive', () => {
    expectNear(paretoNbd.probabilityAlive(published, { x: 26, tx: 30.86, T: 31 }), 0.997918)
  })

  test('expected purchases', () => {
    expectNear(paretoNbd.expectedPurchases(published, { x: 26, tx: 30.857, T: 31 }, 52), 25.454)
  })
})

describe.each([
  { title: 'α < β', parameters: published },
  { title: 'α > β', parameters: { ...published, beta: 3 } },
  { title: 'α = β', parameters: { ...published, beta: published.alpha } },
  { title: 'α ≫ β', parameters: { ...published, beta: 0.2 } },
  { title: 'α ≪ β', parameters: { ...published, beta: 5_000 } },
  { title: 'next to no dropout', parameters: { ...published, s: 1e-4, beta: 1e6 } },
])('Pareto/NBD, $title', ({ parameters }) => {
  const { r, alpha, s, beta } = parameters
  const histories = [
    { x: 0, tx: 0, T: 30 },
    { x: 2, tx: 30.43, T: 38.86 },
    { x: 26, tx: 1, T: 31 },
  ]

  test.each(histories)('the likelihood is its integral over when the customer dropped out: %o', ({ x, tx, T }) => {
    const ofRates =
      (0 < x ? Array.from({ length: x }, (_, i) => r + i).reduce((product, value) => product * value, 1) : 1) * alpha ** r * beta ** s
    const alive = (alpha + T) ** -(r + x) * (beta + T) ** -s
    const gone =
      s * (T - tx) * integrateUnitInterval((u) => (alpha + tx + u * (T - tx)) ** -(r + x) * (beta + tx + u * (T - tx)) ** -(s + 1))
    expectNear(paretoNbd.logLikelihood(parameters, [{ x, tx, T }]), Math.log(ofRates * (alive + gone)), 1e-10)
    expectNear(paretoNbd.probabilityAlive(parameters, { x, tx, T }), alive / (alive + gone), 1e-9)
  })

  test.each(histories)('the next purchase is its density, integrated: %o', ({ x, tx, T }) => {
    const [h, R, A, B] = [13, r + x, alpha + T, beta + T]
    const purchase = h * integrateUnitInterval((u) => (R / A) * (A / (A + u * h)) ** (R + 1) * (B / (B + u * h)) ** s)
    const expected = purchase * paretoNbd.probabilityAlive(parameters, { x, tx, T })
    expectNear(paretoNbd.probabilityOfPurchase(parameters, { x, tx, T }, h), expected, 1e-10)
  })
})

test('eq. (18) of the note, with the hypergeometric functions of eq. (19)', () => {
  const { r, alpha, s, beta } = { ...published, beta: 3 }
  const [x, tx, T] = [2, 30.43, 38.86]
  const term = (time: number) =>
    hypergeometricSeries(r + s + x, s + 1, r + s + x + 1, (alpha - beta) / (alpha + time)) * (alpha + time) ** -(r + s + x)
  const ofRates = r * (r + 1) * alpha ** r * beta ** s
  const likelihood = ofRates * ((alpha + T) ** -(r + x) * (beta + T) ** -s + (s / (r + s + x)) * (term(tx) - term(T)))
  expectNear(paretoNbd.logLikelihood({ r, alpha, s, beta }, [{ x, tx, T }]), Math.log(likelihood), 1e-12)
})

test('nothing special happens at s = 1', () => {
  const at = (s: number) => paretoNbd.expectedPurchases({ ...published, s }, { x: 2, tx: 30, T: 39 }, 39)
  expectNear(at(1), (at(1 - 1e-6) + at(1 + 1e-6)) / 2, 1e-10)
})

describeWith(cdnowSampleFile, 'Pareto/NBD fitted on the CDNOW sample', () => {
  test('gives the published parameters and likelihood', () => {
    const fitted = paretoNbd.fit(readCdnow(cdnowSampleFile).map((customer) => historyInWeeks(customer, calibrationEnd)))
    expect(fitted).toMatchObject({ converged: true, undetermined: [], customers: 2357 })
    expectNear(fitted.parameters.r, 0.5533)
    expectNear(fitted.parameters.alpha, 10.578)
    expectNear(fitted.parameters.s, 0.6062)
    expectNear(fitted.parameters.beta, 11.669)
    expect(Math.abs(fitted.logLikelihood - -9594.98)).toBeLessThan(0.05)
  })
})
