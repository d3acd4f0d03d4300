import { describe, expect, test } from '@jest/globals'
import type { EventRecord } from '@perennial/event-store'
import type { EventPlace } from './log-index.ts'
import type { RecentEvents } from './recent-events.ts'
import { createRecentStreams } from './recent-streams.ts'

const record = (stream: string, revision: number): EventRecord => ({
  position: 100 + revision,
  stream,
  revision,
  type: 'PurchaseRecorded',
  version: 1,
  source: '/till',
  id: `${stream}-${revision}`,
  occurredAt: 0,
  recordedAt: 0,
  data: { lines: [{ sku: 'tea', amount: 100 }] },
})
const places = (count: number): EventPlace[] => Array.from({ length: count }, (_, revision) => ({ revision, position: 100 + revision }))
const nothingRecent: RecentEvents = { add() {}, find: () => undefined }

/** The server, and what it was asked for. */
function server(stream = 'member-ann') {
  const asked: number[][] = []
  return {
    asked,
    async read(missing: readonly EventPlace[]) {
      asked.push(missing.map(({ revision }) => revision))
      return missing.map(({ revision }) => record(stream, revision))
    },
  }
}

describe('a stream that is read again', () => {
  test('is asked for once, and later only for what came behind', async () => {
    const streams = createRecentStreams(nothingRecent, 100)
    const { asked, read } = server()
    for (const count of [2, 2, 1, 4, 4]) {
      expect(await streams.read('member-ann', places(count), read)).toEqual(
        places(count).map(({ revision }) => record('member-ann', revision)),
      )
    }
    expect(asked).toEqual([
      [0, 1],
      [2, 3],
    ])
  })

  test('is completed from the end of the log, where that is at hand', async () => {
    const found = record('member-ann', 2)
    const streams = createRecentStreams({ add() {}, find: ([first]) => (first?.position === 102 ? [found] : undefined) }, 100)
    const { asked, read } = server()
    await streams.read('member-ann', places(2), read)
    expect(await streams.read('member-ann', places(3), read)).toHaveLength(3)
    expect(asked).toEqual([[0, 1]])
  })

  test('is as it was, whatever an earlier reader did to it', async () => {
    const streams = createRecentStreams(nothingRecent, 100)
    const { read } = server()
    const [first] = await streams.read('member-ann', places(1), read)
    ;(first as { data: { lines: unknown[] } }).data.lines.length = 0
    expect(await streams.read('member-ann', places(1), read)).toEqual([record('member-ann', 0)])
  })
})

describe('a stream that several read at the same time', () => {
  test('is asked for once', async () => {
    const streams = createRecentStreams(nothingRecent, 0)
    const { asked, read } = server()
    const all = await Promise.all([2, 2, 1].map((count) => streams.read('member-ann', places(count), read)))
    expect(all.map(({ length }) => length)).toEqual([2, 2, 1])
    expect(asked).toEqual([[0, 1]])
  })

  test('is asked for again by who wants more of it', async () => {
    const streams = createRecentStreams(nothingRecent, 100)
    const { asked, read } = server()
    const all = await Promise.all([1, 3].map((count) => streams.read('member-ann', places(count), read)))
    expect(all.map(({ length }) => length)).toEqual([1, 3])
    expect(asked).toEqual([[0], [1, 2]])
  })

  test('and that cannot be read: each of them is told why', async () => {
    const streams = createRecentStreams(nothingRecent, 100)
    const fail = () => Promise.reject(new Error('away'))
    const both = await Promise.allSettled([1, 2].map((count) => streams.read('member-ann', places(count), fail)))
    expect(both).toEqual([1, 2].map(() => ({ status: 'rejected', reason: new Error('away') })))
    expect(await streams.read('member-ann', places(1), server().read)).toHaveLength(1)
  })
})

test('the streams that were read longest ago are forgotten first', async () => {
  const streams = createRecentStreams(nothingRecent, 5)
  const [ann, bob] = [server('member-ann'), server('member-bob')]
  await streams.read('member-ann', places(3), ann.read)
  await streams.read('member-bob', places(3), bob.read)
  await streams.read('member-bob', places(3), bob.read)
  await streams.read('member-ann', places(3), ann.read)
  expect([ann.asked.length, bob.asked.length]).toEqual([2, 1])
})
