import { describe, expect, test } from '@jest/globals'
import { partitionCount } from '@perennial/contracts'
import type { PartitionLease } from '@perennial/read-store'
import fc from 'fast-check'
import { planShare, quotaOf } from './quota.ts'

const ownersOf = (count: number) => Array.from({ length: count }, (_, n) => `owner-${String(n).padStart(3, '0')}`)
const heldBy = (owner: string, partitions: readonly number[]): PartitionLease[] =>
  partitions.map((partition) => ({ partition, owner, epoch: 1, over: false }))
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)

describe('a share of the partitions', () => {
  test('is the same for all, or one more, and together they are all partitions', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (count) => {
        const owners = ownersOf(count)
        const counts = owners.map((owner) => quotaOf(owners, owner).count)
        expect(counts.reduce((sum, each) => sum + each)).toBe(partitionCount)
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
        expect(counts).toEqual(counts.toSorted((a, b) => b - a))
      }),
    )
  })

  test('is all of them for one, and none for who is not on the list', () => {
    expect(quotaOf(['a'], 'a')).toEqual({ count: 64, start: 0 })
    expect(quotaOf(['a'], 'b').count).toBe(0)
    expect(quotaOf(ownersOf(65), 'owner-064').count).toBe(0)
  })

  test('begins for each behind that of the one before, so that nobody reaches for the same', () => {
    const owners = ownersOf(3)
    expect(owners.map((owner) => quotaOf(owners, owner))).toEqual([
      { count: 22, start: 0 },
      { count: 21, start: 22 },
      { count: 21, start: 43 },
    ])
  })
})

describe('what to do next', () => {
  test('the first one takes everything', () => {
    expect(planShare('a', ['a'], [])).toEqual({ keep: [], give: [], take: range(0, 64) })
  })

  test('whoever has too much gives back, and keeps the rest', () => {
    expect(planShare('a', ['a', 'b'], heldBy('a', range(0, 64)))).toEqual({ keep: range(0, 32), give: range(32, 64), take: [] })
  })

  test('nobody takes from the living, however much they have', () => {
    expect(planShare('b', ['a', 'b'], heldBy('a', range(0, 60))).take).toEqual(range(60, 64))
  })

  test('what the dead held is taken, by each its share', () => {
    const leases = [...heldBy('a', range(0, 22)), ...heldBy('dead', range(22, 43)), ...heldBy('c', range(43, 64))]
    const plans = ['a', 'c'].map((owner) => planShare(owner, ['a', 'c'], leases))
    expect(plans.map(({ keep }) => keep.length)).toEqual([22, 21])
    expect(plans.flatMap(({ take }) => take).length).toBe(21)
  })

  test('never holds more than its share, loses nothing it may keep, and takes only what nobody alive holds', () => {
    const situation = fc.record({
      living: fc.integer({ min: 1, max: 9 }),
      holders: fc.array(fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }), {
        minLength: partitionCount,
        maxLength: partitionCount,
      }),
    })
    fc.assert(
      fc.property(situation, ({ living, holders }) => {
        const names = ownersOf(13)
        const owners = names.slice(0, living)
        const leases = holders.flatMap((holder, partition) => (holder === undefined ? [] : heldBy(names[holder] as string, [partition])))
        for (const owner of owners) {
          const { keep, give, take } = planShare(owner, owners, leases)
          const { count } = quotaOf(owners, owner)
          const held = leases.filter((lease) => lease.owner === owner).map(({ partition }) => partition)
          expect([...keep, ...give].toSorted()).toEqual(held.toSorted())
          expect(keep).toHaveLength(Math.min(held.length, count))
          expect(keep.length + take.length).toBeLessThanOrEqual(count)
          for (const partition of take) {
            expect(owners).not.toContain(leases.find((lease) => lease.partition === partition)?.owner)
          }
        }
      }),
    )
  })
})
