import { stripVTControlCharacters } from 'node:util'
import { expect, test } from '@jest/globals'
import type { ChurnModelData, ValueModelData } from '@perennial/contracts'
import { describeChurn, describeLearnt, members } from './describe-learnt.ts'

const learnt = { asOf: '2025-12-01T00:00:00.000Z', members: 4_328, dataHash: '' }
const accuracy = { auc: 0.7, brier: 0.2, logLoss: 0.6 }
const churn: ChurnModelData = {
  ...learnt,
  horizonDays: 90,
  repeatBuyers: 3,
  basis: 'own-rhythm',
  model: null,
  parameters: {},
  logLikelihood: null,
  calibration: null,
  candidates: [],
  holdout: {
    origin: '2025-09-02T00:00:00.000Z',
    members: 40,
    bought: 0.4,
    recencyAuc: 0.6,
    used: accuracy,
    calibrated: null,
    model: null,
    bands: [
      { band: 'low', members: 21, foretold: 0.2, observed: 0.2 },
      { band: 'high', members: 19, foretold: 0.7, observed: 0.8 },
    ],
    deciles: [],
  },
  fallbacks: [
    { from: 'calibrated', because: '3 members came back by then; a model takes 100' },
    { from: 'model', because: '3 members came back by then; a model takes 100' },
  ],
}

test('one reason for leaving two better bases is said once', () => {
  expect(describeChurn(churn).filter((line) => line.includes('came back'))).toEqual(['  3 members came back by then; a model takes 100.'])
})

test('a band of fewer than 20 members is too few to judge', () => {
  const lines = stripVTControlCharacters(describeChurn(churn).join('\n')).split('\n')
  expect(lines.find((line) => line.startsWith(' low'))).not.toContain('too few')
  expect(lines.find((line) => line.startsWith(' high'))).toMatch(/19 .* too few to judge$/)
})

test('cut points of money are shown as money, with the digits of the currency', () => {
  const data: ValueModelData = {
    ...learnt,
    cutPoints: {
      silenceDays: [10, 20, 30, 40],
      shoppingDays: [1, 2, 3, 5],
      netSpend: { GBP: [24_408, 47_878, 91_707, 202_052], JPY: [1, 2, 3, 4_000] },
    },
    timing: null,
    spend: {},
    refused: [],
  }
  const text = stripVTControlCharacters(describeLearnt([{ type: 'ValueModelFitted', data, id: 'value/1', isNew: true }]))
  expect(text).toContain('4,328 members as of')
  expect(text).toMatch(/net spend, GBP +244\.08 +478\.78 +917\.07 +2020\.52/)
  expect(text).toMatch(/net spend, JPY +1 +2 +3 +4000/)
})

test('one member is a member', () => {
  expect([1, 2, 4_328].map(members)).toEqual(['1 member', '2 members', '4,328 members'])
})
