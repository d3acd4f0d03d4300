import { describe, expect, test } from '@jest/globals'
import type { PointsRow, Programme, TierRow } from '@perennial/contracts'
import type { MemberEvent } from '@perennial/domain'
import {
  bought,
  broughtBack,
  decided,
  did,
  enrolled,
  instant,
  type Line,
  line,
  shop,
  wroteReview,
} from '../../packages/domain/src/testing/given.ts'
import { rowsByTheRules } from './reference.ts'

/** Sentences of docs/rules.md, each with an example that was worked out by hand. */

function rowsOf(events: readonly MemberEvent[], at: string, programmes: readonly Programme[]) {
  return rowsByTheRules('ann', events, programmes, instant(at))
}

function points(events: readonly MemberEvent[], at: string, ...programmes: Programme[]): PointsRow | undefined {
  return rowsOf(events, at, programmes)?.points
}

function tier(events: readonly MemberEvent[], at: string, ...programmes: Programme[]): TierRow | undefined {
  return rowsOf(events, at, programmes)?.tier
}

type Rules = NonNullable<Parameters<typeof shop>[0]>
const base = { name: 'base', per: '1.00', points: 1 }
const organic = (sku: string, amount: string): Line => line(sku, amount, { category: 'organic' })
const oneLevel = (multiply: string) => ({ levels: [{ name: 'member', from: '0', multiply }] })

describe('what an order earns', () => {
  const earning = (order: string | Line[], points: object, tiers = oneLevel('1')) => {
    const programme = shop({ points, tiers } as Rules)
    return rowsOf([bought('2025-03-01', 'o1', order)], '2025-03-01', [programme])?.points.earned
  }

  test('is rounded for the order, or for each line', () => {
    const twice = [line('tea', '19.99'), line('oil', '19.99')]
    expect(earning(twice, { earn: [base], rounding: { per: 'order' } })).toBe(39)
    expect(earning(twice, { earn: [base], rounding: { per: 'line' } })).toBe(38)
  })

  test.each([
    // 10.99 of base, 10.99 × 0.25 of the tier, 10.99 × 1.25 × 1 of the rule
    ['multiply', 10 + 2 + 13],
    // 10.99, 10.99 × 0.25, 10.99 × 1
    ['add', 10 + 2 + 10],
    // the rule alone is the best
    ['best', 10 + 0 + 10],
  ])('is rounded rule by rule, multipliers coming together by %s', (multipliers, expected) => {
    const double = { name: 'organic', when: { category: 'organic' }, multiply: '2' }
    const rules = { earn: [base, double], combine: { multipliers }, rounding: { per: 'rule' } }
    expect(earning([organic('tea', '10.99')], rules, oneLevel('1.25'))).toBe(expected)
  })

  test('is nothing for what is excluded, and nothing at all below the minimum of the rest', () => {
    const cards = { name: 'cards', when: { sku: 'gift-card' }, exclude: true }
    const rules = { earn: [base, cards], minimumOrder: '20.00' }
    expect(earning([line('gift-card', '50.00'), line('tea', '19.99')], rules)).toBe(0)
    expect(earning([line('gift-card', '50.00'), line('tea', '20.00')], rules)).toBe(20)
  })

  test('has flat points once, spread over its lines with the rest on the last', () => {
    const programme = shop({ points: { earn: [{ name: 'welcome', add: 10 }] } })
    const order = bought('2025-03-01', 'o1', [line('tea', '1.00'), line('oil', '1.00'), line('soap', '1.00')])
    const takenBack = (sku: string) =>
      points([order, broughtBack('2025-03-02', 'r1', 'o1', [line(sku, '1.00')])], '2025-03-02', programme)?.clawedBack
    expect(['tea', 'oil', 'soap'].map(takenBack)).toEqual([3, 3, 4])
  })

  test('uses a rule up to its cap, and gives the use back with the order', () => {
    const programme = shop({ points: { earn: [{ name: 'daily', add: 100, cap: { times: 1, every: 'day' } }] } })
    const first = bought('2025-03-01T09:00:00Z', 'o1', '5.00')
    const second = bought('2025-03-01T10:00:00Z', 'o2', '5.00')
    const back = broughtBack('2025-03-01T09:30:00Z', 'r1', 'o1', '5.00')
    expect(points([first, second], '2025-03-02', programme)).toMatchObject({ earned: 100, available: 100 })
    expect(points([first, back, second], '2025-03-02', programme)).toMatchObject({ earned: 200, clawedBack: 100, available: 100 })
  })

  test('counts orders without those that came back', () => {
    const programme = shop({ points: { earn: [{ name: 'second', when: { orderNumber: { every: 2 } }, add: 50 }] } })
    const orders = ['o1', 'o2', 'o3'].map((id, index) => bought(`2025-03-0${index + 1}`, id, '5.00'))
    expect(points(orders, '2025-03-09', programme)?.earned).toBe(50)
    const back = broughtBack('2025-03-02T18:00:00Z', 'r1', 'o1', '5.00')
    expect(points([...orders, back], '2025-03-09', programme)?.earned).toBe(100)
  })

  test('knows a birthday on 29 February', () => {
    const programme = shop({ points: { earn: [{ name: 'birthday', when: { birthday: 'day' }, add: 50 }] } })
    const earned = (day: string) =>
      points([enrolled('2023-01-01', { birthday: '02-29' }), bought(day, 'o1', '5.00')], day, programme)?.earned
    expect(['2025-02-28', '2024-02-28', '2024-02-29', '2025-03-01'].map(earned)).toEqual([50, 0, 50, 0])
  })

  test('is nothing before the first version, and what an activity earns is like it', () => {
    const programme = shop({
      effectiveFrom: '2025-03-02',
      points: { earn: [base, { name: 'review', for: 'engagement', when: { activity: 'review' }, add: 5 }] },
    })
    const events = [bought('2025-03-01', 'o1', '10.00'), wroteReview('2025-03-02'), did('2025-03-03', 'visit')]
    expect(points(events, '2025-03-04', programme)?.earned).toBe(5)
  })
})

