import { describe, expect, test } from '@jest/globals'
import type { Programme } from '@perennial/contracts'
import type { ChurnModel, MemberEvent, ValueModel } from '@perennial/domain'
import { bought, broughtBack, enrolled, instant, line, shop, wroteReview } from '../../packages/domain/src/testing/given.ts'
import { foldingOf } from '../support/folded-rows.ts'
import { withoutSentences } from '../support/without-sentences.ts'
import { dayMs, lengthMs } from './calendar.ts'
import { type LearntFromShop, nothingLearnt } from './learnt.ts'
import { rowsOfShopping } from './reference.ts'
import type { ShoppingRows } from './shopping-rows.ts'

/** Sentences of docs/shopping.md, each with an example that was worked out by hand. The folds must say the same. */

interface Under {
  programmes?: readonly Programme[]
  learnt?: Partial<LearntFromShop>
}

function rowsOf(events: readonly MemberEvent[], at: string | number, { programmes = [shop()], learnt }: Under = {}): ShoppingRows {
  const known = { ...nothingLearnt, ...learnt }
  const asOf = typeof at === 'number' ? at : instant(at)
  const rows = rowsOfShopping('ann', events, { programmes, learnt: known }, asOf) as ShoppingRows
  const folding = foldingOf(programmes, known)
  for (const model of ['lifecycle', 'churn-risk', 'value'] as const) {
    expect(withoutSentences(model, folding.row(model, events, asOf))).toEqual(rows[model])
  }
  return rows
}

const lifecycle = (events: readonly MemberEvent[], at: string | number, under?: Under) => rowsOf(events, at, under).lifecycle
const churnRisk = (events: readonly MemberEvent[], at: string | number, under?: Under) => rowsOf(events, at, under)['churn-risk']
const value = (events: readonly MemberEvent[], at: string | number, under?: Under) => rowsOf(events, at, under).value

/** Purchases of 20.00, each on a day of its own: order o1, o2, … */
const boughtOn = (...days: string[]) => days.map((day, index) => bought(day, `o${index + 1}`, '20.00'))

describe('shopping days', () => {
  test('are local days, however often something was bought on them', () => {
    const [morning, evening, week] = ['2025-06-01T09:00:00Z', '2025-06-01T22:30:00Z', '2025-06-08']
    const rows = lifecycle(boughtOn(morning, week, '2025-06-01T17:00:00Z'), '2025-06-08')
    // (2 × 30 + 7) ÷ (2 + 2 − 1)
    expect(rows).toMatchObject({
      stage: 'growing',
      shoppingDays: 2,
      purchases: 3,
      rhythmDays: 22.33,
      firstPurchaseAt: '2025-06-01T09:00:00.000Z',
      lastPurchaseAt: '2025-06-08T12:00:00.000Z',
    })
    // In London's summer half past ten is half past eleven, in Berlin it is the next day.
    const inBerlin = { programmes: [shop({ timeZone: 'Europe/Berlin' })] }
    expect(lifecycle(boughtOn(morning, evening), '2025-06-08').shoppingDays).toBe(1)
    expect(lifecycle(boughtOn(morning, evening), '2025-06-08', inBerlin).shoppingDays).toBe(2)
  })

  test('end with the return that brings back the last of them', () => {
    const events = [
      bought('2025-03-01', 'o1', '20.00'),
      bought('2025-03-08T09:00:00Z', 'o2', '20.00'),
      bought('2025-03-08T17:00:00Z', 'o3', '20.00'),
      broughtBack('2025-03-09', 'r1', 'o3', '20.00'),
      broughtBack('2025-03-10', 'r2', 'o2', '20.00'),
    ]
    // The last purchase of a day that stands is the last one, though it came back.
    expect(lifecycle(events, '2025-03-09')).toMatchObject({ shoppingDays: 2, lastPurchaseAt: '2025-03-08T17:00:00.000Z' })
    expect(lifecycle(events, '2025-03-10')).toMatchObject({
      shoppingDays: 1,
      purchases: 3,
      rhythmDays: 30,
      lastPurchaseAt: '2025-03-01T12:00:00.000Z',
      netSpend: '20.00',
    })
  })

  test('are begun anew by what is bought after everything of the day had come back', () => {
    const first = bought('2025-03-01T09:00:00Z', 'o1', '20.00')
    const events = [first, broughtBack('2025-03-01T10:00:00Z', 'r1', 'o1', '20.00'), bought('2025-03-01T11:00:00Z', 'o2', '20.00')]
    expect(lifecycle(events, '2025-03-01T10:59:00Z')).toMatchObject({ stage: 'prospect', reason: 'return', firstPurchaseAt: null })
    expect(lifecycle(events, '2025-03-01')).toMatchObject({
      stage: 'new',
      since: '2025-03-01T11:00:00.000Z',
      firstPurchaseAt: '2025-03-01T11:00:00.000Z',
    })
  })

  test('are not made by an order that was given back before it came in', () => {
    const events = [broughtBack('2025-03-01', 'r1', 'o1', '20.00'), bought('2025-03-02', 'o1', '20.00')]
    expect(lifecycle(events, '2025-03-03')).toMatchObject({
      stage: 'prospect',
      since: '2025-03-01T12:00:00.000Z',
      reason: 'joined',
      shoppingDays: 0,
      purchases: 1,
      netSpend: '0.00',
    })
  })

  test('never run backwards, where a later version has another zone', () => {
    const programmes = [
      shop({ timeZone: 'Pacific/Kiritimati' }),
      shop({ version: 2, effectiveFrom: '2025-03-01', timeZone: 'Pacific/Midway' }),
    ]
    // 2 March in Kiritimati; then 1 March in Midway, where the second version begins at eleven.
    const events = boughtOn('2025-03-01T10:30:00Z', '2025-03-01T12:00:00Z', '2025-03-03T12:00:00Z')
    expect(lifecycle(events, '2025-03-02', { programmes }).shoppingDays).toBe(1)
    // (2 × 30 + 1) ÷ 3
    expect(lifecycle(events, '2025-03-04', { programmes })).toMatchObject({ shoppingDays: 2, rhythmDays: 20.33 })
  })
})

