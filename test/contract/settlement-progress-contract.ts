import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Merge, SettlementProgress } from '@perennial/settle'
import type { Adapter, Place } from './place.ts'

const bob: Merge = { merge: 'm1', from: 'bob', into: 'ann', at: 1_000 }
const cem: Merge = { merge: 'm 2/ç', from: 'çem 🫖', into: 'ann', at: 2_000 }
const mapOf = (...merges: Merge[]) => new Map(merges.map((merge) => [merge.from, merge]))

/** What every progress of settlement promises. An adapter's spec only says how to open one. */
export function settlementProgressContract({ name, makePlace, shared }: Adapter<SettlementProgress>): void {
  describe(`settlement progress: ${name}`, () => {
    let place: Place<SettlementProgress>
    let progress: SettlementProgress
    beforeEach(async () => {
      place = await makePlace()
      progress = await place.open()
    })
    afterEach(() => place.remove())

    test('begins at the beginning, with nobody merged', async () => {
      expect(await progress.position()).toBe(0)
      expect(await progress.merges()).toEqual(new Map())
    })

    test('forgets merges that ended, and knows one that was made anew', async () => {
      expect(await progress.save({ from: 0, position: 7, begun: [bob, cem] })).toBe(true)
      expect(await progress.save({ from: 7, position: 8, ended: ['bob', 'nobody'] })).toBe(true)
      expect(await progress.merges()).toEqual(mapOf(cem))
      expect(await progress.save({ from: 8, position: 9, begun: [{ ...cem, merge: 'm3', into: 'dan' }] })).toBe(true)
      expect(await progress.merges()).toEqual(mapOf({ ...cem, merge: 'm3', into: 'dan' }))
      expect(await progress.position()).toBe(9)
    })

    test('knows the last of several merges of one member', async () => {
      await progress.save({ from: 0, position: 7, begun: [bob, { ...bob, merge: 'm4' }] })
      expect(await progress.merges()).toEqual(mapOf({ ...bob, merge: 'm4' }))
    })

    test('knows a merge that ended and began anew within one step', async () => {
      await progress.save({ from: 0, position: 7, begun: [bob] })
      await progress.save({ from: 7, position: 8, ended: ['bob'], begun: [{ ...bob, merge: 'm4' }] })
      expect(await progress.merges()).toEqual(mapOf({ ...bob, merge: 'm4' }))
    })

    test('stands at positions that are bytes of a large log', async () => {
      const far = Number.MAX_SAFE_INTEGER - 1
      expect(await progress.save({ from: 0, position: far })).toBe(true)
      expect(await progress.save({ from: far, position: far + 1 })).toBe(true)
      expect(await progress.position()).toBe(Number.MAX_SAFE_INTEGER)
    })

    test('moves as a whole or not at all', async () => {
      const broken = { ...cem, into: undefined as never }
      await expect(progress.save({ from: 0, position: 7, begun: [bob, broken] })).rejects.toThrow()
      expect(await progress.position()).toBe(0)
      expect((await progress.merges()).size).toBe(0)
    })

    test('refuses to move from where it does not stand, and writes nothing then', async () => {
      await progress.save({ from: 0, position: 7, begun: [bob] })
      expect(await progress.save({ from: 6, position: 9, begun: [cem], ended: ['bob'] })).toBe(false)
      expect(await progress.save({ from: 0, position: 7, begun: [cem] })).toBe(false)
      expect(await progress.position()).toBe(7)
      expect(await progress.merges()).toEqual(mapOf(bob))
    })

    if (!shared) return

    test('is there when it is opened again', async () => {
      await progress.save({ from: 0, position: 7, begun: [bob, cem] })
      const again = await place.open()
      expect(await again.position()).toBe(7)
      expect(await again.merges()).toEqual(mapOf(bob, cem))
    })

    test('of two who settle at once, one moves it; of the other nothing is written', async () => {
      const other = await place.open()
      const [one, two] = await Promise.all([
        progress.save({ from: 0, position: 7, begun: [bob] }),
        other.save({ from: 0, position: 8, begun: [cem] }),
      ])
      expect([one, two].filter(Boolean)).toHaveLength(1)
      expect(await progress.position()).toBe(one ? 7 : 8)
      expect(await other.merges()).toEqual(mapOf(one ? bob : cem))
    })

    test('moves once for every save that was answered with true, however many try', async () => {
      const settlers = [progress, await place.open(), await place.open()]
      const moved = await Promise.all(
        settlers.map(async (settler, n) => {
          const done: string[] = []
          for (let step = 0; step < 20; step++) {
            const from = await settler.position()
            const member = `member ${n} ${step}`
            if (await settler.save({ from, position: from + 1, begun: [{ ...bob, from: member }] })) done.push(member)
          }
          return done
        }),
      )
      expect(await progress.position()).toBe(moved.flat().length)
      expect(new Set((await progress.merges()).keys())).toEqual(new Set(moved.flat()))
    })
  })
}