describe('lots', () => {
  test.each([
    [{ after: 'P12M', at: 'end-of-month' }, '2025-02-01T00:00:00.000Z'],
    [{ after: 'P12M', at: 'end-of-day' }, '2025-01-16T00:00:00.000Z'],
    [{ on: '12-31', yearsLater: 1 }, '2026-01-01T00:00:00.000Z'],
    [{ on: '02-29', yearsLater: 1 }, '2025-03-01T00:00:00.000Z'],
    // 1 January 2024 is over when they are released: the next one.
    [{ on: '01-01', yearsLater: 0 }, '2025-01-02T00:00:00.000Z'],
    // They would be gone before they are released on the 29th.
    [{ after: 'P1D', at: 'end-of-day' }, '2024-01-31T00:00:00.000Z'],
  ])('expire %j', (expiry, at) => {
    const programme = shop({ points: { pending: 'P14D', expiry: expiry as never } })
    expect(points([bought('2024-01-15', 'o1', '10.00')], '2024-01-16', programme)?.nextExpiry).toEqual({ points: 10, at })
  })

  test('live on with every activity', () => {
    const programme = shop({ points: { expiry: { inactivity: 'P3M' } } })
    const events = [bought('2024-01-15', 'o1', '10.00'), wroteReview('2024-02-20'), broughtBack('2024-03-01', 'r1', undefined, '1.00')]
    expect(points(events, '2024-04-01', programme)?.nextExpiry?.at).toBe('2024-05-20T23:00:00.000Z')
  })

  test('are told by when they expire: within 30, 60 and 90 days, and at their very end not at all', () => {
    const programme = shop({ points: { expiry: { after: 'P60D', at: 'end-of-day' } } })
    const order = [bought('2024-01-01', 'o1', '10.00')]
    expect(points(order, '2024-01-03T00:00:00Z', programme)?.expiring).toEqual({ in30Days: 0, in60Days: 10, in90Days: 10 })
    expect(points(order, '2024-03-01T23:59:59.999Z', programme)?.available).toBe(10)
    expect(points(order, '2024-03-02T00:00:00Z', programme)).toMatchObject({ available: 0, expired: 10, nextExpiry: null })
  })
})