describe('rhythm', () => {
  test('is drawn towards what was measured before the silence began', () => {
    const learnt = { rhythm: [{ asOf: instant('2025-02-01'), gapDays: 10 }] }
    expect(lifecycle(boughtOn('2025-01-31'), '2025-03-01', { learnt }).rhythmDays).toBe(30)
    expect(lifecycle(boughtOn('2025-02-01'), '2025-03-01', { learnt }).rhythmDays).toBe(10)
    const tooFew = { rhythm: [...learnt.rhythm, { asOf: instant('2025-02-02'), gapDays: null }] }
    expect(lifecycle(boughtOn('2025-02-02'), '2025-03-01', { learnt: tooFew }).rhythmDays).toBe(30)
  })

  test('keeps its bounds', () => {
    const learnt = { rhythm: [{ asOf: 0, gapDays: 3 }] }
    expect(lifecycle(boughtOn('2025-01-31'), '2025-03-01', { learnt }).rhythmDays).toBe(7)
    expect(lifecycle(boughtOn('2020-01-31', '2025-01-31'), '2025-03-01').rhythmDays).toBe(180)
  })
})

describe('stages', () => {
  const twice = boughtOn('2025-03-01', '2025-03-08')

  test.each([
    // Rhythms of 22 1/3 days: 33.5, 67 and 134 days.
    ['at-risk', '2025-04-11T00:00:00.000Z', 'growing'],
    ['lapsed', '2025-05-14T12:00:00.000Z', 'at-risk'],
    ['lost', '2025-07-20T12:00:00.000Z', 'lapsed'],
  ])('%s begins at the very millisecond', (stage, since, before) => {
    expect(lifecycle(twice, instant(since))).toMatchObject({ stage, since, reason: 'silence' })
    expect(lifecycle(twice, instant(since) - 1)).toMatchObject({ stage: before })
  })

  test('follow the number of shopping days', () => {
    const events = [enrolled('2025-02-01'), ...boughtOn('2025-03-01', '2025-03-02', '2025-03-03', '2025-03-04', '2025-03-05')]
    const at = (day: string) => lifecycle(events, day)
    expect(at('2025-02-01')).toMatchObject({ stage: 'prospect', reason: 'joined', rhythmDays: null })
    expect(['2025-03-01', '2025-03-02', '2025-03-04', '2025-03-05'].map((day) => at(day).stage)).toEqual([
      'new',
      'growing',
      'growing',
      'loyal',
    ])
    expect(at('2025-03-04').since).toBe('2025-03-02T12:00:00.000Z')
  })

  test('are left as they are by a return for which one day is missing, and no more', () => {
    const days = ['2025-03-01', '2025-03-02', '2025-03-03', '2025-03-04', '2025-03-05']
    const events = [
      ...boughtOn(...days),
      ...['06', '07'].map((day, index) => broughtBack(`2025-03-${day}`, `r${index}`, `o${5 - index}`, '20.00')),
    ]
    expect(lifecycle(events, '2025-03-06')).toMatchObject({ stage: 'loyal', since: '2025-03-05T12:00:00.000Z', shoppingDays: 4 })
    expect(lifecycle(events, '2025-03-07')).toMatchObject({
      stage: 'growing',
      since: '2025-03-07T12:00:00.000Z',
      reason: 'return',
      shoppingDays: 3,
    })
  })

  test('are lowered as far as the count says by a return that ends several days at once', () => {
    const programmes = [shop({ lifecycle: { loyalFrom: 3 } })]
    const two = broughtBack('2025-03-04', 'r1', undefined, [line('tea', '40.00', { quantity: 2 })])
    const events = [...boughtOn('2025-03-01', '2025-03-02', '2025-03-03'), two]
    expect(lifecycle(events, '2025-03-03', { programmes }).stage).toBe('loyal')
    expect(lifecycle(events, '2025-03-04', { programmes })).toMatchObject({ stage: 'new', shoppingDays: 1 })
  })

  test.each([
    // The silence is that since 1 March, of a rhythm of 30 days: at risk from 15 April on.
    ['2025-04-01', { stage: 'growing', since: '2025-03-08T12:00:00.000Z', reason: 'purchase' }],
    ['2025-04-12', { stage: 'growing', since: '2025-04-12T12:00:00.000Z', reason: 'return' }],
    ['2025-04-20', { stage: 'at-risk', since: '2025-04-11T00:00:00.000Z', reason: 'silence' }],
    // Lapsed from 30 May on; since 8 March it would be at risk only.
    ['2025-05-30', { stage: 'lapsed', since: '2025-05-14T12:00:00.000Z', reason: 'silence' }],
  ])('are, where the last day ends on %s, what the silence since the day before makes', (day, expected) => {
    const events = [...twice, broughtBack(day, 'r1', 'o2', '20.00')]
    expect(lifecycle(events, day)).toMatchObject({ ...expected, shoppingDays: 1 })
  })

  test('are prospect again without any day', () => {
    const events = [bought('2025-03-01', 'o1', '20.00'), broughtBack('2025-06-01', 'r1', 'o1', '20.00')]
    expect(lifecycle(events, '2025-06-01')).toMatchObject({ stage: 'prospect', since: '2025-06-01T12:00:00.000Z', reason: 'return' })
    expect(lifecycle(events, '2026-06-01')).toMatchObject({ stage: 'prospect' })
  })

  test('are by the programme that was in force when the silence began', () => {
    const programmes = [
      shop({ lifecycle: { actions: { 'at-risk': 'call' } } }),
      shop({ version: 2, effectiveFrom: '2025-03-05', lifecycle: { atRiskAfter: 1, actions: { 'at-risk': 'write' } } }),
    ]
    // 45 days of the first version; the action is that of the version which is in force by then.
    expect(lifecycle(boughtOn('2025-03-01'), '2025-05-01', { programmes })).toMatchObject({
      since: '2025-04-15T12:00:00.000Z',
      action: 'write',
    })
    expect(lifecycle(boughtOn('2025-03-05'), '2025-05-01', { programmes })).toMatchObject({ since: '2025-04-04T12:00:00.000Z' })
  })
})

