import { describe, expect, test } from '@jest/globals'
import { shopMeasuresOf } from './shop-measures.ts'
import { type ShopMember, snapshotAt } from './testing/shop-history.ts'

function member(memberId: string, days: readonly number[], { amount = 1_000, back = 0, currency = 'GBP' } = {}): ShopMember {
  return {
    memberId,
    currency,
    purchases: days.map((day) => ({ at: day * 1_000, day, amount })),
    returns: back > 0 ? [{ at: 0, amount: back }] : [],
  }
}

const measuresOf = (...members: readonly ShopMember[]) => shopMeasuresOf(snapshotAt(members, 1e9))

describe('what members are measured by', () => {
  test('the median of their mean gaps: an amount that some member has', () => {
    const often = member('a', [0, 2, 10])
    const seldom = member('b', [0, 40])
    expect(measuresOf(often, seldom, member('c', [3]))?.gapDays).toBe(5)
    expect(measuresOf(often, seldom, member('c', [0, 7]))?.gapDays).toBe(7)
  })

  test('the median net spend in each currency, of those who spent something net', () => {
    const measures = measuresOf(
      member('a', [0, 1], { amount: 100 }),
      member('b', [0], { amount: 700, back: 100 }),
      member('c', [0], { amount: 900 }),
      member('d', [0], { amount: 50, back: 50 }),
      member('e', [0], { amount: 3, currency: 'EUR' }),
    )
    expect(measures?.netSpend).toEqual({ EUR: 3, GBP: 600 })
  })

  test('are not known before somebody came back', () => {
    expect(measuresOf(member('a', [0]))).toBeUndefined()
  })
})