describe('spending and giving back', () => {
  const soon = bought('2024-01-01', 'o1', '10.00')
  const later = bought('2024-02-01', 'o2', '10.00')
  const programme = shop({ points: { expiry: { after: 'P3M', at: 'end-of-day' }, returns: { reinstateExpired: 'P7D' } } })
  const redeemed = decided('2024-02-02', 'k1', 'PointsRedeemed', { points: 15 })

  test('takes what expires first', () => {
    expect(points([soon, later, redeemed], '2024-02-02', programme)).toMatchObject({
      available: 5,
      redeemed: 15,
      nextExpiry: { points: 5, at: '2024-05-01T23:00:00.000Z' },
    })
  })

  test('gives back what was taken last: to a lot that is alive, or expired lately, or with it', () => {
    const cancelled = (at: string) => [soon, later, redeemed, decided(at, 'k2', 'RedemptionCancelled', { redemption: 'k1', points: 8 })]
    // The first lot ends with 1 April, London summer time: of the 8, 5 are of the second.
    expect(points(cancelled('2024-03-31'), '2024-03-31', programme)).toMatchObject({ available: 13, redeemed: 7, expired: 0 })
    expect(points(cancelled('2024-04-05'), '2024-04-05', programme)).toMatchObject({
      available: 13,
      nextExpiry: { points: 3, at: '2024-04-08T23:00:00.000Z' },
    })
    expect(points(cancelled('2024-04-10'), '2024-04-10', programme)).toMatchObject({ available: 10, expired: 3, redeemed: 7 })
  })

  test('owes what is missing, and pays it with the next points', () => {
    const more = bought('2024-03-01', 'o3', '12.00')
    const much = decided('2024-02-02', 'k1', 'PointsRedeemed', { points: 27 })
    expect(points([soon, later, much], '2024-02-02', programme)).toMatchObject({ balance: -7, available: 0, debt: 7, redeemed: 27 })
    expect(points([soon, later, much, more], '2024-03-01', programme)).toMatchObject({ balance: 5, available: 5, debt: 0 })
    // What the third order paid goes back to its lot.
    const cancelled = decided('2024-03-02', 'k2', 'RedemptionCancelled', { redemption: 'k1', points: 7 })
    expect(points([soon, later, much, more, cancelled], '2024-03-02', programme)).toMatchObject({ available: 12, debt: 0, redeemed: 20 })
  })

  test('a hold lapses, is released, or becomes a redemption in part', () => {
    const held = decided('2024-02-02', 'h1', 'PointsHeld', { points: 15, lapsesAt: '2024-02-03T12:00:00.000Z' })
    const captured = decided('2024-02-03T11:00:00Z', 'k1', 'HoldCaptured', { hold: 'h1', points: 12 })
    expect(points([soon, later, held], '2024-02-02', programme)).toMatchObject({ available: 5, held: 15 })
    expect(points([soon, later, held], '2024-02-03', programme)).toMatchObject({ available: 20, held: 0 })
    expect(points([soon, later, held, captured], '2024-02-04', programme)).toMatchObject({ available: 8, held: 0, redeemed: 12 })
    const tooLate = { ...captured, occurredAt: instant('2024-02-03') }
    expect(points([soon, later, held, tooLate], '2024-02-04', programme)).toMatchObject({ available: 20, redeemed: 0 })
  })
})

describe('returns', () => {
  const order = bought('2024-01-01', 'o1', [line('tea', '30.00'), line('oil', '10.00')])
  const back = broughtBack('2024-01-10', 'r1', 'o1', [line('tea', '15.00', { quantity: 0.5 })])

  test('give back the points that paid, then take back what the lines earned', () => {
    const programme = shop({})
    const paid = decided('2024-01-02', 'k1', 'PointsRedeemed', { points: 9, orderId: 'o1' })
    // 15.00 of 40.00 came back: ⌊9 × 15 ÷ 40⌋ = 3 of the 9 come back, 15 of the 30 that tea earned are taken.
    expect(points([order, paid, back], '2024-01-10', programme)).toMatchObject({ redeemed: 6, clawedBack: 15, available: 19 })
  })

  test.each([
    ['carry', { debt: 14, clawedBack: 15 }],
    ['clamp', { debt: 0, clawedBack: 1 }],
  ] as const)('that find the points spent: %s', (debt, expected) => {
    const programme = shop({ points: { returns: { debt } } })
    const spent = decided('2024-01-02', 'k1', 'PointsRedeemed', { points: 39 })
    expect(points([order, spent, back], '2024-01-10', programme)).toMatchObject({ available: 0, ...expected })
  })

  test('forgive what has expired', () => {
    const programme = shop({ points: { expiry: { after: 'P0D', at: 'end-of-day' } } })
    expect(points([order, bought('2024-01-10T08:00:00Z', 'o2', '50.00'), back], '2024-01-10', programme)).toMatchObject({
      expired: 40,
      clawedBack: 0,
      available: 50,
    })
  })

  test.each([
    ['fifo-by-sku', 15],
    // ⌊4.99⌋ for what finds no line
    ['base-rate', 19],
    ['none', 0],
  ] as const)('without an order id: %s', (unmatched, clawedBack) => {
    const programme = shop({ points: { returns: { unmatched } } })
    const loose = broughtBack('2024-01-10', 'r1', undefined, [line('tea', '15.00', { quantity: 0.5 }), line('soap', '4.99')])
    expect(points([order, loose], '2024-01-10', programme)?.clawedBack).toBe(clawedBack)
  })
})

