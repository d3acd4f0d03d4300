import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { partitionCount, partitionOf } from '@perennial/contracts'
import { GenerationRetired, type Layout, type ParkedMember, type ReadModel, type ReadStore, type StoredMember } from '@perennial/read-store'
import type { Adapter, Place } from './place.ts'

const layout: Layout = { projector: 'tier', version: 1, filters: ['tier'] }
const allPartitions = Array.from({ length: partitionCount }, (_, partition) => partition)

function member(memberId: string, more: Partial<StoredMember> = {}): StoredMember {
  return { memberId, state: JSON.stringify({ of: memberId }), shown: { tier: 'silver', since: null }, nextDue: null, ...more }
}

function parked(memberId: string, more: Partial<ParkedMember> = {}): ParkedMember {
  return { memberId, position: 7, eventId: 'e7', reason: 'too large', parkedAt: 1_000, retryRequested: false, ...more }
}

const at = (position: number, clock?: number) => ({
  checkpoint: { partitions: allPartitions, position, ...(clock !== undefined && { clock }) },
})
const idsOf = (members: readonly StoredMember[]) => members.map(({ memberId }) => memberId)

/** What every read store promises. An adapter's spec only says how to open one. */
export function readStoreContract({ name, makePlace, shared }: Adapter<ReadStore>): void {
  describe(`read store: ${name}`, () => {
    let place: Place<ReadStore>
    let store: ReadStore
    let live: ReadModel

    beforeEach(async () => {
      place = await makePlace()
      store = await place.open()
      live = await store.live(layout)
    })
    afterEach(() => place.remove())

    describe('a new read model', () => {
      test('stands at the beginning of the log, in every partition', async () => {
        expect(await live.checkpoints()).toEqual(allPartitions.map((partition) => ({ partition, position: 0, clock: 0 })))
        expect(await live.counts()).toEqual({ members: 0, parked: 0 })
      })

      test('is the same one however often it is asked for', async () => {
        await live.commit({ members: [member('ann')] })
        const again = await store.live(layout)
        expect(again.generation).toBe(live.generation)
        expect(await again.counts()).toEqual({ members: 1, parked: 0 })
      })

      test('keeps the version that filled it, whatever version asks', async () => {
        expect((await store.live({ ...layout, version: 2 })).version).toBe(1)
      })
    })

    describe('a commit', () => {
      test('stores members as they are, and replaces them', async () => {
        const strange = member("çağla 🫖 ' % _", {
          state: '{"text":"Żółć \\u0000"}',
          shown: { tier: 'gold', points: 12.5, none: null },
          nextDue: 8.64e15,
        })
        await live.commit({ members: [member('ann'), strange] })
        await live.commit({ members: [member('ann', { shown: { tier: 'gold' }, nextDue: 5 })] })
        expect(
          [...(await live.load([strange.memberId, 'ann', 'nobody'])).values()].toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1)),
        ).toEqual([member('ann', { shown: { tier: 'gold' }, nextDue: 5 }), strange])
      })

      test('loads thousands of members at once', async () => {
        const many = Array.from({ length: 2_345 }, (_, n) => member(`m${n}`))
        await live.commit({ members: many })
        expect((await live.load(idsOf(many))).size).toBe(2_345)
        expect((await live.load([])).size).toBe(0)
      })

      test('moves the checkpoints of its partitions only, and of position and clock only what is given', async () => {
        await live.commit({ members: [], checkpoint: { partitions: [3, 5], position: 42 } })
        await live.commit({ members: [], checkpoint: { partitions: [5], clock: 1_000 } })
        const moved = (await live.checkpoints()).filter(({ position, clock }) => position > 0 || clock > 0)
        expect(moved).toEqual([
          { partition: 3, position: 42, clock: 0 },
          { partition: 5, position: 42, clock: 1_000 },
        ])
      })

      test('removes who has no row any longer: from loads, pages, counts and from those who are due', async () => {
        await live.commit({ members: [member('ann', { nextDue: 5 }), member('bob', { nextDue: 6 }), member('cem')] })
        await live.commit({ members: [member('dan')], remove: ['ann', 'nobody'] })
        expect((await live.load(['ann', 'bob'])).has('ann')).toBe(false)
        expect(idsOf(await live.page({ after: '', limit: 10 }))).toEqual(['bob', 'cem', 'dan'])
        expect(idsOf(await live.page({ after: '', limit: 10, where: { tier: 'silver' } }))).toEqual(['bob', 'cem', 'dan'])
        expect(idsOf(await live.due({ at: 10, limit: 10, partitions: allPartitions }))).toEqual(['bob'])
        expect(await live.counts()).toEqual({ members: 3, parked: 0 })
        expect(await live.countBy('tier')).toEqual(new Map([['silver', 3]]))
      })

      test('takes back whoever was removed, as a new member', async () => {
        await live.commit({ members: [member('ann', { nextDue: 5 })] })
        await live.commit({ members: [], remove: ['ann'] })
        await live.commit({ members: [member('ann', { shown: { tier: 'gold' } })] })
        expect((await live.load(['ann'])).get('ann')).toEqual(member('ann', { shown: { tier: 'gold' } }))
      })

      test('that fails leaves everything as it was: no member written or removed, no checkpoint, no announcement, nobody parked', async () => {
        await live.commit({ members: [member('dan')] })
        const broken = member('cem', { state: undefined as never })
        await expect(
          live.commit({ members: [member('ann'), broken], announcements: ['{}'], park: [parked('bob')], ...at(9) }),
        ).rejects.toThrow()
        const late = {
          members: [member('ann')],
          remove: ['dan'],
          park: [parked('bob', { reason: undefined as never })],
          announcements: ['{}'],
          ...at(9),
        }
        await expect(live.commit(late)).rejects.toThrow()
        expect(idsOf(await live.page({ after: '', limit: 10 }))).toEqual(['dan'])
        expect(await live.counts()).toEqual({ members: 1, parked: 0 })
        expect(Math.max(...(await live.checkpoints()).map(({ position }) => position))).toBe(0)
        expect(await store.outboxLag()).toBe(0)
        await live.commit({ members: [member('ann')], ...at(9) })
        expect(await live.counts()).toEqual({ members: 2, parked: 0 })
      })
    })

    describe('members that are due', () => {
      test('come earliest first, up to an instant that counts itself, as many as asked for', async () => {
        await live.commit({
          members: [
            member('c', { nextDue: 300 }),
            member('a', { nextDue: 100 }),
            member('never'),
            member('b', { nextDue: 200 }),
            member('d', { nextDue: 301 }),
          ],
        })
        expect(idsOf(await live.due({ at: 300, limit: 10, partitions: allPartitions }))).toEqual(['a', 'b', 'c'])
        expect(idsOf(await live.due({ at: 300, limit: 2, partitions: allPartitions }))).toEqual(['a', 'b'])
        expect(await live.due({ at: 99, limit: 2, partitions: allPartitions })).toEqual([])
      })

      test('are those of the partitions that were asked for', async () => {
        const many = Array.from({ length: 200 }, (_, n) => member(`m${n}`, { nextDue: n }))
        await live.commit({ members: many })
        const partitions = [0, 1, 2, 3]
        const due = await live.due({ at: 1_000, limit: 1_000, partitions })
        expect(idsOf(due)).toEqual(idsOf(many).filter((memberId) => partitions.includes(partitionOf(memberId))))
      })
    })

    describe('a page', () => {
      const members = ['b', 'a', 'Z', 'é', '\uffee', '\u{1f375}', 'a-10', 'a-2'].map((memberId, n) =>
        member(memberId, { shown: { tier: n % 2 === 0 ? 'silver' : 'gold' } }),
      )
      const inBytes = idsOf(members).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

      test('goes on behind a member, in the order of the bytes of their ids', async () => {
        await live.commit({ members })
        const read: string[] = []
        for (let after = ''; ; ) {
          const page = idsOf(await live.page({ after, limit: 3 }))
          const last = page.at(-1)
          if (last === undefined) break
          read.push(...page)
          after = last
        }
        expect(read).toEqual(inBytes)
      })

      test('holds those with a shown value, as it was last stored', async () => {
        await live.commit({ members })
        await live.commit({ members: [member('b', { shown: { tier: 'gold' } })] })
        const gold = await live.page({ after: '', limit: 10, where: { tier: 'gold' } })
        expect(gold.every(({ shown }) => shown.tier === 'gold')).toBe(true)
        expect(gold).toHaveLength(5)
        expect(await live.page({ after: '', limit: 10, where: { tier: 'platinum' } })).toEqual([])
      })

      test('brings along whoever is due, whose shown value may have changed', async () => {
        await live.commit({
          members: [member('a', { nextDue: 100 }), member('b', { nextDue: 200 }), member('c', { shown: { tier: 'gold' } })],
        })
        expect(idsOf(await live.page({ after: '', limit: 10, where: { tier: 'gold' }, dueAt: 150 }))).toEqual(['a', 'c'])
        expect(idsOf(await live.page({ after: 'a', limit: 10, where: { tier: 'gold' }, dueAt: 150 }))).toEqual(['c'])
      })

      test('is counted by a shown value', async () => {
        await live.commit({ members })
        expect(await live.countBy('tier')).toEqual(
          new Map([
            ['gold', 4],
            ['silver', 4],
          ]),
        )
        await expect(live.countBy('colour')).rejects.toThrow()
      })
    })

    describe('parked members', () => {
      test('are listed with the reason, and are gone when they are taken back', async () => {
        await live.commit({ members: [], park: [parked('bob'), parked('ann', { position: 9 })] })
        expect(await live.parked()).toEqual([parked('ann', { position: 9 }), parked('bob')])
        await live.commit({ members: [member('ann')], unpark: ['ann', 'nobody'] })
        expect(await live.parked()).toEqual([parked('bob')])
        expect(await live.counts()).toEqual({ members: 1, parked: 1 })
      })

      test('are tried again when somebody asks, one or all, and parked anew without the request', async () => {
        await live.commit({ members: [], park: [parked('ann'), parked('bob')] })
        expect(await live.requestRetry('ann')).toBe(1)
        expect((await live.parked()).map(({ retryRequested }) => retryRequested)).toEqual([true, false])
        expect(await live.requestRetry()).toBe(2)
        expect(await live.requestRetry('nobody')).toBe(0)
        await live.commit({ members: [], park: [parked('ann', { reason: 'still too large' })] })
        expect(await live.parked()).toEqual([parked('ann', { reason: 'still too large' }), parked('bob', { retryRequested: true })])
      })
    })

    describe('the outbox', () => {
      test('keeps announcements in their order under ids that stay the same until they are relayed', async () => {
        await live.commit({ members: [], announcements: ['{"n":1}', '{"n":2}'] })
        await live.commit({ members: [], announcements: ['{"n":3}'] })
        const first = await store.pendingAnnouncements(2)
        expect(first.map(({ announcement }) => announcement)).toEqual(['{"n":1}', '{"n":2}'])
        expect(await store.pendingAnnouncements(2)).toEqual(first)
        expect(await store.outboxLag()).toBe(3)
        await store.markRelayed(first[0]?.sequence ?? 0)
        expect((await store.pendingAnnouncements(10)).map(({ id }) => id)).toEqual([first[1]?.id, expect.any(String)])
      })

      test('never gives an id twice, also when everything was relayed', async () => {
        const seen = new Set<string>()
        for (let round = 0; round < 5; round++) {
          await live.commit({ members: [], announcements: ['{}', '{}'] })
          const entries = await store.pendingAnnouncements(10)
          for (const { id } of entries) seen.add(id)
          await store.markRelayed(entries.at(-1)?.sequence ?? 0)
        }
        expect(seen.size).toBe(10)
      })

      test('gives ids that those of another store do not have', async () => {
        const elsewhere = await makePlace()
        try {
          const other = await elsewhere.open()
          await (await other.live(layout)).commit({ members: [], announcements: ['{}'] })
          await live.commit({ members: [], announcements: ['{}'] })
          expect((await other.pendingAnnouncements(1))[0]?.id).not.toBe((await store.pendingAnnouncements(1))[0]?.id)
        } finally {
          await elsewhere.remove()
        }
      })
    })

    describe('a rebuild', () => {
      const next: Layout = { ...layout, version: 2, filters: ['tier', 'since'] }

      test('fills tables of its own, which nobody sees before the swap', async () => {
        await live.commit({ members: [member('ann')], ...at(5) })
        const building = await store.building(next)
        await building.commit({ members: [member('ann', { shown: { tier: 'gold', since: 'x' } })] })
        expect((await live.load(['ann'])).get('ann')?.shown.tier).toBe('silver')
        expect((await store.live(next)).version).toBe(1)
      })

      test('goes on with what it has, unless the version is another one', async () => {
        const building = await store.building(next)
        await building.commit({ members: [member('ann')], ...at(3) })
        expect((await store.building(next)).generation).toBe(building.generation)
        const other = await store.building({ ...next, version: 3 })
        expect(await other.counts()).toEqual({ members: 0, parked: 0 })
        await expect(building.commit({ members: [member('bob')] })).rejects.toThrow(GenerationRetired)
      })

      test('is swapped in only where both stand at the same position of every partition', async () => {
        await live.commit({ members: [member('ann')], ...at(5) })
        const building = await store.building(next)
        await building.commit({ members: [member('ann'), member('bob')], ...at(5) })
        await live.commit({ members: [], checkpoint: { partitions: [63], position: 6 } })
        expect(await store.swap()).toBe(false)
        expect((await store.live(next)).generation).toBe(live.generation)
        await building.commit({ members: [], checkpoint: { partitions: [63], position: 7 } })
        expect(await store.swap()).toBe(false)
        await live.commit({ members: [], checkpoint: { partitions: [63], position: 7 } })
        expect(await store.swap()).toBe(true)
        expect(await (await store.live(next)).counts()).toEqual({ members: 2, parked: 0 })
      })

      test('is not swapped in where the clock of the old tables is ahead: what fell due was announced already', async () => {
        await live.commit({ members: [], ...at(5, 1_000) })
        const building = await store.building(next)
        await building.commit({ members: [], ...at(5, 999) })
        expect(await store.swap()).toBe(false)
        await building.commit({ members: [], ...at(5, 1_000) })
        expect(await store.swap()).toBe(true)
      })

      test('retires the old tables: who still holds them learns it, and writes nothing', async () => {
        await live.commit({ members: [member('ann')], ...at(5) })
        await (await store.building(next)).commit({ members: [], ...at(5) })
        await store.swap()
        await expect(live.commit({ members: [member('bob')], announcements: ['{}'], ...at(6) })).rejects.toThrow(GenerationRetired)
        expect(await store.outboxLag()).toBe(0)
        expect((await store.live(next)).version).toBe(2)
      })

      test('keeps the announcements that still have to be relayed', async () => {
        await live.commit({ members: [], announcements: ['{"n":1}'] })
        const before = await store.pendingAnnouncements(10)
        await store.building(next)
        expect(await store.swap()).toBe(true)
        await (await store.live(next)).commit({ members: [], announcements: ['{"n":2}'] })
        const after = await store.pendingAnnouncements(10)
        expect(after.slice(0, 1)).toEqual(before)
        expect(after).toHaveLength(2)
      })

      test('is given up without a trace, and there may be none to swap', async () => {
        await (await store.building(next)).commit({ members: [member('ann')] })
        await store.abandonBuild()
        await store.abandonBuild()
        expect(await store.swap()).toBe(false)
        expect(await (await store.building(next)).counts()).toEqual({ members: 0, parked: 0 })
      })

      test('remembers how far a pass has come, until it is through', async () => {
        const mark = { upTo: 100, after: 'çağla' }
        await live.commit({ members: [], pass: { pass: 'all', mark } })
        expect([await live.passMark('all'), await live.passMark('other')]).toEqual([mark, undefined])
        await live.commit({ members: [], pass: { pass: 'all', mark: { ...mark, after: 'dan' } } })
        expect(await live.passMark('all')).toEqual({ ...mark, after: 'dan' })
        expect(await (await store.building(next)).passMark('all')).toBeUndefined()
        await live.commit({ members: [], pass: { pass: 'all', mark: null } })
        expect(await live.passMark('all')).toBeUndefined()
      })
    })

    if (!shared) return
    describe('between connections', () => {
      test('everything is there when it is opened again, and announcements keep their ids', async () => {
        await live.commit({ members: [member('ann', { nextDue: 5 })], announcements: ['{}'], park: [parked('bob')], ...at(5, 6) })
        const before = [
          await live.checkpoints(),
          await live.parked(),
          await store.pendingAnnouncements(10),
          await live.page({ after: '', limit: 10 }),
        ]
        await store.close()
        const again = await place.open()
        const model = await again.live(layout)
        expect([
          await model.checkpoints(),
          await model.parked(),
          await again.pendingAnnouncements(10),
          await model.page({ after: '', limit: 10 }),
        ]).toEqual(before)
      })

      test('a reader sees the last commit of a writer', async () => {
        const reader = await (await place.open()).live(layout)
        await live.commit({ members: [member('ann')] })
        expect(await reader.counts()).toEqual({ members: 1, parked: 0 })
      })

      test('a swap by one retires the tables that another one holds', async () => {
        const other = await place.open()
        const building = await other.building({ ...layout, version: 2 })
        await building.commit({ members: [] })
        expect(await other.swap()).toBe(true)
        await expect(live.commit({ members: [member('ann')] })).rejects.toThrow(GenerationRetired)
        expect((await store.live(layout)).version).toBe(2)
      })

      test('whoever asks tables that were retired learns it, whatever they ask', async () => {
        const other = await place.open()
        await (await other.building({ ...layout, version: 2 })).commit({ members: [] })
        await other.swap()
        for (const question of [
          live.load(['ann']),
          live.page({ after: '', limit: 1 }),
          live.due({ at: 1, limit: 1, partitions: allPartitions }),
          live.checkpoints(),
          live.parked(),
          live.requestRetry(),
          live.counts(),
          live.countBy('tier'),
          live.passMark('all'),
        ]) {
          await expect(question).rejects.toThrow(GenerationRetired)
        }
      })

      test('writers take turns, and nothing of either is lost', async () => {
        const other = await (await place.open()).live(layout)
        await Promise.all(
          Array.from({ length: 40 }, (_, n) =>
            (n % 2 ? live : other).commit({ members: [member(`m${n}`)], announcements: [`{"n":${n}}`] }),
          ),
        )
        expect(await live.counts()).toEqual({ members: 40, parked: 0 })
        expect(await store.outboxLag()).toBe(40)
      })
    })
  })
}