describe('who comes back', () => {
  const back = boughtOn('2025-01-01', '2025-06-01', '2025-06-05', '2025-06-10')

  test('is won back for two shopping days', () => {
    const at = (day: string) => lifecycle(back, day)
    expect(at('2025-05-31').stage).toBe('lapsed')
    expect(at('2025-06-01')).toMatchObject({ stage: 'won-back', reason: 'came-back', since: '2025-06-01T12:00:00.000Z' })
    expect(at('2025-06-05')).toMatchObject({ stage: 'won-back', since: '2025-06-01T12:00:00.000Z' })
    expect(at('2025-06-10')).toMatchObject({ stage: 'growing', reason: 'purchase', since: '2025-06-10T12:00:00.000Z' })
  })

  test('wavers: a quarter more time, until a purchase that comes early enough', () => {
    // (60 + 151) ÷ 3 × 1.5 × 1.25 are 131.875 days
    expect(lifecycle(back.slice(0, 2), '2025-11-01')).toMatchObject({ stage: 'at-risk', since: '2025-10-11T09:00:00.000Z' })
    // (60 + 155) ÷ 4 × 1.5 are 80.625 days
    expect(lifecycle(back.slice(0, 3), '2025-09-01')).toMatchObject({ stage: 'at-risk', since: '2025-08-25T03:00:00.000Z' })
  })

  test('wavers no more once the day of the return is lost', () => {
    const events = [...boughtOn('2025-01-01', '2025-02-20'), broughtBack('2025-02-21', 'r1', 'o2', '20.00')]
    // At risk after 45 days, on 15 February; with a quarter more it would be 26 February.
    expect(lifecycle(events, '2025-02-21')).toMatchObject({ stage: 'at-risk', since: '2025-02-21T12:00:00.000Z', reason: 'return' })
  })

  test('is never given more time than until lapsing', () => {
    const programmes = [shop({ lifecycle: { hysteresis: 2 } })]
    const lapsing = instant('2025-12-29')
    expect(lifecycle(back.slice(0, 2), lapsing - 1, { programmes }).stage).toBe('won-back')
    expect(lifecycle(back.slice(0, 2), lapsing, { programmes })).toMatchObject({ stage: 'lapsed', reason: 'silence' })
  })

  test('at the very instant comes late', () => {
    expect(lifecycle(boughtOn('2025-01-01', '2025-02-15'), '2025-02-15')).toMatchObject({ stage: 'growing', reason: 'came-back' })
    expect(lifecycle(boughtOn('2025-01-01', '2025-02-15T11:59:59.999Z'), '2025-02-15')).toMatchObject({
      stage: 'growing',
      reason: 'purchase',
    })
  })

  test('on the same day uses up no day', () => {
    const rhythm = { prior: 'P1D', weight: 100, shortest: 'P1D' }
    const programmes = [shop({ lifecycle: { rhythm, atRiskAfter: 0.25 } })]
    const events = boughtOn('2025-03-01T08:00:00Z', ...['10T08', '10T20', '11T08', '12T08'].map((at) => `2025-03-${at}:00:00Z`))
    const at = (time: string) => lifecycle(events, `2025-03-${time}:00:00Z`, { programmes })
    expect(at('10T19')).toMatchObject({ stage: 'at-risk' })
    expect(at('10T20')).toMatchObject({ stage: 'won-back', since: '2025-03-10T20:00:00.000Z' })
    expect(at('11T08').stage).toBe('won-back')
    expect(at('12T08').stage).toBe('growing')
  })
})