describe('tiers', () => {
  const silver = bought('2024-03-10', 'o1', '600.00')

  test('rise at once, and fall when the days leave the window', () => {
    expect(tier([silver], '2025-03-09', shop({}))).toMatchObject({
      tier: 'silver',
      since: '2024-03-10T12:00:00.000Z',
      qualifying: '600.00',
    })
    expect(tier([silver], '2025-03-10', shop({}))).toMatchObject({
      tier: 'member',
      since: '2025-03-10T00:00:00.000Z',
      toNextTier: '500.00',
    })
  })

  test('are kept until the end of the next year, and looked at then', () => {
    const programme = shop({ tiers: { window: { calendar: 'year' }, keepUntil: 'end-of-next-year' } })
    expect(tier([silver], '2025-12-31', programme)).toMatchObject({
      tier: 'silver',
      qualifying: '0.00',
      keptUntil: '2026-01-01T00:00:00.000Z',
    })
    expect(tier([silver], '2026-01-01', programme)).toMatchObject({ tier: 'member', since: '2026-01-01T00:00:00.000Z', keptUntil: null })
    // Earned again in 2025: kept for another year, reckoned from 2025.
    const again = bought('2025-06-01', 'o2', '500.00')
    expect(tier([silver, again], '2026-01-01', programme)).toMatchObject({ tier: 'silver', keptUntil: '2027-01-01T00:00:00.000Z' })
  })

  test('fall one level at a time, after a grace', () => {
    const programme = shop({ tiers: { downgrade: { to: 'one-down', grace: 'P1M' } } })
    const gold = bought('2024-03-10', 'o1', '2000.00')
    const at = (day: string) => tier([gold], day, programme)?.tier
    expect(['2025-03-10', '2025-04-09', '2025-04-10', '2025-05-09', '2025-05-10'].map(at)).toEqual([
      'gold',
      'gold',
      'silver',
      'silver',
      'member',
    ])
  })

  test('rise at an evaluation, where the programme says so', () => {
    const programme = shop({ tiers: { upgrade: 'at-evaluation' } })
    expect(tier([silver], '2024-03-31', programme)).toMatchObject({ tier: 'member', qualifying: '600.00', toNextTier: '0.00' })
    expect(tier([silver], '2024-04-01', programme)).toMatchObject({ tier: 'silver', since: '2024-03-31T23:00:00.000Z' })
  })

  test('lose by a return what they stand on, though they are kept', () => {
    const kept = shop({ tiers: { window: { calendar: 'year' }, keepUntil: 'P12M' } })
    const patient = shop({ tiers: { window: { calendar: 'year' }, keepUntil: 'P12M', onReturn: 'at-evaluation' } })
    const back = broughtBack('2025-01-15', 'r1', 'o1', '600.00')
    expect(tier([silver, back], '2025-01-15', kept)).toMatchObject({ tier: 'member', since: '2025-01-15T12:00:00.000Z' })
    expect(tier([silver, back], '2025-01-15', patient)).toMatchObject({ tier: 'silver', keptUntil: '2025-03-10T00:00:00.000Z' })
  })

  test('lose nothing by what came after the year they stand on, at its first instant, or by goods of an unknown purchase', () => {
    const programme = shop({ tiers: { window: { anniversary: 'enrolment' }, keepUntil: 'P12M' } })
    const first = bought('2025-03-10T00:00:00Z', 'o2', '200.00')
    const later = { tier: 'silver', keptUntil: '2026-03-10T00:00:00.000Z' }
    expect(tier([silver, first, broughtBack('2025-03-20', 'r1', 'o2', '200.00')], '2025-03-20', programme)).toMatchObject(later)
    const unknown = broughtBack('2024-03-10', 'r1', undefined, [line('oil', '200.00')])
    expect(tier([silver, unknown], '2024-03-10', programme)).toMatchObject({ tier: 'silver', qualifying: '400.00' })
  })

  test("reckon in the member's own year", () => {
    const programme = shop({ tiers: { window: { anniversary: 'enrolment' } } })
    const events = [enrolled('2024-02-29'), silver]
    expect(tier(events, '2025-02-27', programme)?.tier).toBe('silver')
    expect(tier(events, '2025-02-28', programme)?.tier).toBe('member')
    // 300.00 in the year that ends in New York; the second order was on the first day of the next, which Delhi saw begin.
    const evaluated = { window: { anniversary: 'enrolment' as const }, upgrade: 'at-evaluation' as const, keepUntil: 'P24M' }
    const inDelhi = shop({ timeZone: 'Asia/Kolkata', tiers: evaluated })
    const inNewYork = shop({ version: 2, effectiveFrom: '2025-01-10', timeZone: 'America/New_York', tiers: evaluated })
    const twice = [bought('2024-01-10', 'o1', '300.00'), bought('2025-01-10T01:00:00Z', 'o2', '300.00')]
    expect(tier(twice, '2025-02-01', inDelhi, inNewYork)).toMatchObject({ tier: 'member', qualifying: '300.00' })
  })

  test('are granted for a while, and are known to end', () => {
    const programme = shop({ tiers: { downgrade: { warnBefore: 'P7D' } } })
    const granted = decided('2024-03-11', 'g1', 'TierGranted', {
      tier: 'gold',
      until: '2024-04-01T00:00:00.000Z',
      reason: 'match',
      by: 'sam',
    })
    expect(tier([silver, granted], '2024-03-12', programme)).toMatchObject({
      tier: 'gold',
      grantedUntil: '2024-04-01T00:00:00.000Z',
      ending: null,
    })
    expect(tier([silver, granted], '2024-03-25', programme)?.ending).toEqual({ at: '2024-04-01T00:00:00.000Z', to: 'silver' })
    expect(tier([silver, granted], '2024-04-01', programme)).toMatchObject({ tier: 'silver', grantedUntil: null, ending: null })
  })

  test('qualify by points or by purchases', () => {
    const levels = [
      { name: 'member', from: '0' },
      { name: 'silver', from: '2' },
    ]
    const byPurchases = shop({ tiers: { metric: 'purchases', levels } })
    const byPoints = shop({ tiers: { metric: 'points', levels } })
    const second = bought('2024-03-11', 'o2', '1.50')
    const back = broughtBack('2024-03-12', 'r1', 'o1', '600.00')
    expect(tier([silver, second], '2024-03-12', byPurchases)).toMatchObject({ tier: 'silver', qualifying: '2' })
    expect(tier([silver, second, back], '2024-03-13', byPurchases)).toMatchObject({ tier: 'member', qualifying: '1', toNextTier: '1' })
    expect(tier([silver, second, back], '2024-03-13', byPoints)).toMatchObject({ tier: 'member', qualifying: '1' })
  })
})

