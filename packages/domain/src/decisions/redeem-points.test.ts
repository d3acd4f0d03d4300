import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { bought, broughtBack, decided, shop } from '../testing/given.ts'
import type { CommandOf } from './decision.ts'
import { given } from './testing/when-asked.ts'

const redeem = (points: number, more: Partial<CommandOf<'redeem'>> = {}): CommandOf<'redeem'> => ({ command: 'redeem', points, ...more })
const thousand = bought('2025-01-10', 'o1', '1000.00')
const noon = '2025-02-01'

describe('points that can be spent', () => {
  test('are all that are available, and not one more', () => {
    given(thousand).whenAsked(redeem(1_000), noon).decides('PointsRedeemed', { points: 1_000, worth: 1_000, currency: 'GBP' })
    given(thousand).whenAsked(redeem(1_001), noon).refuses('points-missing', '1,000 points can be spent, 1,001 are asked for')
  })

  test('are not those that are pending', () => {
    const programme = shop({ points: { pending: 'P14D' } })
    given(thousand).under(programme).whenAsked(redeem(1), '2025-01-24T11:59:59.999Z').refuses('points-missing', '0 points')
    given(thousand)
      .under(programme)
      .whenAsked(redeem(1), '2025-01-24T12:00:00Z')
      .decides('PointsRedeemed', { points: 1, worth: 1, currency: 'GBP' })
  })

  test('are not those that expire at this very instant, whether anybody has noticed or not', () => {
    const programme = shop({ points: { expiry: { after: 'P1M', at: 'end-of-day' } } })
    given(thousand)
      .under(programme)
      .whenAsked(redeem(1), '2025-02-10T23:59:59.999Z')
      .decides('PointsRedeemed', { points: 1, worth: 1, currency: 'GBP' })
    given(thousand).under(programme).whenAsked(redeem(1), '2025-02-11T00:00:00Z').refuses('points-missing', '0 points')
  })

  test('are none while something is owed', () => {
    const spent = decided('2025-01-11', 'r1', 'PointsRedeemed', { points: 1_000 })
    const back = broughtBack('2025-01-12', 'b1', 'o1', '100.00')
    const more = bought('2025-01-13', 'o2', '60.00')
    given(thousand, spent, back, more).whenAsked(redeem(1), noon).refuses('points-missing', '0 points')
  })
})

describe('what points pay', () => {
  const paid = (redeem: object) => shop({ points: { redeem } })

  test('is told by the block, in the minor unit, exactly', () => {
    const programme = paid({ block: 100, worth: '1.25' })
    given(thousand).under(programme).whenAsked(redeem(300), noon).decides('PointsRedeemed', { points: 300, worth: 375, currency: 'GBP' })
    given(thousand).under(programme).whenAsked(redeem(150), noon).refuses('points-not-in-blocks', 'multiples of 100 points')
  })

  test('is never rounded to nothing: what is worth less than the smallest coin is spent by the coin', () => {
    const programme = paid({ worth: '0.002' })
    given(thousand).under(programme).whenAsked(redeem(1), noon).refuses('points-not-in-blocks', 'multiples of 5 points')
    given(thousand).under(programme).whenAsked(redeem(5), noon).decides('PointsRedeemed', { points: 5, worth: 1, currency: 'GBP' })
  })

  test('may be nothing where the programme says so', () => {
    given(thousand)
      .under(paid({ worth: '0' }))
      .whenAsked(redeem(7), noon)
      .decides('PointsRedeemed', { points: 7, worth: 0, currency: 'GBP' })
  })

  test('has the digits of the currency', () => {
    const yen = bought('2025-01-10', 'o1', [{ sku: 'tea', quantity: 1, amount: 1_000 }], { currency: 'JPY' })
    given(yen)
      .under(shop({ currency: 'JPY', points: { redeem: { worth: '1' } } }))
      .whenAsked(redeem(500, { orderAmount: '500' }), noon)
      .decides('PointsRedeemed', { points: 500, worth: 500, currency: 'JPY' })
  })

  test('of a member who never bought has no currency', () => {
    const gift = decided('2025-01-10', 'a1', 'PointsAdjusted', { points: 50, reason: 'welcome', by: 'staff' })
    given(gift).whenAsked(redeem(50), noon).decides('PointsRedeemed', { points: 50, worth: 50 })
  })
})