const chanceOf = (asOf: string, chance: ChurnModel['chanceOfPurchase'], basis: ChurnModel['basis'] = 'model'): ChurnModel => ({
  asOf: instant(asOf),
  basis,
  model: basis === 'own-rhythm' ? null : 'mbg-nbd',
  horizonDays: 30,
  chanceOfPurchase: chance,
  contributions: () => [],
})

describe('churn risk', () => {
  const once = boughtOn('2025-01-01')

  test("goes by the member's own rhythm as long as there is no model", () => {
    // Two rhythms: 1 − 4 ÷ (4 + 4) × (1 − e^−3)
    expect(churnRisk(once, '2025-03-02')).toMatchObject({
      score: 0.5249,
      band: 'medium',
      basis: 'own-rhythm',
      horizonDays: 90,
      model: null,
      recencyDays: 60,
      rhythmDays: 30,
      shoppingDays: 1,
    })
    const since = Date.parse(churnRisk(once, '2025-03-02').since)
    // r² = 4 × (1 − e^−3) ÷ 0.75 − 4
    const rhythms = Math.sqrt((4 * (1 - Math.exp(-3))) / 0.75 - 4)
    expect(since).toBe(instant('2025-01-01') + Math.ceil(rhythms * 30 * dayMs))
    expect([churnRisk(once, since - 1).band, churnRisk(once, since).band]).toEqual(['low', 'medium'])
  })

  test('is unknown without a shopping day', () => {
    expect(churnRisk([enrolled('2025-01-01')], '2025-03-02')).toMatchObject({
      score: null,
      band: 'unknown',
      since: '2025-01-01T12:00:00.000Z',
      horizonDays: null,
      basis: null,
      rhythmDays: null,
    })
  })

  test('goes by the model in force, from the instant on as of which it was fitted', () => {
    const learnt = { churn: [chanceOf('2025-01-11', () => 0.1), chanceOf('2025-01-13', () => 0.9, 'own-rhythm')] }
    expect(churnRisk(once, instant('2025-01-11') - 1, { learnt })).toMatchObject({ band: 'low', basis: 'own-rhythm' })
    expect(churnRisk(once, '2025-01-12', { learnt })).toMatchObject({
      score: 0.9,
      band: 'critical',
      since: '2025-01-11T12:00:00.000Z',
      basis: 'model',
      model: 'mbg-nbd',
      modelAsOf: '2025-01-11T12:00:00.000Z',
      horizonDays: 30,
    })
    expect(churnRisk(once, '2025-01-13', { learnt })).toMatchObject({
      band: 'low',
      since: '2025-01-13T12:00:00.000Z',
      model: null,
      horizonDays: 90,
    })
  })

  test('goes by the bands of the version in force', () => {
    const programmes = [shop(), shop({ version: 2, effectiveFrom: '2025-01-20', churnRisk: { mediumFrom: 0.05 } })]
    expect(churnRisk(once, '2025-01-21', { programmes })).toMatchObject({ band: 'medium', since: '2025-01-20T00:00:00.000Z' })
  })

  test('knows engagement, of which half is left after thirty days', () => {
    const learnt = { churn: [chanceOf('2024-01-01', (_, __, engagement) => Math.min(1, engagement / 2))] }
    const events = [...once, wroteReview('2025-01-01T13:00:00Z'), wroteReview('2025-01-31T13:00:00Z')]
    expect(churnRisk(events, '2025-01-31T13:00:00Z', { learnt })).toMatchObject({ score: 0.25, band: 'medium' })
    const high = instant('2025-01-31T13:00:00Z') + Math.ceil(30 * dayMs * Math.log2(1.5 / 0.8))
    expect(churnRisk(events, '2025-03-02T13:00:00Z', { learnt })).toMatchObject({
      score: 0.625,
      band: 'high',
      since: new Date(high).toISOString(),
    })
  })
})

