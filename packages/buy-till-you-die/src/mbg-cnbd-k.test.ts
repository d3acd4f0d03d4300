import { describe, expect, test } from '@jest/globals'
import { describeWith } from '../../../test/end-to-end/support/real-data.ts'
import * as mbgCnbdK from './mbg-cnbd-k.ts'
import * as mbgNbd from './mbg-nbd.ts'
import { calibrationEnd, cdnowSampleFile, historyInWeeks, readCdnow } from './testing/cdnow.ts'
import { expectNear } from './testing/near.ts'

const parameters = { r: 0.5248, alpha: 6.1831, a: 0.8914, b: 1.614 }
const histories = [
  { x: 0, tx: 0, T: 30 },
  { x: 1, tx: 0.5, T: 38.86 },
  { x: 2, tx: 30.43, T: 38.86 },
  { x: 10, tx: 39, T: 39 },
]

describe('MBG/CNBD-k', () => {
  test('with k = 1 is MBG/NBD', () => {
    const one = { k: 1, ...parameters }
    expect(mbgCnbdK.logLikelihood(one, histories)).toBe(mbgNbd.logLikelihood(parameters, histories))
    for (const history of histories) {
      expectNear(mbgCnbdK.probabilityAlive(one, history), mbgNbd.probabilityAlive(parameters, history), 1e-15)
      for (const h of [0.1, 13, 500]) {
        expectNear(mbgCnbdK.probabilityOfPurchase(one, history, h), mbgNbd.probabilityOfPurchase(parameters, history, h), 1e-15)
        expectNear(mbgCnbdK.expectedPurchases(one, history, h), mbgNbd.expectedPurchases(parameters, history, h), 1e-15)
      }
    }
  })

  test('the more regular, the sooner a silence tells', () => {
    const silent = { x: 10, tx: 20, T: 30 }
    const alive = [1, 2, 3, 4].map((k) => mbgCnbdK.probabilityAlive({ k, ...parameters, alpha: parameters.alpha / k }, silent))
    expect(alive).toEqual([...alive].sort((a, b) => b - a))
  })

  test('the more regular, the less likely just after a purchase, and the more likely when it is due', () => {
    const regular = { x: 20, tx: 40, T: 40 }
    const within = (k: number, h: number) => mbgCnbdK.probabilityOfPurchase({ k, ...parameters, alpha: parameters.alpha / k }, regular, h)
    expect(within(4, 0.3)).toBeLessThan(within(1, 0.3))
    expect(within(4, 6)).toBeGreaterThan(within(1, 6))
  })

  test('the k that is given is kept, and needs no gaps', () => {
    expect(mbgCnbdK.fit(histories, 2).parameters.k).toBe(2)
    expect(() => mbgCnbdK.fit(histories)).toThrow(RangeError)
    expect(() => mbgCnbdK.fit(histories, 1.5)).toThrow(RangeError)
  })
})

describeWith(cdnowSampleFile, 'MBG/CNBD-k fitted on the CDNOW sample', () => {
  test('finds no regularity, and so the parameters of MBG/NBD', () => {
    const observations = readCdnow(cdnowSampleFile).map((customer) => historyInWeeks(customer, calibrationEnd))
    const { parameters: found, ...fitted } = mbgNbd.fit(observations)
    const chosen = mbgCnbdK.fit(observations)
    expect(chosen).toEqual({ ...fitted, parameters: { k: 1, ...found } })
    expect(mbgCnbdK.fit(observations, 2).logLikelihood).toBeLessThan(chosen.logLikelihood)
  })
})