describe('the share of an order that points may pay', () => {
  const half = shop({ points: { redeem: { maxShareOfOrder: '50%' } } })

  test('is checked to the smallest coin', () => {
    given(thousand)
      .under(half)
      .whenAsked(redeem(500, { orderAmount: '10.01' }), noon)
      .decides('PointsRedeemed', { points: 500, worth: 500, currency: 'GBP' })
    given(thousand)
      .under(half)
      .whenAsked(redeem(501, { orderAmount: '10.01' }), noon)
      .refuses('share-of-order', '5.01 of 10.01', '5.00 may be paid')
  })

  test('needs the amount of the order where it is less than all', () => {
    given(thousand).under(half).whenAsked(redeem(1), noon).refuses('order-amount-missing', '50%')
  })

  test('is never more than all', () => {
    given(thousand)
      .whenAsked(redeem(500, { orderAmount: '5' }), noon)
      .decides('PointsRedeemed', { points: 500, worth: 500, currency: 'GBP' })
    given(thousand)
      .whenAsked(redeem(501, { orderAmount: '5.00' }), noon)
      .refuses('share-of-order')
  })

  test('takes an amount in the currency only', () => {
    given(thousand)
      .whenAsked(redeem(1, { orderAmount: '5.001' }), noon)
      .refuses('invalid-request', 'at most 2 decimal digits')
  })

  test('a third of an amount that is no multiple of three never refuses what it allows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (amount) => {
        const programme = shop({ points: { redeem: { maxShareOfOrder: '33.3333%' } } })
        const orderAmount = (amount / 100).toFixed(2)
        const most = Number((BigInt(amount) * 333_333n) / 1_000_000n)
        const rich = bought('2025-01-10', 'o1', '100000.00')
        const ask = (points: number) => given(rich).under(programme).whenAsked(redeem(points, { orderAmount }), noon).decided
        if (most > 0) expect(ask(most)).toMatchObject({ type: 'PointsRedeemed', data: { worth: most } })
        expect(ask(most + 1)).toMatchObject({ refused: 'share-of-order' })
      }),
      { numRuns: 50 },
    )
  })
})

describe('the limit of a day', () => {
  const limited = shop({ timeZone: 'Asia/Singapore', points: { redeem: { perDay: 300 } } })
  const morning = decided('2025-02-01T01:00:00Z', 'r1', 'PointsRedeemed', { points: 200 })
  const held = decided('2025-02-01T02:00:00Z', 'h1', 'PointsHeld', { points: 60, lapsesAt: '2025-02-01T03:00:00.000Z' })

  test('counts what was redeemed and what is held', () => {
    given(thousand, morning, held)
      .under(limited)
      .whenAsked(redeem(41), '2025-02-01T02:30:00Z')
      .refuses('day-limit', '40 points are left today of 300')
    given(thousand, morning, held)
      .under(limited)
      .whenAsked(redeem(40), '2025-02-01T02:30:00Z')
      .decides('PointsRedeemed', { points: 40, worth: 40, currency: 'GBP' })
  })

  test('does not count what was given back: a hold that lapsed, a redemption that was cancelled', () => {
    const cancelled = decided('2025-02-01T02:10:00Z', 'x1', 'RedemptionCancelled', { redemption: 'r1', points: 150 })
    given(thousand, morning, held, cancelled)
      .under(limited)
      .whenAsked(redeem(250), '2025-02-01T03:00:00Z')
      .decides('PointsRedeemed', { points: 250, worth: 250, currency: 'GBP' })
  })

  test("begins anew at midnight of the programme's time zone", () => {
    given(thousand, morning).under(limited).whenAsked(redeem(101), '2025-02-01T15:59:59.999Z').refuses('day-limit')
    given(thousand, morning)
      .under(limited)
      .whenAsked(redeem(300), '2025-02-01T16:00:00Z')
      .decides('PointsRedeemed', { points: 300, worth: 300, currency: 'GBP' })
  })
})