describe('value', () => {
  const model: ValueModel = {
    asOf: instant('2025-01-10'),
    silenceDays: [10, 20, 30, 40],
    shoppingDays: [1, 2, 3, 4],
    netSpend: (currency) => (currency === 'GBP' ? [1_000, 2_000, 3_000, 4_000] : null),
    lifetimeValue: ({ days }, silence, { yearlyDiscount, horizonDays }) => days * 1_000 + silence + 100 * yearlyDiscount + horizonDays,
  }
  const learnt = { value: [model] }
  const events = [
    bought('2025-01-01', 'o1', '18.00'),
    bought('2025-01-15', 'o2', '15.00'),
    broughtBack('2025-01-15T13:00:00Z', 'r1', 'o1', '3.00'),
  ]

  test('is not known before the first fit', () => {
    expect(value(events, instant('2025-01-10') - 1, { learnt })).toMatchObject({
      recency: null,
      segment: 'unknown',
      since: '2025-01-01T12:00:00.000Z',
      value: null,
      lifetimeValue: null,
      basis: 'not-fitted',
    })
  })

  test('scores what reaches a cut point in time, and exceeds it in days and money', () => {
    // 30.00 is no more than the third cut point; (2 + 3) ÷ 2 is rounded up; (.7306 × 5 + .1884 × 2 + .081 × 3).
    expect(value(events, '2025-01-16', { learnt })).toMatchObject({
      recency: 5,
      frequency: 2,
      monetary: 3,
      segment: 'potential-loyal',
      since: '2025-01-10T12:00:00.000Z',
      value: 4.273,
      netSpend: '30.00',
      modelAsOf: '2025-01-10T12:00:00.000Z',
    })
    const twentyDays = instant('2025-02-04')
    expect(value(events, twentyDays - 1, { learnt })).toMatchObject({
      recency: 4,
      segment: 'potential-loyal',
      since: '2025-01-10T12:00:00.000Z',
    })
    expect(value(events, twentyDays, { learnt })).toMatchObject({
      recency: 3,
      segment: 'need-attention',
      since: '2025-02-04T12:00:00.000Z',
    })
  })

  test('is what the member brings, as far as the programme asks and keeps it', () => {
    const programmes = [shop({ value: { horizon: 'P1Y', discountRate: '12.5%', margin: '50%' } })]
    // (2 × 1,000 + 1 + 12.5 + 365) × ½, in pence
    expect(value(events, '2025-01-16', { learnt, programmes }).lifetimeValue).toBe('11.89')
  })

  test('of money that the shop knows too little of has no score, and its name goes by frequency', () => {
    const inYen = [bought('2025-01-11', 'o1', [{ sku: 'tea', quantity: 1, amount: 5_000 }], { currency: 'JPY' })]
    expect(value(inYen, '2025-01-12', { learnt })).toMatchObject({ recency: 5, frequency: 1, monetary: null, segment: 'new', value: null })
  })
})

test('periods have a length of their own: months of 30 days, years of 365', () => {
  expect(['P1Y', 'P2M', 'P1W', 'P3D'].map((period) => lengthMs(period) / dayMs)).toEqual([365, 60, 7, 3])
})
