import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { partitionCount, partitionOf } from '@perennial/contracts'
import { type EventRecord, type EventStore, type MemberRecords, memberStream, type NewEvent } from '@perennial/event-store'
import type { Adapter, Place } from './place.ts'

const writer = fileURLToPath(new URL('./event-store-writer.ts', import.meta.url))

function happened(memberId: string, id: string, more: Partial<NewEvent> = {}): NewEvent {
  return {
    stream: memberStream(memberId),
    type: 'EngagementRecorded',
    version: 1,
    source: '/shop',
    id,
    occurredAt: 1_700_000_000_000,
    recordedAt: 1_700_000_000_500,
    data: JSON.stringify({ activity: 'visit', note: id }),
    metadata: null,
    ...more,
  }
}

function decided(revision: number, more: Partial<NewEvent> = {}): NewEvent {
  return happened('', `decision-${revision}`, { stream: 'programme-default', type: 'ProgrammePublished', source: '/perennial', ...more })
}

const ids = (events: readonly EventRecord[]) => events.map(({ id }) => id)

async function collect(pages: AsyncIterable<MemberRecords[]>): Promise<MemberRecords[]> {
  const all: MemberRecords[] = []
  for await (const page of pages) all.push(...page)
  return all
}

export interface EventStoreTraits {
  /** Events of one batch that belong to different streams may stand in the log in another order than in the batch. */
  weaves?: boolean
}

