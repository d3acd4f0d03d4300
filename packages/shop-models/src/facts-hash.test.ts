import { expect, test } from '@jest/globals'
import { hashOfFacts } from './facts-hash.ts'
import type { MemberSnapshot, ShopSnapshot } from './snapshot.ts'
import { simulatedShop, snapshotsOf } from './testing/simulated-shop.ts'

const snapshots = snapshotsOf(simulatedShop({ members: 20 }), 2)
const [now] = snapshots as [ShopSnapshot]
const first = now.members[0] as MemberSnapshot

function withFirst(changed: MemberSnapshot): ShopSnapshot[] {
  return [{ ...now, members: [changed, ...now.members.slice(1)] }, ...snapshots.slice(1)]
}

test('the mark of the facts is the same for the same facts, whatever order their fields stand in', () => {
  const turned = Object.fromEntries(Object.entries(first.facts).reverse()) as unknown as MemberSnapshot['facts']
  expect(hashOfFacts(withFirst({ ...first, facts: turned }))).toBe(hashOfFacts(snapshots))
  expect(hashOfFacts(snapshots)).toMatch(/^[0-9a-f]{64}$/)
})

test('says also who brought everything back after the snapshot before, and nothing of what no outcome hangs on', () => {
  const [newest, oldest] = snapshots as [ShopSnapshot, ShopSnapshot]
  expect(hashOfFacts([{ ...newest, ended: ['m-9'] }, oldest])).not.toBe(hashOfFacts(snapshots))
  expect(hashOfFacts([newest, { ...oldest, ended: ['m-9'] }])).toBe(hashOfFacts(snapshots))
  expect(hashOfFacts([{ ...newest, ended: ['m-9'] }])).toBe(hashOfFacts([newest]))
})

test('and another one where any of them is another', () => {
  const changes: MemberSnapshot[] = [
    ...Object.entries(first.facts).map(([name, value]) => ({
      ...first,
      facts: { ...first.facts, [name]: typeof value === 'number' ? value + 1 : 'EUR' },
    })),
    { ...first, memberId: 'm-0' },
    { ...first, silenceDays: first.silenceDays + 1e-8 },
    { ...first, engagement: 1e-9 },
  ]
  const marks = [snapshots, snapshots.slice(0, 1), ...changes.map(withFirst)].map(hashOfFacts)
  expect(new Set(marks).size).toBe(16)
})
