import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { partitionCount, partitionOf } from '@perennial/contracts'
import {
  GenerationRetired,
  type Layout,
  type Lease,
  type ParkedMember,
  type ReadModel,
  type ReadStore,
  type StoredMember,
} from '@perennial/read-store'
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
const partitionLost = expect.objectContaining({ code: 'partition-lost' })
/** Members of a partition. */
const membersOf = (partition: number) =>
  Array.from({ length: 2_000 }, (_, n) => `m${n}`).filter((memberId) => partitionOf(memberId) === partition)
const idsOf = (members: readonly StoredMember[]) => members.map(({ memberId }) => memberId)

/** How a read store of a place is opened. */
export type Opened = [options?: { trackRows?: boolean }]

/** What every read store promises. An adapter's spec only says how to open one. */
export function readStoreContract({ name, makePlace, shared }: Adapter<ReadStore, Opened>): void {
  describe(`read store: ${name}`, () => {
    let place: Place<ReadStore, Opened>
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
        expect(await live.checkpoints()).toEqual(allPartitions.map((partition) => ({ partition, position: 0, clock: 0, sweep: null })))
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

      test('stores a member that comes twice as it came last', async () => {
        await live.commit({ members: [member('ann', { shown: { tier: 'gold' } }), member('bob'), member('ann', { nextDue: 5 })] })
        expect((await live.load(['ann'])).get('ann')).toEqual(member('ann', { nextDue: 5 }))
        expect(await live.counts()).toEqual({ members: 2, parked: 0 })
      })

      test('gives JSON back byte by byte: spaces, the order of keys, and what has two spellings', async () => {
        const state = '{ "b":1.0,\n"a":1e2, "a":"\\u0041\\u0000\\ud800", "big":12345678901234567890 }'
        const announcement = '{"z":1,  "a":"\\u00e9"}'
        await live.commit({ members: [member('ann', { state })], announcements: [announcement] })
        expect((await live.load(['ann'])).get('ann')?.state).toBe(state)
        expect((await store.pendingAnnouncements(1))[0]?.announcement).toBe(announcement)
      })

      test('keeps positions and instants up to 2^53 exact', async () => {
        const most = Number.MAX_SAFE_INTEGER
        await live.commit({
          members: [member('ann', { nextDue: most - 1 })],
          park: [parked('bob', { position: most })],
          ...at(most, most - 1),
        })
        expect((await live.checkpoints())[7]).toEqual({ partition: 7, position: most, clock: most - 1, sweep: null })
        expect((await live.parked())[0]?.position).toBe(most)
        expect(idsOf(await live.due({ at: most, limit: 1, partitions: allPartitions }))).toEqual(['ann'])
        expect(await live.due({ at: most - 2, limit: 1, partitions: allPartitions })).toEqual([])
      })

      test('moves the checkpoints of its partitions only, and of position and clock only what is given', async () => {
        await live.commit({ members: [], checkpoint: { partitions: [3, 5], position: 42 } })
        await live.commit({ members: [], checkpoint: { partitions: [5], clock: 1_000 } })
        const moved = (await live.checkpoints()).filter(({ position, clock }) => position > 0 || clock > 0)
        expect(moved).toEqual([
          { partition: 3, position: 42, clock: 0, sweep: null },
          { partition: 5, position: 42, clock: 1_000, sweep: null },
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

      test('misses nobody and brings nobody twice while members are written, added and removed', async () => {
        const stay = Array.from({ length: 60 }, (_, n) => member(`m${String(n * 2).padStart(3, '0')}`))
        await live.commit({ members: stay })
        const read: string[] = []
        for (let after = '', page = 0; ; page++) {
          const ids = idsOf(await live.page({ after, limit: 7, where: { tier: 'silver' } }))
          const last = ids.at(-1)
          if (last === undefined) break
          read.push(...ids)
          after = last
          // Before, at and behind the cursor; odd numbers come and go, even ones stay.
          const odd = [`m${String(page * 10 + 1).padStart(3, '0')}`, `m${String(118 - page * 10 + 1).padStart(3, '0')}`]
          await live.commit({ members: [...stay.filter((_, n) => n % 5 === page % 5), ...odd.map((memberId) => member(memberId))] })
          await live.commit({ members: [], remove: odd.slice(page % 2) })
        }
        expect(read).toEqual([...new Set(read)].toSorted())
        expect(read.filter((memberId) => Number(memberId.slice(1)) % 2 === 0)).toEqual(idsOf(stay))
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

    describe('writers that share the partitions', () => {
      const hour = 3_600_000
      const claim = (owner: string, partitions: readonly number[], ttlMs = hour) => live.claim({ owner, partitions, ttlMs })
      const only = (partition: number, more: Partial<Parameters<ReadModel['commit']>[0]> = {}) => ({
        members: membersOf(partition)
          .slice(0, 2)
          .map((memberId) => member(memberId)),
        checkpoint: { partitions: [partition], position: 5 },
        ...more,
      })
      /** Until the time of a short lease is over by everybody's clock. */
      const outlast = async (lease: Lease) => {
        for (;;) {
          const held = (await live.leases()).filter(({ epoch }) => epoch === lease.epoch)
          if (held.every(({ over }) => over)) return
          await sleep(5)
        }
      }

      test('get those that nobody holds, each in a new epoch', async () => {
        const first = await claim('one', [0, 1, 2])
        expect(first.partitions).toEqual([0, 1, 2])
        const second = await claim('two', allPartitions)
        expect(second.partitions).toEqual(allPartitions.slice(3))
        expect(second.epoch).toBeGreaterThan(first.epoch)
        expect(await claim('three', [1, 3])).toEqual({ epoch: 0, partitions: [] })
        await expect(live.commit({ members: [], epoch: 0 })).rejects.toEqual(partitionLost)
      })

      test('write what they hold side by side, and nothing else', async () => {
        const first = await claim('one', [0, 1])
        const second = await claim('two', [2, 3])
        await live.commit(only(1, { epoch: first.epoch, announcements: ['{"n":1}'] }))
        await live.commit(only(2, { epoch: second.epoch, announcements: ['{"n":2}'] }))
        await expect(live.commit(only(1, { epoch: second.epoch, announcements: ['{"n":3}'] }))).rejects.toEqual(partitionLost)
        await expect(live.commit(only(9, { epoch: second.epoch }))).rejects.toEqual(partitionLost)
        expect(await live.counts()).toEqual({ members: 4, parked: 0 })
        expect(await store.outboxLag()).toBe(2)
      })

      test.each([
        ['a member', { members: [member(membersOf(9)[0] as string)] }],
        ['a member who goes', { members: [], remove: [membersOf(9)[0] as string] }],
        ['a checkpoint', { members: [], checkpoint: { partitions: [1, 9], position: 7 } }],
        ['a parked member', { members: [], park: [parked(membersOf(9)[0] as string)] }],
        ['a member taken back', { members: [], unpark: [membersOf(9)[0] as string] }],
        ['the mark of a sweep', { members: [], sweep: { partitions: [1, 9], mark: { upTo: 7, after: 'ann' } } }],
        ['the end of a sweep', { members: [], sweep: { partitions: [9], mark: null } }],
      ])('are refused where %s belongs to a partition of somebody else', async (_, changes) => {
        const { epoch } = await claim('one', [1])
        await claim('two', [9])
        await expect(live.commit({ ...changes, epoch })).rejects.toEqual(partitionLost)
        expect(await live.counts()).toEqual({ members: 0, parked: 0 })
        expect(await live.checkpoints()).toEqual(allPartitions.map((partition) => ({ partition, position: 0, clock: 0, sweep: null })))
      })

      test('are fenced: who was away for longer than its time writes nothing once another has taken its place', async () => {
        const away = await claim('one', [4, 5], 1)
        await live.commit(only(4, { epoch: away.epoch }))
        await outlast(away)
        const next = await claim('two', [4])
        expect(next.partitions).toEqual([4])
        await expect(
          live.commit(only(4, { epoch: away.epoch, announcements: ['{}'], checkpoint: { partitions: [4], position: 9 } })),
        ).rejects.toEqual(partitionLost)
        await live.commit(only(4, { epoch: next.epoch, checkpoint: { partitions: [4], position: 6 } }))
        expect((await live.checkpoints())[4]?.position).toBe(6)
        expect(await store.outboxLag()).toBe(0)
        // Nobody wanted the other one meanwhile.
        await live.commit(only(5, { epoch: away.epoch }))
      })

      test('are told which of theirs are left when they ask for more time', async () => {
        const first = await claim('one', [4, 5, 6], 1)
        await outlast(first)
        await claim('two', [5])
        expect(await live.renew(first, hour)).toEqual({ epoch: first.epoch, partitions: [4, 6] })
        expect((await claim('three', [4, 5, 6])).partitions).toEqual([])
        expect(await live.renew({ epoch: first.epoch, partitions: [5] }, hour)).toEqual({ epoch: first.epoch, partitions: [] })
      })

      test('give back what they do not need, some or all, and are refused there', async () => {
        const lease = await claim('one', [4, 5, 6])
        await live.release({ epoch: lease.epoch, partitions: [5] })
        await expect(live.commit(only(5, { epoch: lease.epoch }))).rejects.toEqual(partitionLost)
        await live.commit(only(4, { epoch: lease.epoch }))
        const next = await claim('two', [4, 5])
        expect(next.partitions).toEqual([5])
        await live.release(lease)
        await live.commit(only(5, { epoch: next.epoch }))
        expect((await live.leases()).map(({ partition, owner, epoch }) => ({ partition, owner, epoch }))).toEqual([
          { partition: 5, owner: 'two', epoch: next.epoch },
        ])
        // The last epoch of a partition is not given again either.
        await live.release(next)
        expect((await claim('three', [6])).epoch).toBeGreaterThan(next.epoch)
        await expect(live.commit({ members: [], epoch: next.epoch })).rejects.toEqual(partitionLost)
      })

      test('take their own again after a restart, and shut out whatever is left of the process before', async () => {
        const before = await claim('one', [4, 5])
        const after = await claim('one', [4, 5, 6])
        expect(after.partitions).toEqual([4, 5, 6])
        await expect(live.commit(only(4, { epoch: before.epoch }))).rejects.toEqual(partitionLost)
        await live.commit(only(4, { epoch: after.epoch }))
        expect(await live.renew(before, hour)).toMatchObject({ partitions: [] })
      })

      test('keep out a writer that claims nothing, until their time is over; then it keeps them out', async () => {
        const lease = await claim('one', [4], 300)
        await expect(live.commit({ members: [], ...at(9) })).rejects.toEqual(partitionLost)
        await live.commit(only(5))
        await outlast(lease)
        await live.commit({ members: [], ...at(9) })
        await expect(live.commit(only(4, { epoch: lease.epoch }))).rejects.toEqual(partitionLost)
        expect((await live.checkpoints())[4]?.position).toBe(9)
      })

      test('share one generation: another one is written by whoever builds it', async () => {
        await claim('one', allPartitions)
        const building = await store.building({ ...layout, version: 2 })
        await building.commit(only(4))
        const { epoch } = await building.claim({ owner: 'two', partitions: [4], ttlMs: hour })
        await building.commit(only(4, { epoch }))
        expect((await live.leases()).map(({ owner }) => owner)).toEqual(allPartitions.map(() => 'one'))
        expect(await building.leases()).toEqual([{ partition: 4, owner: 'two', epoch, over: false }])
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

      test('is swapped in under a reader, who sees all of the old or all of the new, and learns when to ask anew', async () => {
        const ids = Array.from({ length: 30 }, (_, n) => `m${String(n).padStart(2, '0')}`)
        const ofVersion = (version: string) => ids.map((memberId) => member(memberId, { shown: { tier: 'silver', since: version } }))
        await live.commit({ members: ofVersion('old'), ...at(5) })
        let model = live
        let swapped = false
        const readers = Array.from({ length: 4 }, async () => {
          const seen: string[] = []
          // However fast it reads, it reads on until the swap, and twice all of them after it.
          for (let after = '', passesAfter = 0; passesAfter < 2; ) {
            try {
              const page = await model.page({ after, limit: 10 })
              for (const shown of new Set(page.map((row) => row.shown.since as string))) seen.push(shown)
              const all = [...(await model.load(ids)).values()]
              expect(new Set(all.map((row) => row.shown.since)).size).toBe(1)
              expect(all).toHaveLength(30)
              after = page.at(-1)?.memberId ?? ''
              if (page.length === 0 && swapped) passesAfter++
            } catch (error) {
              if (!(error instanceof GenerationRetired)) throw error
              model = await store.live(next)
            }
            await sleep(0)
          }
          return seen
        })
        const building = await store.building(next)
        for (let n = 0; n < 30; n += 10) await building.commit({ members: ofVersion('new').slice(n, n + 10) })
        await building.commit({ members: [], ...at(5) })
        expect(await store.swap()).toBe(true)
        swapped = true
        for (const seen of await Promise.all(readers)) {
          // Once the new rows were seen, no old one came again.
          expect(seen.join(' ')).toMatch(/^old( old)*( new)+$/)
        }
      })

      test('takes the leases of the old tables with them', async () => {
        await live.claim({ owner: 'one', partitions: allPartitions, ttlMs: 3_600_000 })
        const building = await store.building(next)
        await building.commit({ members: [] })
        expect(await store.swap()).toBe(true)
        const again = await store.live(next)
        expect(await again.leases()).toEqual([])
        await again.commit({ members: [member('ann')] })
      })

      test('is given up without a trace, and there may be none to swap', async () => {
        await (await store.building(next)).commit({ members: [member('ann')] })
        await store.abandonBuild()
        await store.abandonBuild()
        expect(await store.swap()).toBe(false)
        expect(await (await store.building(next)).counts()).toEqual({ members: 0, parked: 0 })
      })
    })

    describe('a sweep over all members', () => {
      const marks = async (model: ReadModel) =>
        (await model.checkpoints()).flatMap(({ partition, sweep }) => (sweep ? [[partition, sweep]] : []))

      test('has a mark in each of its partitions, until it is through there', async () => {
        const [one, other] = [
          { upTo: 100, after: 'çağla' },
          { upTo: 90, after: '' },
        ]
        await live.commit({ members: [], sweep: { partitions: [3, 5], mark: one } })
        await live.commit({ members: [], sweep: { partitions: [7], mark: other } })
        expect(await marks(live)).toEqual([
          [3, one],
          [5, one],
          [7, other],
        ])
        await live.commit({ members: [member('ann')], sweep: { partitions: [5, 7], mark: { ...one, after: 'dan' } } })
        await live.commit({ members: [], checkpoint: { partitions: [3], position: 100 }, sweep: { partitions: [3], mark: null } })
        expect(await marks(live)).toEqual([
          [5, { ...one, after: 'dan' }],
          [7, { ...one, after: 'dan' }],
        ])
        expect((await live.checkpoints())[3]).toEqual({ partition: 3, position: 100, clock: 0, sweep: null })
      })

      test('marks the tables that it fills and no others', async () => {
        const building = await store.building({ ...layout, version: 2 })
        await building.commit({ members: [], sweep: { partitions: [3], mark: { upTo: 5, after: 'ann' } } })
        expect(await marks(live)).toEqual([])
        expect(await marks(building)).toEqual([[3, { upTo: 5, after: 'ann' }]])
      })

      test('leaves its mark with the rows that it wrote, or neither', async () => {
        const broken = member('cem', { state: undefined as never })
        await expect(
          live.commit({ members: [member('ann'), broken], sweep: { partitions: [3], mark: { upTo: 5, after: 'cem' } } }),
        ).rejects.toThrow()
        expect(await marks(live)).toEqual([])
      })
    })

    describe('whoever wants a share of the partitions', () => {
      const hour = 3_600_000

      test('is told of everybody who does, in the order of the bytes of their names', async () => {
        expect(await live.enlist('b', hour)).toEqual(['b'])
        expect(await live.enlist('é', hour)).toEqual(['b', 'é'])
        expect(await live.enlist('Z', hour)).toEqual(['Z', 'b', 'é'])
        expect(await live.enlist('b', hour)).toEqual(['Z', 'b', 'é'])
      })

      test('is forgotten when it is silent for longer than it said', async () => {
        await live.enlist('silent', 1)
        await live.enlist('patient', hour)
        await sleep(20)
        expect(await live.enlist('one', hour)).toEqual(['one', 'patient'])
        expect(await live.enlist('silent', hour)).toEqual(['one', 'patient', 'silent'])
      })

      test('keeps its place by saying so again, and gives it up by saying a shorter time', async () => {
        await live.enlist('one', 1)
        await live.enlist('one', hour)
        await sleep(20)
        expect(await live.enlist('two', hour)).toEqual(['one', 'two'])
        await live.enlist('one', 1)
        await sleep(20)
        expect(await live.enlist('two', hour)).toEqual(['two'])
      })

      test('leaves, and what it held is free for others at once', async () => {
        await live.enlist('one', hour)
        await live.enlist('two', hour)
        const one = await live.claim({ owner: 'one', partitions: [1, 2], ttlMs: hour })
        const two = await live.claim({ owner: 'two', partitions: [3], ttlMs: hour })
        await live.leave('one')
        expect(await live.enlist('two', hour)).toEqual(['two'])
        expect((await live.leases()).map(({ partition }) => partition)).toEqual([3])
        await expect(live.commit({ members: [], checkpoint: { partitions: [1], position: 5 }, epoch: one.epoch })).rejects.toEqual(
          partitionLost,
        )
        await live.commit({ members: [], checkpoint: { partitions: [3], position: 5 }, epoch: two.epoch })
        expect((await live.claim({ owner: 'two', partitions: [1, 2, 3], ttlMs: hour })).partitions).toEqual([1, 2, 3])
      })

      test('may leave twice, or without ever having come', async () => {
        await live.leave('nobody')
        await live.enlist('one', hour)
        await live.leave('one')
        await live.leave('one')
        expect(await live.enlist('two', hour)).toEqual(['two'])
      })

      test('has it in the new tables, too, when a rebuild replaces the old ones', async () => {
        await live.enlist('one', hour)
        await (await store.building({ ...layout, version: 2 })).commit({ members: [] })
        await store.swap()
        expect(await (await store.live(layout)).enlist('two', hour)).toEqual(['one', 'two'])
      })
    })

    describe('rows to be published', () => {
      let tracked: Place<ReadStore, Opened>
      const waitingIds = async (limit = 100) => (await store.changedRows(limit)).map(({ memberId }) => memberId)
      const publishAll = async () => store.markPublished(await store.changedRows(100))

      beforeEach(async () => {
        tracked = await makePlace()
        store = await tracked.open({ trackRows: true })
        live = await store.live(layout)
      })
      afterEach(() => tracked.remove())

      test('are none in a store that was not opened to track them', async () => {
        store = await place.open()
        live = await store.live(layout)
        await live.commit({ members: [member('ann')], remove: ['bob'] })
        expect([await store.changedRows(10), await store.rowsLag()]).toEqual([[], 0])
        await store.markPublished([{ memberId: 'ann', sequence: 1 }])
      })

      test('are each member once, those that wait longest first, as many as asked for', async () => {
        await live.commit({ members: [member('dan'), member('cem')] })
        await live.commit({ members: [member('bob')] })
        await live.commit({ members: [member('ann'), member('dan'), member('ann')] })
        expect((await waitingIds(2)).toSorted()).toEqual(['cem', 'dan'])
        expect((await waitingIds()).slice(2)).toEqual(['bob', 'ann'])
        expect(await store.rowsLag()).toBe(4)
      })

      test('are those that were written or removed, and nobody who had no row', async () => {
        await live.commit({ members: [member('ann'), member('bob')] })
        await publishAll()
        expect(await store.changedRows(10)).toEqual([])
        await live.commit({ members: [], remove: ['bob', 'nobody'], ...at(5) })
        await live.commit({ members: [], park: [parked('ann')], announcements: ['{}'] })
        expect(await waitingIds()).toEqual(['bob'])
      })

      test('are forgotten when they are published, except those that have changed again since', async () => {
        await live.commit({ members: [member('ann'), member('bob')] })
        const before = await store.changedRows(10)
        await live.commit({ members: [member('ann', { nextDue: 5 })] })
        await store.markPublished(before)
        const after = await store.changedRows(10)
        expect(after).toEqual([{ memberId: 'ann', sequence: expect.any(Number) }])
        expect(after[0]?.sequence).toBeGreaterThan(Math.max(...before.map(({ sequence }) => sequence)))
        await store.markPublished(after)
        expect([await store.changedRows(10), await store.rowsLag()]).toEqual([[], 0])
      })

      test('wait again where another one has published them meanwhile: the older row may be the last that was published', async () => {
        await live.commit({ members: [member('ann'), member('bob')] })
        const slow = await store.changedRows(10)
        await live.commit({ members: [member('ann', { nextDue: 5 })] })
        const fast = await store.changedRows(10)
        await store.markPublished(slow.filter(({ memberId }) => memberId === 'ann'))
        await store.markPublished(fast)
        await store.markPublished(slow.filter(({ memberId }) => memberId === 'bob'))
        expect((await waitingIds()).toSorted()).toEqual(['ann', 'bob'])
        await publishAll()
        expect(await store.rowsLag()).toBe(0)
      })

      test('never keep others waiting for ever, however often some members change', async () => {
        await live.commit({ members: [member('busy')] })
        await live.commit({ members: [member('ann')] })
        await live.commit({ members: [member('bob')] })
        const published: string[] = []
        for (let n = 0; n < 4; n++) {
          const rows = await store.changedRows(1)
          await live.commit({ members: [member('busy')] })
          await store.markPublished(rows)
          published.push(...rows.map(({ memberId }) => memberId))
        }
        expect(published).toEqual(['busy', 'ann', 'bob', 'busy'])
      })

      test('grow in number, also when all were published and members are new', async () => {
        const seen: number[] = []
        for (let n = 0; n < 3; n++) {
          await live.commit({ members: [member('ann')] })
          const rows = await store.changedRows(10)
          seen.push(...rows.map(({ sequence }) => sequence))
          await store.markPublished(rows)
        }
        expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b))
        expect(seen).toHaveLength(3)
      })

      test('are not those of a commit that failed', async () => {
        await expect(live.commit({ members: [member('ann'), member('cem', { state: undefined as never })] })).rejects.toThrow()
        await expect(live.commit({ members: [member('ann')], park: [parked('bob', { reason: undefined as never })] })).rejects.toThrow()
        expect(await store.changedRows(10)).toEqual([])
      })

      test('are not those of tables that are being built; when they are swapped in, all of theirs wait, and who is gone with the old ones', async () => {
        await live.commit({ members: [member('ann'), member('bob')] })
        await publishAll()
        const building = await store.building({ ...layout, version: 2 })
        await building.commit({ members: [member('bob'), member('cem')] })
        expect(await store.rowsLag()).toBe(0)
        expect(await store.swap()).toBe(true)
        expect(await store.rowsLag()).toBe(3)
        expect((await waitingIds()).toSorted()).toEqual(['ann', 'bob', 'cem'])
        await publishAll()
        expect([await store.changedRows(10), await store.rowsLag()]).toEqual([[], 0])
        await (await store.live(layout)).commit({ members: [member('dan')] })
        expect(await waitingIds()).toEqual(['dan'])
      })

      test('that a swap made wait come page by page, also with those that change meanwhile', async () => {
        const ids = Array.from({ length: 30 }, (_, n) => `m${String(n).padStart(2, '0')}`)
        const building = await store.building({ ...layout, version: 2 })
        await building.commit({ members: ids.map((memberId) => member(memberId)) })
        await store.swap()
        const model = await store.live(layout)
        const published = new Map<string, number>()
        for (let round = 0; ; round++) {
          const rows = await store.changedRows(7)
          if (rows.length === 0) break
          if (round === 1) await model.commit({ members: [member('m00'), member('m29'), member('new')], remove: ['m28'] })
          await store.markPublished(rows)
          for (const { memberId, sequence } of rows) published.set(memberId, sequence)
          expect(await store.rowsLag()).toBeLessThanOrEqual(34)
        }
        expect([...published.keys()].toSorted()).toEqual([...ids, 'new'])
        expect(await store.rowsLag()).toBe(0)
      })
    })

    if (!shared) return
    describe('between connections', () => {
      test('everything is there when it is opened again, and announcements keep their ids', async () => {
        await live.commit({ members: [member('ann', { nextDue: 5 })], announcements: ['{}'], park: [parked('bob')], ...at(5, 6) })
        await live.commit({ members: [], sweep: { partitions: [3, 4], mark: { upTo: 9, after: 'ann' } } })
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
          () => live.load(['ann']),
          () => live.page({ after: '', limit: 1 }),
          () => live.due({ at: 1, limit: 1, partitions: allPartitions }),
          () => live.checkpoints(),
          () => live.parked(),
          () => live.requestRetry(),
          () => live.counts(),
          () => live.countBy('tier'),
          () => live.claim({ owner: 'one', partitions: [1], ttlMs: 1_000 }),
          () => live.renew({ epoch: 1, partitions: [1] }, 1_000),
          () => live.release({ epoch: 1, partitions: [1] }),
          () => live.leases(),
          () => live.enlist('one', 1_000),
          () => live.leave('one'),
        ]) {
          await expect(question()).rejects.toThrow(GenerationRetired)
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

      test('writers of different partitions lose nothing, and announcements are relayed once each while they write', async () => {
        const others = await Promise.all([0, 1, 2, 3].map(async () => (await place.open()).live(layout)))
        const relayed: string[] = []
        let writing = others.length
        const writers = others.map(async (model, writer) => {
          const partitions = allPartitions.filter((partition) => partition % 4 === writer)
          const { epoch } = await model.claim({ owner: `writer ${writer}`, partitions, ttlMs: 60_000 })
          for (let n = 1; n <= 15; n++) {
            await model.commit({
              members: membersOf(partitions[n] as number)
                .slice(0, 5)
                .map((memberId) => member(memberId)),
              announcements: [`{"writer":${writer},"n":${n}}`, `{"writer":${writer},"n":${n},"second":true}`],
              checkpoint: { partitions, position: n },
              epoch,
            })
          }
          writing--
        })
        const relay = async () => {
          for (let last = false; ; ) {
            const entries = await store.pendingAnnouncements(3)
            relayed.push(...entries.map(({ announcement }) => announcement))
            await sleep(1)
            await store.markRelayed(entries.at(-1)?.sequence ?? 0)
            if (entries.length > 0) continue
            if (last) return
            last = writing === 0
          }
        }
        await Promise.all([...writers, relay()])
        expect(relayed).toHaveLength(120)
        for (const writer of [0, 1, 2, 3]) {
          const own = relayed.filter((announcement) => announcement.startsWith(`{"writer":${writer},`))
          expect(own).toEqual(own.toSorted((a, b) => JSON.parse(a).n - JSON.parse(b).n))
          expect(new Set(own).size).toBe(30)
        }
        expect((await live.checkpoints()).every(({ position }) => position === 15)).toBe(true)
      })

      test('several that claim at once share the partitions between them, and none is held twice', async () => {
        const models = await Promise.all([0, 1, 2].map(async () => (await place.open()).live(layout)))
        const leases = await Promise.all(
          models.map((model, n) => model.claim({ owner: `w${n}`, partitions: allPartitions, ttlMs: 60_000 })),
        )
        expect(leases.flatMap(({ partitions }) => partitions).toSorted((a, b) => a - b)).toEqual(allPartitions)
        const epochs = leases.filter(({ partitions }) => partitions.length > 0).map(({ epoch }) => epoch)
        expect(new Set(epochs).size).toBe(epochs.length)
      })

      /** Publishes the rows that wait as a relay does, into `topic`: the state, or null where there is no row. */
      const publish = async (relay: ReadStore, limit: number, topic: Map<string, string | null>) => {
        const rows = await relay.changedRows(limit)
        try {
          const loaded = await (await relay.live(layout)).load(rows.map(({ memberId }) => memberId))
          // A bus takes its time.
          await sleep(1)
          for (const { memberId } of rows) topic.set(memberId, loaded.get(memberId)?.state ?? null)
          await relay.markPublished(rows)
        } catch (error) {
          if (!(error instanceof GenerationRetired)) throw error
        }
        return rows.length
      }
      const statesOf = async (model: ReadModel) =>
        new Map((await model.page({ after: '', limit: 10_000 })).map(({ memberId, state }) => [memberId, state]))
      const withRow = (topic: ReadonlyMap<string, string | null>) => new Map([...topic].filter(([, state]) => state !== null).toSorted())

      test('all rows that a store has wait when it is opened to track them for the first time', async () => {
        await live.commit({ members: [member('ann'), member('bob')] })
        const tracking = await place.open({ trackRows: true })
        expect(await tracking.rowsLag()).toBe(2)
        expect((await tracking.changedRows(10)).map(({ memberId }) => memberId)).toEqual(['ann', 'bob'])
        await tracking.markPublished(await tracking.changedRows(10))
        expect(await (await place.open({ trackRows: true })).rowsLag()).toBe(0)
        // A writer that was there before does not leave any out either.
        await live.commit({ members: [member('cem')] })
        expect((await tracking.changedRows(10)).map(({ memberId }) => memberId)).toEqual(['cem'])
      })

      test('rows that were written while nobody tracked them wait when somebody does again', async () => {
        const tracking = await (await place.open({ trackRows: true })).live(layout)
        await tracking.commit({ members: [member('ann')] })
        const without = await place.open()
        await (await without.live(layout)).commit({ members: [member('bob')] })
        await (await without.live(layout)).commit({ members: [member('cem')] })
        const again = await place.open({ trackRows: true })
        expect((await again.changedRows(10)).map(({ memberId }) => memberId)).toEqual(['ann', 'bob', 'cem'])
      })

      test('a rebuild by whoever tracks no rows makes all of them wait for whoever does', async () => {
        const tracking = await place.open({ trackRows: true })
        await (await tracking.live(layout)).commit({ members: [member('ann'), member('bob')] })
        await tracking.markPublished(await tracking.changedRows(10))
        await (await store.building({ ...layout, version: 2 })).commit({ members: [member('bob'), member('cem')] })
        expect(await store.swap()).toBe(true)
        await (await tracking.live(layout)).commit({ members: [member('dan')] })
        expect((await tracking.changedRows(10)).map(({ memberId }) => memberId).toSorted()).toEqual(['ann', 'bob', 'cem', 'dan'])
      })

      test('rows that wait are there when it is opened again, and numbers go on', async () => {
        const tracking = await place.open({ trackRows: true })
        await (await tracking.live(layout)).commit({ members: [member('ann')] })
        const before = await tracking.changedRows(10)
        await tracking.close()
        const again = await place.open({ trackRows: true })
        expect(await again.changedRows(10)).toEqual(before)
        await again.markPublished(before)
        await (await again.live(layout)).commit({ members: [member('ann')] })
        expect((await again.changedRows(10))[0]?.sequence).toBeGreaterThan(before[0]?.sequence as number)
      })

      test('two that write their own partitions at the same time track all rows, and what is published last of each is its last', async () => {
        const stores = await Promise.all([0, 1].map(() => place.open({ trackRows: true })))
        const relay = await place.open({ trackRows: true })
        const topic = new Map<string, string | null>()
        let writing = stores.length
        const writers = stores.map(async (opened, writer) => {
          const model = await opened.live(layout)
          const partitions = allPartitions.filter((partition) => partition % 2 === writer)
          const { epoch } = await model.claim({ owner: `writer ${writer}`, partitions, ttlMs: 60_000 })
          const ids = partitions.slice(0, 8).flatMap((partition) => membersOf(partition).slice(0, 5))
          for (let n = 1; n <= 15; n++) {
            const changed = ids.filter((_, index) => index % 3 !== n % 3)
            const order = n % 2 ? changed : changed.toReversed()
            const remove = n === 15 ? ids.slice(0, 3) : []
            await model.commit({ members: order.map((memberId) => member(memberId, { state: `{"n":${n}}` })), remove, epoch })
          }
          writing--
        })
        const relaying = (async () => {
          for (let last = false; ; last = writing === 0) if ((await publish(relay, 20, topic)) === 0 && last) return
        })()
        await Promise.all([...writers, relaying])
        expect(withRow(topic)).toEqual(new Map([...(await statesOf(live))].toSorted()))
        expect([...topic.values()].filter((state) => state === null)).toHaveLength(6)
        expect(await relay.rowsLag()).toBe(0)
      })

      test('a swap while rows are published leaves none of the old tables behind', async () => {
        const writer = await place.open({ trackRows: true })
        const relay = await place.open({ trackRows: true })
        const topic = new Map<string, string | null>()
        const ofVersion = (version: number, ids: readonly string[]) =>
          ids.map((memberId) => member(memberId, { state: `{"v":${version}}` }))
        const ids = Array.from({ length: 60 }, (_, n) => `m${String(n).padStart(2, '0')}`)
        await (await writer.live(layout)).commit({ members: ofVersion(1, ids) })
        let swapped = false
        const relaying = (async () => {
          for (let last = false; ; last = swapped) if ((await publish(relay, 7, topic)) === 0 && last) return
        })()
        const building = await writer.building({ ...layout, version: 2 })
        await building.commit({ members: ofVersion(2, [...ids.slice(20), 'new']) })
        await sleep(5)
        expect(await writer.swap()).toBe(true)
        await (await writer.live(layout)).commit({ members: ofVersion(3, ['m30']), remove: ['m31'] })
        swapped = true
        await relaying
        expect(withRow(topic)).toEqual(new Map([...(await statesOf(await writer.live(layout)))].toSorted()))
        expect(topic.get('m30')).toBe('{"v":3}')
        expect(topic.get('m31')).toBeNull()
      })

      test('several that open it for the first time at once make one generation', async () => {
        const fresh = await makePlace()
        try {
          const stores = await Promise.all([fresh.open(), fresh.open(), fresh.open()])
          const models = await Promise.all(stores.map((opened) => opened.live(layout)))
          expect(new Set(models.map(({ generation }) => generation)).size).toBe(1)
        } finally {
          await fresh.remove()
        }
      })
    })
  })
}
