import { describe, expect, test } from '@jest/globals'
import { multiplyDivide, pointsFold } from '@perennial/domain'
import { bought, broughtBack, decided, given, line, shop } from '../../packages/domain/src/testing/given.ts'

const base = { name: 'base', for: 'purchase', per: '1.00', points: 1 } as const
const points = (accounts: object) => ({ accounts })

describe('edge cases: the same thing twice', () => {
  test('13. the same invoice under a new event id does not pay again', () => {
    const invoice = bought('2025-03-01', 'o1', '80.00', { id: 'first' })
    given(
      invoice,
      bought('2025-03-01', 'o1', '80.00', { id: 'retry-of-the-till' }),
      bought('2025-03-02', 'o1', '80.00', { id: 'next-day' }),
    )
      .when(pointsFold)
      .then(points({ available: 80, issued: -80 }))
  })

  test('14. a compensation that runs twice gives back once, and never an old balance', () => {
    given(
      bought('2025-03-01', 'o1', '100.00'),
      decided('2025-03-02', 'spend', 'PointsRedeemed', { points: 60 }),
      bought('2025-03-03', 'o2', '10.00'),
      decided('2025-03-04', 'undo', 'RedemptionCancelled', { redemption: 'spend', points: 60 }),
      decided('2025-03-05', 'undo-again', 'RedemptionCancelled', { redemption: 'spend', points: 60 }),
    )
      .when(pointsFold)
      .then(points({ available: 110, redeemed: 0 }))
  })

  test('15. an order that is cancelled, its campaign used by another, and then opened again does not use it twice', () => {
    const rules = shop({ points: { earn: [base, { name: 'coupon', add: 100, cap: { times: 1, every: 'ever' } }] } })
    const cancelled = [bought('2025-03-01', 'o1', '10.00'), broughtBack('2025-03-02', 'r1', 'o1', '10.00')]
    const reopenedUnderItsName = bought('2025-03-04', 'o1', '10.00', { id: 'reopened' })
    const reopenedUnderAnother = bought('2025-03-05', 'o1-b', '10.00')
    given(...cancelled, bought('2025-03-03', 'o2', '10.00'), reopenedUnderItsName, reopenedUnderAnother)
      .under(rules)
      .when(pointsFold)
      .then(points({ issued: -230, clawedBack: 110, available: 120 }))
  })
})

describe('edge cases: rounding', () => {
  test('27. money is whole minor units, so no tiny negative number is left, and one point is never rounded to none', () => {
    given(bought('2025-03-01', 'o1', [line('a', '0.10'), line('b', '0.20')]))
      .under(shop({ points: { earn: [{ ...base, per: '0.30' }] } }))
      .when(pointsFold)
      .then(points({ available: 1 }))
    expect(multiplyDivide(1, 1, 100, 'ceil')).toBe(1)
  })

  test('28. 19.99 and 19.99 at one point per 1.00 are 38 per line and 39 per order', () => {
    const basket = bought('2025-03-01', 'o1', [line('tea', '19.99'), line('oil', '19.99')])
    const rounded = (per: 'line' | 'order') => shop({ points: { rounding: { mode: 'floor', per } } })
    given(basket)
      .under(rounded('line'))
      .when(pointsFold)
      .then(points({ available: 38 }))
    given(basket)
      .under(rounded('order'))
      .when(pointsFold)
      .then(points({ available: 39 }))
  })
})
