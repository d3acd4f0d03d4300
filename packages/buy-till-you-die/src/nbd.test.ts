import { describe, expect, test } from '@jest/globals'
import * as mbgNbd from './mbg-nbd.ts'
import * as nbd from './nbd.ts'
import { expectNear } from './testing/near.ts'

const parameters = { r: 0.7, alpha: 60 }
const withoutDropout = { ...parameters, a: 1e-9, b: 1 }
const histories = [
  { x: 0, tx: 0, T: 120 },
  { x: 1, tx: 10, T: 120 },
  { x: 12, tx: 110, T: 120 },
]

describe('NBD', () => {
  test('nobody drops out: 12 repeat purchases in 120 days foretell one every 14 days, whenever the last one was', () => {
    for (const tx of [20, 120]) {
      const history = { x: 12, tx, T: 120 }
      expect(nbd.probabilityAlive(parameters, history)).toBe(1)
      expectNear(nbd.expectedPurchases(parameters, history, 90), (12.7 / 180) * 90, 1e-15)
      expectNear(nbd.probabilityOfPurchase(parameters, history, 90), 1 - (180 / 270) ** 12.7, 1e-14)
    }
  })

  test('anybody buys r/α per unit of time', () => {
    expectNear(nbd.unconditionalExpectation(parameters, 30), (0.7 / 60) * 30, 1e-15)
  })

  test.each(histories)('is what MBG/NBD comes to without dropout: %o', (history) => {
    expectNear(nbd.logLikelihood(parameters, [history]), mbgNbd.logLikelihood(withoutDropout, [history]), 1e-6)
    for (const h of [1, 90, 1_000]) {
      expectNear(nbd.probabilityOfPurchase(parameters, history, h), mbgNbd.probabilityOfPurchase(withoutDropout, history, h), 1e-6)
      expectNear(nbd.expectedPurchases(parameters, history, h), mbgNbd.expectedPurchases(withoutDropout, history, h), 1e-6)
    }
  })
})
