import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { type ProgrammeInput, parseProgramme, programmeSchema, sampleProgrammeFile, sampleProgrammes } from '@perennial/contracts'
import { describeProgramme } from './describe-programme.ts'

const plain: ProgrammeInput = {
  programme: 'shop',
  version: 2,
  effectiveFrom: '2025-01-01',
  timeZone: 'Europe/London',
  points: { earn: [{ name: 'base', per: '1.00', points: 1 }], expiry: 'never' },
  tiers: { metric: 'spend', window: { rolling: 'P12M' }, levels: [{ name: 'member', from: 0 }] },
}

function shown({ points = {}, tiers = {} }: { points?: object; tiers?: object } = {}): string[] {
  const programme = programmeSchema.parse({ ...plain, points: { ...plain.points, ...points }, tiers: { ...plain.tiers, ...tiers } })
  return stripVTControlCharacters(describeProgramme(programme))
    .split('\n')
    .map((line) => line.trim())
}

type Rule = ProgrammeInput['points']['earn'][number]

describe('a rule in plain words', () => {
  test.each<[string, Rule]>([
    ['1 point for each 10.00 paid (r)', { name: 'r', per: '10.00', points: 1 }],
    [
      '2 points for each 1.00 paid for tea or coffee, at most once a day (r)',
      { name: 'r', per: '1.00', points: 2, when: { category: ['tea', 'coffee'] }, cap: { times: 1, every: 'day' } },
    ],
    [
      'points × 2 on tea, article sku-1, through web, with the 3rd order, for silver or gold, on the birthday, from 2025-03-01 until 2025-03-31 (r)',
      {
        name: 'r',
        multiply: 2,
        when: {
          category: 'tea',
          sku: 'sku-1',
          channel: 'web',
          orderNumber: 3,
          tier: ['silver', 'gold'],
          birthday: 'day',
          from: '2025-03-01',
          until: '2025-03-31',
        },
      },
    ],
    [
      'points × 1.5, in the month of the birthday, from 2025-03-01 (r)',
      { name: 'r', multiply: '1.5', when: { birthday: 'month', from: '2025-03-01' } },
    ],
    ['1,500 points for every 11th order with tea (r)', { name: 'r', add: 1500, when: { orderNumber: { every: 11 }, category: 'tea' } }],
    ['5 points for an order, at most twice (r)', { name: 'r', add: 5, cap: { times: 2, every: 'ever' } }],
    [
      '5 points for “review” or “survey”, at most 3 times a month (r)',
      { name: 'r', for: 'engagement', add: 5, when: { activity: ['review', 'survey'] }, cap: { times: 3, every: 'month' } },
    ],
    ['5 points for any activity, until 2025-03-31 (r)', { name: 'r', for: 'engagement', add: 5, when: { until: '2025-03-31' } }],
    ['nothing for gift-card (r)', { name: 'r', exclude: true, when: { category: 'gift-card' } }],
  ])('%s', (sentence, rule) => {
    expect(shown({ points: { earn: [rule] } })).toContain(sentence)
  })
})

describe('the rest of a programme in plain words', () => {
  test.each<[string, object]>([
    ['points never expire', { expiry: 'never' }],
    ['points expire 12 months after they were earned, at the end of that month', { expiry: { after: 'P12M' } }],
    ['all points expire after 1 year and 6 months without any activity, at the end of that day', { expiry: { inactivity: 'P1Y6M' } }],
    ['points expire at the end of 31 December of the same year', { expiry: { on: '12-31', yearsLater: 0 } }],
    ['points expire at the end of 31 January of the next year', { expiry: { on: '01-31' } }],
    ['points expire at the end of 29 February of the 2nd year after', { expiry: { on: '02-29', yearsLater: 2 } }],
    ['announced 60 days, 30 days and 7 days before', { expiry: { after: 'P12M' }, warnBefore: ['P60D', 'P30D', 'P7D'] }],
    ['points can be spent at once', { pending: 'P0D' }],
    ['points can be spent 14 days after they were earned', {}],
    ['each 100 points pay 1.00; points are spent in such blocks', { redeem: { block: 100, worth: '1.00' } }],
    ['up to 50% of an order can be paid with points', { redeem: { maxShareOfOrder: '50%' } }],
    ['at most 5,000 points a day', { redeem: { perDay: 5000 } }],
    [
      'points set aside for an order are free again after 1 hour and 30 minutes, if it was not paid by then',
      { redeem: { holdFor: 'PT1H30M' } },
    ],
    ['orders below 5.00 earn nothing', { minimumOrder: '5.00' }],
    [
      'fractions are rounded to the nearest point, halves to even, for every rule by itself',
      { rounding: { mode: 'half-even', per: 'rule' } },
    ],
    ['points that were spent by then are forgiven', { returns: { debt: 'clamp' } }],
    ['without an order number, a return moves no points', { returns: { unmatched: 'none' } }],
    [
      'points that come back within 1 month of their expiry can be spent until then; later they are lost',
      { returns: { reinstateExpired: 'P1M' } },
    ],
  ])('%s', (sentence, points) => {
    expect(shown({ points })).toContain(sentence)
  })

  const levels = [
    { name: 'member', from: 0 },
    { name: 'gold', from: 10, multiply: 2, benefits: ['sale'] },
  ]

  test.each<[string, object]>([
    ['Tiers, by net spend in the last 12 months', {}],
    [
      "Tiers, by points earned in the member's own year, from the day of joining",
      { metric: 'points', window: { anniversary: 'enrolment' } },
    ],
    ['Tiers, by orders of all time', { metric: 'purchases', window: { lifetime: true } }],
    ['gold from 10 orders: points × 2, sale', { metric: 'purchases' }],
    ['members rise on 1 January', { upgrade: 'at-evaluation', window: { calendar: 'year' } }],
    ['members rise on the first of each month', { upgrade: 'at-evaluation' }],
    ['a tier lasts as long as it is earned', {}],
    ['a tier lasts until the end of the year after it was reached', { keepUntil: 'end-of-next-year' }],
    ['a tier lasts 12 months from when it was reached', { keepUntil: 'P12M' }],
    ['a tier that would be lost stays for 2 months more, to be earned again', { downgrade: { grace: 'P2M' } }],
    ['members fall one tier at a time', { downgrade: { to: 'one-down' } }],
    ['announced 30 days before a tier ends', { downgrade: { warnBefore: 'P30D' } }],
    ['a return may cost a tier, but only on the first of each month', { onReturn: 'at-evaluation' }],
  ])('%s', (sentence, tiers) => {
    expect(shown({ tiers: { levels, ...tiers } })).toContain(sentence)
  })

  test('nothing is said of how to fall where there is one level', () => {
    expect(shown().filter((line) => line.startsWith('members'))).toEqual([])
  })
})

test.each(sampleProgrammes)('the sample of the %s is told without a word that is missing', (name) => {
  const text = describeProgramme(parseProgramme(readFileSync(sampleProgrammeFile(name), 'utf8'), name))
  expect(text).not.toMatch(/undefined|NaN|\[object| {2}\n|, ,/)
})
