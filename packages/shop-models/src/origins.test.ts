import { describe, expect, test } from '@jest/globals'
import { dayMs } from '@perennial/domain'
import { originOf, originsOf } from './origins.ts'
import { type ShopMember, snapshotAt, snapshotsBack } from './testing/shop-history.ts'

const start = Date.parse('2024-01-01T12:00:00Z')
const after = (days: number) => start + days * dayMs

function member(memberId: string, ...days: readonly number[]): ShopMember {
  return { memberId, currency: 'GBP', purchases: days.map((day) => ({ at: after(day), day, amount: 1_000 })), returns: [] }
}

describe('origins of which the outcome is known', () => {
  const shop = [member('a', 0, 100, 400), member('b', 0), member('c', 310)]

  test('are one horizon apart, the newest first, and have members as they were known then', () => {
    const origins = originsOf(snapshotsBack(shop, after(450), 90))
    expect(origins.map(({ snapshot }) => snapshot.at)).toEqual([360, 270, 180, 90].map(after))
    expect(origins.map(({ snapshot }) => snapshot.members.map(({ memberId }) => memberId))).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ])
    expect(origins.map(({ bought }) => bought)).toEqual([
      [true, false, false],
      [false, false],
      [false, false],
      [true, false],
    ])
  })

  test('go back as long as somebody was known a horizon before', () => {
    expect(originsOf(snapshotsBack(shop, after(450), 90)).length).toBe(4)
    expect(originsOf(snapshotsBack(shop, after(200), 90)).map(({ snapshot }) => snapshot.at)).toEqual([after(110)])
    expect(originsOf(snapshotsBack(shop, after(179), 90))).toEqual([])
  })

  test('are four at most', () => {
    expect(originsOf(snapshotsBack(shop, after(450), 30, 12)).length).toBe(4)
  })
})

describe('what came of it', () => {
  test('a purchase at the very origin was known then', () => {
    const shop = [member('a', 0, 90), member('b', 0, 90.001)]
    expect(originOf(snapshotAt(shop, after(90)), snapshotAt(shop, after(180))).bought).toEqual([false, true])
  })

  test('who brought back everything did not buy', () => {
    const origin = snapshotAt([member('a', 0), member('b', 0)], after(90))
    const later = { ...snapshotAt([member('b', 0, 100)], after(180)), ended: ['a'] }
    expect(originOf(origin, later)).toEqual({ snapshot: origin, bought: [false, true] })
  })

  test('who was merged into somebody else is left out: nothing is known of what would have come', () => {
    const shop = [member('a', 0), member('b', 0), member('c', 0)]
    const [now, holdout, ...older] = snapshotsBack(shop, after(300), 90)
    const merged = { ...now, members: now?.members.filter(({ memberId }) => memberId !== 'b') }
    const [newest, next] = originsOf([merged, holdout, ...older] as Parameters<typeof originsOf>[0])
    expect(newest?.snapshot.members.map(({ memberId }) => memberId)).toEqual(['a', 'c'])
    expect(newest?.bought).toEqual([false, false])
    expect(next?.bought).toEqual([false, false, false])
  })
})
