import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { NewEvent } from '@perennial/event-store'
import type { WaitingRoom } from '@perennial/waiting-room'
import type { Adapter, Place } from './place.ts'

const happens = (id: string, occurredAt: number, more: Partial<NewEvent> = {}): NewEvent => ({
  stream: 'member-ann',
  type: 'EngagementRecorded',
  version: 1,
  source: '/till/7',
  id,
  occurredAt,
  recordedAt: 500,
  data: '{"activity":"visit"}',
  metadata: null,
  ...more,
})

/** What every waiting room promises. An adapter's spec only says how to open one. */
export function waitingRoomContract({ name, makePlace, shared }: Adapter<WaitingRoom>): void {
  describe(`waiting room: ${name}`, () => {
    let place: Place<WaitingRoom>
    let room: WaitingRoom
    beforeEach(async () => {
      place = await makePlace()
      room = await place.open()
    })
    afterEach(() => place.remove())

    const dueAt = (at: number, limit = 100) => room.due({ at, limit })
    const idsAt = async (at: number, limit = 100) => (await dueAt(at, limit)).map(({ id }) => id)

    describe('an event waits', () => {
      test('until its time has come, and comes out as it went in', async () => {
        const event = happens('e1', 1_000, { metadata: '{"traceparent":"00-ab"}', data: '{ "b": 1.0, "a": [] }' })
        expect(await room.keep([event])).toEqual([])
        expect(await dueAt(999)).toEqual([])
        expect(await dueAt(1_000)).toEqual([event])
        expect(await dueAt(1_000)).toEqual([event])
        expect(await room.count()).toBe(1)
      })

      test('and goes when it is removed, which may be done twice', async () => {
        await room.keep([happens('e1', 1_000), happens('e2', 1_000)])
        const due = await dueAt(1_000, 1)
        await room.remove(due)
        await room.remove(due)
        await room.remove([])
        expect(await idsAt(1_000)).toEqual(['e2'])
        expect(await room.count()).toBe(1)
      })

      test('with others, of which the earliest comes first', async () => {
        await room.keep([happens('e3', 3_000), happens('e1', 1_000), happens('e2', 2_000)])
        expect(await idsAt(2_500)).toEqual(['e1', 'e2'])
        expect(await idsAt(3_000, 1)).toEqual(['e1'])
      })

      test('with those of the same instant in byte order of source and id, whatever their language', async () => {
        const ids = ['Z', 'a', 'b', 'é', 'ｱ', '🫖']
        await room.keep(ids.toReversed().map((id) => happens(id, 1_000)))
        await room.keep([happens('z', 1_000, { source: '/TILL' })])
        expect(await idsAt(1_000)).toEqual(['z', ...ids])
      })

      test('with thousands of others, which come out page by page in their order', async () => {
        const count = 12_000
        const events = Array.from({ length: count }, (_, n) => happens(`e${n}`, ((n * 7_919) % count) + 1))
        for (let start = 0; start < count; start += 5_000) expect(await room.keep(events.slice(start, start + 5_000))).toEqual([])
        const out: number[] = []
        for (let page = await dueAt(count, 5_000); page.length > 0; page = await dueAt(count, 5_000)) {
          out.push(...page.map(({ occurredAt }) => occurredAt))
          await room.remove(page)
        }
        expect(out).toEqual(Array.from({ length: count }, (_, n) => n + 1))
        expect(await room.count()).toBe(0)
      })

      test('under any source and id that an event may have, and with anything in it', async () => {
        const long = '🫖'.repeat(256)
        const events = [
          happens('\0', 1_000),
          happens('', 1_000),
          happens('\0\0', 1_000, { source: '\0' }),
          happens(long, 1_000, { source: long, data: JSON.stringify({ note: 'a\0b \ud800 \\u0000' }) }),
          happens(`${long.slice(2)}x`, 1_000, { source: long }),
        ]
        expect(await room.keep(events)).toEqual([])
        expect(await room.keep(events)).toEqual([])
        const due = await dueAt(1_000)
        expect(new Set(due)).toEqual(new Set(events))
        expect(due).toHaveLength(5)
        await room.remove(due.slice(1))
        expect(await dueAt(1_000)).toEqual(due.slice(0, 1))
      })
    })

    describe('an event that comes again', () => {
      test('is kept once, whenever it was recorded', async () => {
        expect(await room.keep([happens('e1', 1_000), happens('e1', 1_000, { recordedAt: 501 })])).toEqual([])
        expect(await room.keep([happens('e0', 900), happens('e1', 1_000, { recordedAt: 502 })])).toEqual([])
        expect(await dueAt(1_000)).toEqual([happens('e0', 900), happens('e1', 1_000)])
      })

      test('is told of where it has other contents; the first one stays', async () => {
        expect(await room.keep([happens('e1', 1_000), happens('e2', 1_000), happens('e1', 2_000)])).toEqual([2])
        expect(await room.keep([happens('e2', 1_000, { data: '{}' }), happens('e3', 1_000), happens('e1', 1_000)])).toEqual([0])
        expect(await dueAt(5_000)).toEqual([happens('e1', 1_000), happens('e2', 1_000), happens('e3', 1_000)])
      })

      test('is another event where it has another source', async () => {
        expect(await room.keep([happens('e1', 1_000), happens('e1', 2_000, { source: '/till/8' })])).toEqual([])
        expect(await room.count()).toBe(2)
      })

      test('with other contents after it was removed is not removed by who has still to remove the first', async () => {
        await room.keep([happens('e1', 1_000)])
        const seenByBoth = await dueAt(1_000)
        await room.remove(seenByBoth)
        await room.keep([happens('e1', 1_500)])
        await room.remove(seenByBoth)
        expect(await dueAt(2_000)).toEqual([happens('e1', 1_500)])
      })
    })

    test('nothing of a batch is kept where it fails in the middle', async () => {
      const broken = happens('e2', undefined as never)
      await expect(room.keep([happens('e1', 1_000), broken])).rejects.toThrow()
      expect(await room.count()).toBe(0)
      await expect(room.keep([])).resolves.toEqual([])
    })

    if (!shared) return

    test('what waits is there when it is opened again', async () => {
      await room.keep([happens('e1', 1_000)])
      expect(await (await place.open()).due({ at: 1_000, limit: 10 })).toEqual([happens('e1', 1_000)])
    })

    describe('two who read the same bus', () => {
      const batch = (data: string) => Array.from({ length: 200 }, (_, n) => happens(`e${n}`, 1_000 + n, { data }))

      test('keep the same events once, without a word', async () => {
        const other = await place.open()
        const answers = await Promise.all([room.keep(batch('1')), other.keep(batch('1').toReversed()), room.keep(batch('1'))])
        expect(answers).toEqual([[], [], []])
        expect(await room.count()).toBe(200)
      })

      test('of other contents under the same ids, one or the other are kept, and whoever has the others is told', async () => {
        const other = await place.open()
        const [mine, others] = await Promise.all([room.keep(batch('1')), other.keep(batch('2').toReversed())])
        expect(mine.length + others.length).toBe(200)
        const kept = await dueAt(2_000, 1_000)
        expect(kept.filter(({ data }) => data === '1')).toHaveLength(others.length)
        expect(kept).toHaveLength(200)
      })

      test('remove the same ones at once', async () => {
        const other = await place.open()
        await room.keep([...batch('1'), happens('later', 9_000)])
        const due = await dueAt(2_000, 1_000)
        await Promise.all([room.remove(due), other.remove(due.toReversed())])
        expect(await idsAt(10_000)).toEqual(['later'])
      })
    })
  })
}