describe('merges', () => {
  const own = bought('2024-03-10', 'o1', '400.00')
  const { position: _, ...other } = bought('2024-03-09', 'o2', '150.00')
  const adopted = decided('2024-05-01', 'a1', 'HistoryAdopted', { merge: 'm1', from: 'bob', events: [{ ...other, version: 1 }] })

  test('adopt a history in its own place, from the instant of the merge on, until it is undone', () => {
    expect(tier([own, adopted], '2024-04-30', shop({}))?.tier).toBe('member')
    expect(tier([own, adopted], '2024-05-01', shop({}))).toMatchObject({ tier: 'silver', since: '2024-03-10T12:00:00.000Z' })
    const undone = decided('2024-06-01', 'a2', 'AdoptionEnded', { merge: 'm1', from: 'bob' })
    expect(tier([own, adopted, undone], '2024-06-01', shop({}))).toMatchObject({ tier: 'member', qualifying: '400.00' })
  })

  test('leave nothing of the member who is merged into another, until they are undone', () => {
    const gone = decided('2024-05-01', 'm1', 'MergedInto', { into: 'ann', by: 'sam' })
    const undone = decided('2024-06-01', 'u1', 'MergeUndone', { merge: 'm1', by: 'sam' })
    expect(points([own, gone, undone], '2024-05-01', shop({}))).toBeUndefined()
    expect(points([own, gone, undone], '2024-06-01', shop({}))?.available).toBe(400)
  })
})