/** What every event store promises. An adapter's spec only says how to open one. */
export function eventStoreContract({ name, makePlace, shared }: Adapter<EventStore>, { weaves = false }: EventStoreTraits = {}): void {
  /** That this is what stands in the log, in this order as far as that is promised of one batch. */
  function expectInLog<T>(found: readonly T[], expected: readonly T[]): void {
    const sorted = (list: readonly T[]) => list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    expect(weaves ? sorted(found) : found).toEqual(weaves ? sorted(expected) : expected)
  }

  describe(`event store: ${name}`, () => {
    let place: Place<EventStore>
    let store: EventStore

    beforeEach(async () => {
      place = await makePlace()
      store = await place.open()
    })
    afterEach(() => place.remove())

    describe('appending facts', () => {
      test('gives each event the next revision of its stream and a growing position', async () => {
        const result = await store.append([happened('ann', '1'), happened('bob', '2'), happened('ann', '3')])
        expect(result).toMatchObject({ appended: 3, duplicates: [], conflicts: [] })
        const all = await store.readAll({ after: 0, limit: 10 })
        expectInLog(
          all.map(({ stream, revision, id }) => [stream, revision, id]),
          [
            ['member-ann', 0, '1'],
            ['member-bob', 0, '2'],
            ['member-ann', 1, '3'],
          ],
        )
        const positions = all.map(({ position }) => position)
        expect(positions).toEqual(positions.toSorted((a, b) => a - b))
        expect(new Set(positions).size).toBe(3)
        expect(positions.at(-1)).toBe(result.position)
        expect(await store.head()).toBe(result.position)
      })

      test('keeps every field as it came', async () => {
        const data = { text: 'Żółć 🫖 \u2028 "quoted" \\ \u0001', large: Number.MAX_SAFE_INTEGER, small: 0.000001, list: [null, true, []] }
        const metadata = { traceparent: '00-ab', time: '2023-11-14T22:13:20+00:00' }
        const event = happened('çağla 🫖', 'id with spaces', { data: JSON.stringify(data), metadata: JSON.stringify(metadata) })
        await store.append([event])
        const [record] = await store.readStream(event.stream)
        expect(record).toMatchObject({ ...event, data, metadata, revision: 0 })
      })

      test('leaves no metadata where there was none', async () => {
        await store.append([happened('ann', '1')])
        expect((await store.readStream('member-ann'))[0]).not.toHaveProperty('metadata')
      })

      test('answers the head for an empty batch', async () => {
        const { position } = await store.append([happened('ann', '1')])
        expect(await store.append([])).toEqual({ appended: 0, duplicates: [], conflicts: [], position })
      })

      test('stores an event once, when it comes twice in one batch', async () => {
        const result = await store.append([happened('ann', '1'), happened('ann', '1'), happened('ann', '2')])
        expect(result).toMatchObject({ appended: 2, duplicates: [1], conflicts: [] })
        expect(ids(await store.readStream('member-ann'))).toEqual(['1', '2'])
      })

      test('stores an event once, when it comes again later among new ones', async () => {
        await store.append([happened('ann', '1'), happened('bob', '2')])
        const again = await store.append([happened('bob', '2'), happened('cem', '3'), happened('ann', '1')])
        expect(again).toMatchObject({ appended: 1, duplicates: [0, 2], conflicts: [] })
        expectInLog(ids(await store.readAll({ after: 0, limit: 10 })), ['1', '2', '3'])
      })

      test('takes the same contents in another order of fields for the same event, whenever it was recorded', async () => {
        await store.append([happened('ann', '1', { data: '{"activity":"visit","value":1}' })])
        const again = happened('ann', '1', { data: '{ "value": 1.0, "activity": "visit" }', recordedAt: 1_800_000_000_000 })
        expect(await store.append([again])).toMatchObject({ appended: 0, duplicates: [0], conflicts: [] })
      })

      test('takes the same id of another source for another event', async () => {
        const result = await store.append([happened('ann', '1'), happened('ann', '1', { source: '/till/7' })])
        expect(result).toMatchObject({ appended: 2, duplicates: [], conflicts: [] })
      })

      test.each([
        ['other data', { data: '{"activity":"other"}' }],
        ['another type', { type: 'MemberEnrolled' }],
        ['another time', { occurredAt: 1 }],
        ['another member', { stream: 'member-bob' }],
      ])('reports an id that was used for %s, and stores the rest of the batch', async (_, other) => {
        await store.append([happened('ann', '1')])
        const result = await store.append([happened('ann', '0'), happened('ann', '1', other), happened('ann', '2')])
        expect(result).toMatchObject({ appended: 2, duplicates: [], conflicts: [1] })
        expect(ids(await store.readAll({ after: 0, limit: 10 }))).toEqual(['1', '0', '2'])
        expect(await store.readStream('member-bob')).toEqual([])
        expect((await store.counts()).members).toBe(1)
      })

      test('reports an id that one batch uses for two things', async () => {
        const result = await store.append([happened('ann', '1'), happened('bob', '1')])
        expect(result).toMatchObject({ appended: 1, duplicates: [], conflicts: [1] })
      })

      test('stores nothing of a batch that fails in the middle, and goes on as if it had never come', async () => {
        await store.append([happened('ann', '1')])
        const broken = happened('cem', '4', { data: undefined as never })
        await expect(store.append([happened('ann', '2'), happened('bob', '3', { source: '/new' }), broken])).rejects.toThrow()
        expect(ids(await store.readAll({ after: 0, limit: 10 }))).toEqual(['1'])
        expect(await store.append([happened('bob', '3', { source: '/newer' }), happened('ann', '2')])).toMatchObject({ appended: 2 })
        expect((await store.readStream('member-ann')).map(({ revision }) => revision)).toEqual([0, 1])
        expectInLog(
          (await store.readAll({ after: 0, limit: 10 })).map(({ source }) => source),
          ['/shop', '/newer', '/shop'],
        )
      })
    })

    describe('appending a decision', () => {
      test('starts a stream at revision -1 and goes on from the revision it was made at', async () => {
        expect(await store.appendDecision(decided(0), -1)).toMatchObject({ revision: 0 })
        const { position, revision } = await store.appendDecision(decided(1), 0)
        expect({ position, revision }).toEqual({ position: await store.head(), revision: 1 })
      })

      test.each([-1, 0, 2, 3])('is refused at revision %i of a stream that stands at 1', async (expected) => {
        await store.append([happened('ann', '1'), happened('ann', '2')])
        const decision = happened('ann', 'redeem', { source: '/perennial' })
        await expect(store.appendDecision(decision, expected)).rejects.toMatchObject({ code: 'wrong-revision' })
        expect(ids(await store.readStream('member-ann'))).toEqual(['1', '2'])
        expect(await store.appendDecision(decision, 1)).toMatchObject({ revision: 2 })
      })

      test('is refused on a stream that should be there and is not, which is still not there then', async () => {
        await expect(store.appendDecision(happened('ann', '1'), 0)).rejects.toMatchObject({ code: 'wrong-revision' })
        expect(await store.counts()).toEqual({ events: 0, members: 0 })
        expect(await store.appendDecision(happened('ann', '1'), -1)).toMatchObject({ revision: 0 })
      })

      test('is refused under an id that was used', async () => {
        await store.appendDecision(decided(0), -1)
        await expect(store.appendDecision(decided(0), 0)).rejects.toMatchObject({ code: 'event-id-reused' })
        expect(await store.appendDecision(decided(1), 0)).toMatchObject({ revision: 1 })
      })

      test('is made once, of twenty that were made from the same stream', async () => {
        await store.append([happened('ann', '1')])
        const spends = Array.from({ length: 20 }, (_, spend) =>
          store.appendDecision(happened('ann', `spend-${spend}`, { source: '/perennial' }), 0),
        )
        const results = await Promise.allSettled(spends)
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
        expect(await store.readStream('member-ann')).toHaveLength(2)
      })
    })

    describe('what follows from a decision in another stream', () => {
      const settled = (more: Partial<NewEvent> = {}) =>
        happened('bob', 'transfer-1/in', {
          type: 'PointsTransferredIn',
          source: '/perennial/settlement',
          data: JSON.stringify({ transfer: 'transfer-1', from: 'ann', points: 100, lots: [{ points: 100, expiresAt: null }] }),
          ...more,
        })

      test('is stored once, whoever was first and whenever each of them recorded it', async () => {
        expect(await store.append([settled()])).toMatchObject({ appended: 1 })
        expect(await store.append([settled({ recordedAt: 1_800_000_000_000 })])).toMatchObject({
          appended: 0,
          duplicates: [0],
          conflicts: [],
        })
        expect(await store.readStream('member-bob')).toMatchObject([{ revision: 0, recordedAt: 1_700_000_000_500 }])
      })

      test('moves the stream on for whoever decides about that member', async () => {
        await store.append([happened('bob', '1')])
        await store.append([settled()])
        const decision = happened('bob', 'redeem', { source: '/perennial/decisions' })
        await expect(store.appendDecision(decision, 0)).rejects.toMatchObject({ code: 'wrong-revision' })
        expect(await store.appendDecision(decision, 1)).toMatchObject({ revision: 2 })
      })

      test('does not move it on where it was there already', async () => {
        await store.append([settled()])
        await store.append([settled()])
        expect(await store.appendDecision(happened('bob', 'redeem', { source: '/perennial/decisions' }), 0)).toMatchObject({ revision: 1 })
      })
    })

    describe('reading', () => {
      const hundred = Array.from({ length: 100 }, (_, n) => happened(`m${n % 7}`, String(n)))

      test('of everything goes on behind a position, as far as it is asked to', async () => {
        await store.append(hundred)
        const read: string[] = []
        for (let after = 0; ; ) {
          const page = await store.readAll({ after, limit: 9 })
          const last = page.at(-1)
          if (!last) break
          expect(page.length).toBeLessThanOrEqual(9)
          read.push(...ids(page))
          after = last.position
        }
        expectInLog(
          read,
          hundred.map(({ id }) => id),
        )
      })

      test('of everything misses nothing and repeats nothing, wherever the reader stops and while others append', async () => {
        const read: number[] = []
        for (let after = 0, n = 0; n < 40; n++) {
          await store.append([happened(`m${n % 3}`, `a${n}`), happened(`m${n % 5}`, `b${n}`)])
          const page = await store.readAll({ after, limit: 7 })
          // As if it died in the middle of the page: what was handled is what counts.
          const handled = page.slice(0, n % 4)
          expect(handled.every(({ position }) => position > after)).toBe(true)
          read.push(...handled.map(({ position }) => position))
          after = handled.at(-1)?.position ?? after
        }
        const rest = await store.readAll({ after: read.at(-1) ?? 0, limit: 100 })
        const all = await store.readAll({ after: 0, limit: 100 })
        expect(all).toHaveLength(80)
        expect([...read, ...rest.map(({ position }) => position)]).toEqual(all.map(({ position }) => position))
      })

      test('of headings gives the events that reading of everything gives, page by page', async () => {
        await store.append(hundred)
        await store.appendDecision(decided(0), -1)
        const headings = []
        for (let after = 0; ; ) {
          const page = await store.readHeadings({ after, limit: 9 })
          const last = page.at(-1)
          if (!last) break
          headings.push(...page)
          after = last.position
        }
        const all = await store.readAll({ after: 0, limit: 1_000 })
        expect(headings).toEqual(all.map(({ position, stream, revision, type }) => ({ position, stream, revision, type })))
      })

      test('of a stream stops at a position of the log', async () => {
        await store.append(hundred)
        const whole = await store.readStream('member-m3')
        expect(whole.map(({ revision }) => revision)).toEqual(whole.map((_, index) => index))
        const upTo = whole[4]?.position ?? 0
        expect(await store.readStream('member-m3', { upTo })).toEqual(whole.slice(0, 5))
        expect(await store.readStream('member-m3', { upTo: upTo - 1 })).toEqual(whole.slice(0, 4))
        expect(await store.readStream('member-m3', { upTo: 0 })).toEqual([])
      })

      test('of ten thousand events of one member gives each of them once, by revision', async () => {
        const many = Array.from({ length: 10_000 }, (_, n) => happened('ann', String(n)))
        for (let n = 0; n < many.length; n += 2_500) {
          expect(await store.append(many.slice(n, n + 2_500))).toMatchObject({ appended: 2_500, duplicates: [], conflicts: [] })
        }
        const events = await store.readStream('member-ann')
        expect(events.map(({ id, revision }) => [id, revision])).toEqual(many.map(({ id }, revision) => [id, revision]))
        const page = await store.readAll({ after: events[4_999]?.position ?? 0, limit: 2_000 })
        expect(page).toEqual(events.slice(5_000, 7_000))
        expect(await store.append(many.slice(9_000))).toMatchObject({ appended: 0, conflicts: [] })
      })

      test('of a stream that does not exist finds nothing', async () => {
        await store.append(hundred)
        expect(await store.readStream('member-m')).toEqual([])
        expect(await store.readStream('member-m%')).toEqual([])
        expect(await store.readStream('M3')).toEqual([])
      })

      test('of a category finds its streams only, in the order of the log', async () => {
        await store.appendDecision(decided(0), -1)
        await store.append([happened('ann', '1')])
        await store.appendDecision(decided(1, { stream: 'programme-b' }), -1)
        await store.appendDecision(decided(2), 0)
        await store.append([happened('programme-b', '2')])
        const found = await store.readCategory('programme')
        expect(ids(found)).toEqual(['decision-0', 'decision-1', 'decision-2'])
        expect(ids(await store.readCategory('programme', { upTo: found[1]?.position ?? 0 }))).toEqual(['decision-0', 'decision-1'])
        expect(ids(await store.readCategory('programme', { after: found[0]?.position ?? 0 }))).toEqual(ids(found).slice(1))
        expect(await store.readCategory('programme', { after: found.at(-1)?.position ?? 0 })).toEqual([])
        for (const other of ['nothing', 'program', 'programme-', 'Programme']) expect(await store.readCategory(other)).toEqual([])
      })

      test('of histories gives every member once, whole, in the order of the bytes of their ids', async () => {
        const members = ['b', 'a', 'Z', 'a b', 'zebra', 'éclair', 'Ω', '\uffee', '\u{1f375}', 'a-1', 'a-10', 'a-2']
        await store.append(members.flatMap((memberId, n) => [happened(memberId, `${n}`), happened(memberId, `${n} again`)]))
        await store.appendDecision(decided(0), -1)
        const histories = await collect(store.readHistories({ upTo: await store.head() }))
        const inBytes = members.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        expect(histories.map(({ memberId }) => memberId)).toEqual(inBytes)
        for (const { memberId, events } of histories) expect(events).toEqual(await store.readStream(memberStream(memberId)))
      })

      test('of histories by partitions gives every member once', async () => {
        const members = Array.from({ length: 500 }, (_, n) => `member ${n}`)
        await store.append(members.map((memberId) => happened(memberId, memberId)))
        const upTo = await store.head()
        const found: string[] = []
        for (let partition = 0; partition < partitionCount; partition += 4) {
          const partitions = [partition, partition + 1, partition + 2, partition + 3]
          const own = (await collect(store.readHistories({ upTo, partitions }))).map(({ memberId }) => memberId)
          expect(own.every((memberId) => partitions.includes(partitionOf(memberId)))).toBe(true)
          expect(own).toEqual(own.toSorted())
          found.push(...own)
        }
        expect(found.toSorted()).toEqual(members.toSorted())
      })

      test('of histories goes on behind a member, and leaves out who came after a position', async () => {
        const members = Array.from({ length: 300 }, (_, n) => `m${String(n).padStart(3, '0')}`)
        await store.append(members.map((memberId) => happened(memberId, memberId)))
        const upTo = await store.head()
        await store.append([happened('m100', 'later'), happened('new', 'new')])
        const histories = await collect(store.readHistories({ upTo, after: 'm099' }))
        expect(histories.map(({ memberId }) => memberId)).toEqual(members.slice(100))
        expect(ids(histories[0]?.events ?? [])).toEqual(['m100'])
      })

      test('counts events and members', async () => {
        await store.append(hundred)
        await store.appendDecision(decided(0), -1)
        expect(await store.counts()).toEqual({ events: 101, members: 7 })
      })

      test('counts the events behind every position, also one that no event has', async () => {
        await store.append(hundred)
        await store.appendDecision(decided(0), -1)
        await store.append([...hundred.slice(0, 3), happened('ann', 'one more')])
        expect(await store.countAfter(0)).toBe(102)
        const all = await store.readAll({ after: 0, limit: 200 })
        for (const [index, { position }] of all.entries()) {
          expect(await store.countAfter(position)).toBe(all.length - index - 1)
          expect(await store.countAfter(position - 1)).toBe((await store.readAll({ after: position - 1, limit: 200 })).length)
        }
        expect(await store.countAfter((await store.head()) + 1)).toBe(0)
      })

      test('of an empty log finds nothing', async () => {
        expect(await store.head()).toBe(0)
        expect(await store.countAfter(0)).toBe(0)
        expect(await store.readHeadings({ after: 0, limit: 10 })).toEqual([])
        expect(await store.readAll({ after: 0, limit: 10 })).toEqual([])
        expect(await collect(store.readHistories({ upTo: 100 }))).toEqual([])
      })
    })

    if (!shared) return
    describe('with several writers', () => {
      test('what one connection wrote, the others see, also when they knew the stream before', async () => {
        const other = await place.open()
        await store.append([happened('ann', '1')])
        await other.append([happened('ann', '2', { source: '/b' })])
        await store.append([happened('ann', '3'), happened('bob', '4', { source: '/b' })])
        await other.append([happened('ann', '5'), happened('bob', '6')])
        expect((await store.readStream('member-ann')).map(({ id, revision }) => [id, revision])).toEqual([
          ['1', 0],
          ['2', 1],
          ['3', 2],
          ['5', 3],
        ])
        expect(await other.readAll({ after: 0, limit: 10 })).toEqual(await store.readAll({ after: 0, limit: 10 }))
        await expect(other.appendDecision(happened('ann', '7'), 2)).rejects.toMatchObject({ code: 'wrong-revision' })
      })

      test('an event that two connections append at the same moment to two streams is in the log once, and the other is told', async () => {
        const other = await place.open()
        const results = await Promise.all([
          store.append([happened('ann', '1')]),
          other.append([happened('bob', '1')]),
          store.append([happened('cem', '1')]),
        ])
        expect(results.reduce((sum, { appended }) => sum + appended, 0)).toBe(1)
        expect(results.flatMap(({ conflicts }) => conflicts)).toEqual([0, 0])
        for (const reader of [store, other]) {
          const [event, ...more] = await reader.readAll({ after: 0, limit: 10 })
          expect(more).toEqual([])
          expect(await reader.readStream(event?.stream ?? '')).toEqual([event])
          expect(await reader.counts()).toEqual({ events: 1, members: 1 })
          expect(await reader.countAfter(0)).toBe(1)
          expect(await reader.head()).toBe(event?.position)
        }
      })

      test.each([
        ['the same', {}],
        ['another one', { data: '{"activity":"other"}' }],
      ])('a decision is made once, when two connections make %s under one id at the same moment', async (_, more) => {
        const other = await place.open()
        const [first, second] = [decided(0), decided(0, more)]
        const results = await Promise.allSettled([store.appendDecision(first, -1), other.appendDecision(second, -1)])
        expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
        const made = results[0].status === 'fulfilled' ? first : second
        expect(await store.readStream(made.stream)).toMatchObject([{ id: made.id, data: JSON.parse(made.data), revision: 0 }])
        await expect(other.appendDecision(decided(1), -1)).rejects.toMatchObject({ code: 'wrong-revision' })
        expect(await other.appendDecision(decided(1), 0)).toMatchObject({ revision: 1 })
      })

      test('everything is still there when it is opened again', async () => {
        await store.append([happened('ann', '1')])
        const before = await store.readAll({ after: 0, limit: 10 })
        await store.close()
        const again = await place.open()
        expect(await again.readAll({ after: 0, limit: 10 })).toEqual(before)
        expect(await again.append([happened('ann', '1'), happened('ann', '2')])).toMatchObject({ appended: 1, duplicates: [0] })
      })

      test('of several processes nothing is lost, nothing stored twice, and no reader ever overtakes a position', async () => {
        const perWriter = 300
        const children = [1, 2].map((name) =>
          spawn(
            process.execPath,
            ['--disable-warning=ExperimentalWarning', writer, JSON.stringify({ opening: place.elsewhere, name, perWriter })],
            {
              stdio: 'inherit',
            },
          ),
        )
        const codes = Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number))
        let running = true
        const finished = codes.then(() => (running = false))
        const followed: number[] = []
        for (let after = 0; ; ) {
          const stillRunning = running
          const page = await store.readAll({ after, limit: 50 })
          for (const { position } of page) followed.push(position)
          after = page.at(-1)?.position ?? after
          if (page.length === 0 && !stillRunning) break
          await new Promise((resolve) => setTimeout(resolve, 1))
        }
        await finished
        expect(await codes).toEqual([0, 0])
        const all = await store.readAll({ after: 0, limit: 10_000 })
        // Each writer appends its own events, and an equal share that both of them append.
        expect(all).toHaveLength(perWriter * 3)
        expect(followed).toEqual(all.map(({ position }) => position))
        const shared = await store.readStream('member-shared')
        expect(shared.map(({ revision }) => revision)).toEqual(shared.map((_, index) => index))
      })
    })
  })
}
