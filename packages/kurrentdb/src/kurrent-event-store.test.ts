import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { status } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type EventRecord, type EventStore, memberStream, type NewEvent } from '@perennial/event-store'
import { type StandIn, startStandIn } from '../../../test/support/kurrentdb-stand-in/index.ts'
import { type KurrentEventStoreOptions, openKurrentEventStore } from './kurrent-event-store.ts'

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

const decided = (id: string) => happened('ann', id, { source: '/perennial/decisions', type: 'PointsRedeemed' })
const ids = (events: readonly EventRecord[]) => events.map(({ id }) => id)
const all = (store: EventStore) => store.readAll({ after: 0, limit: 10_000 })

let server: StandIn
let stores: EventStore[]
let store: EventStore

function open(options: Partial<KurrentEventStoreOptions> = {}, url = server.url): EventStore {
  const opened = openKurrentEventStore(url, { index: ':memory:', ...options })
  stores.push(opened)
  return opened
}

beforeEach(async () => {
  stores = []
  server = await startStandIn()
  store = open()
})
afterEach(async () => {
  for (const opened of stores) await opened.close().catch(() => {})
  await server.stop()
})

describe('when the connection breaks', () => {
  test('it goes on with a new one', async () => {
    for (let n = 0; n < 5; n++) {
      await store.append([happened('ann', String(n))])
      server.cut()
      expect(await store.readStream('member-ann')).toHaveLength(n + 1)
      server.cut()
    }
    expect(ids(await all(store))).toEqual(['0', '1', '2', '3', '4'])
  })

  test('a server that comes back soon is waited for', async () => {
    await store.append([happened('ann', '1')])
    await server.goAway()
    const reading = store.readStream('member-ann')
    const appending = store.append([happened('ann', '2'), happened('bob', '3')])
    const deciding = store.appendDecision(happened('cem', 'redeem'), -1)
    setTimeout(() => void server.comeBack(), 400)
    expect((await reading).length).toBeGreaterThanOrEqual(1)
    expect(await appending).toMatchObject({ appended: 2, duplicates: [], conflicts: [] })
    expect(await deciding).toMatchObject({ revision: 0 })
  })

  test('a server that stays away is told of, and what was not stored can be appended later', async () => {
    await store.append([happened('ann', '1')])
    await server.goAway()
    const attempts: Promise<unknown>[] = [
      store.append([happened('ann', '2')]),
      store.appendDecision(decided('redeem'), 0),
      store.readAll({ after: 0, limit: 10 }),
      store.readStream('member-ann'),
      store.head(),
    ]
    const results = await Promise.allSettled(attempts)
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'store-unavailable' } })
    await server.comeBack()
    expect(await store.append([happened('ann', '2')])).toMatchObject({ appended: 1, duplicates: [] })
    expect(ids(await store.readStream('member-ann'))).toEqual(['1', '2'])
  })

  test('facts whose answer was lost are stored once, and count as appended', async () => {
    server.afterAppend = () => server.cut()
    expect(await store.append([happened('ann', '1'), happened('ann', '2')])).toMatchObject({ appended: 2, duplicates: [], conflicts: [] })
    expect(server.log.stream('member-ann')).toHaveLength(2)
    expect(await store.append([happened('ann', '1')])).toMatchObject({ appended: 0, duplicates: [0] })
  })

  test('a decision whose answer was lost is made once, and answered', async () => {
    await store.append([happened('ann', '1')])
    server.afterAppend = () => server.cut()
    expect(await store.appendDecision(decided('redeem'), 0)).toMatchObject({ revision: 1, position: await store.head() })
    expect(server.log.stream('member-ann')).toHaveLength(2)
  })

  test('a decision that did not arrive is made by the next try, unless somebody else was faster', async () => {
    server.beforeAppend = () => server.cut()
    expect(await store.appendDecision(decided('first'), -1)).toMatchObject({ revision: 0 })
    expect(ids(await store.readStream('member-ann'))).toEqual(['first'])
    const other = open()
    await other.head()
    server.beforeAppend = async () => {
      await other.append([happened('ann', 'faster')])
      server.cut()
    }
    await expect(store.appendDecision(decided('second'), 0)).rejects.toMatchObject({ code: 'wrong-revision' })
    expect(ids(await store.readStream('member-ann'))).toEqual(['first', 'faster'])
  })

  test('a batch that is cut off again and again is stored whole, each event once', async () => {
    const events = Array.from({ length: 400 }, (_, n) => happened(`m${n % 50}`, String(n)))
    let cuts = 0
    const cutAgain = () => {
      server.cut()
      if (++cuts < 4) setTimeout(() => (server.afterAppend = cutAgain), 20)
    }
    server.afterAppend = cutAgain
    expect(await store.append(events)).toMatchObject({ appended: 400, duplicates: [], conflicts: [] })
    expect(cuts).toBeGreaterThan(1)
    const stored = await all(store)
    expect(ids(stored).toSorted()).toEqual(ids(events as never).toSorted())
    for (let n = 0; n < 50; n++) {
      const own = events.filter(({ stream }) => stream === `member-m${n}`)
      expect(ids(await store.readStream(`member-m${n}`))).toEqual(own.map(({ id }) => id))
    }
  })

  test('another node is asked where this one does not lead', async () => {
    const [, address = '', port = ''] = /\/\/(.*):(\d+)/.exec(server.url) ?? []
    const metadata = { 'leader-endpoint-host': address, 'leader-endpoint-port': port }
    for (const method of ['read', 'append'] as const)
      server.refusals.push({ method, code: status.NOT_FOUND, exception: 'not-leader', metadata })
    expect(await store.append([happened('ann', '1')])).toMatchObject({ appended: 1 })
    expect(server.refusals).toEqual([])
  })

  test.each([
    ['read', status.PERMISSION_DENIED, 'access-denied'],
    ['append', status.PERMISSION_DENIED, 'access-denied'],
    ['append', status.INVALID_ARGUMENT, 'maximum-append-size-exceeded'],
  ] as const)('what a server refuses is told at once, and without the password: %s, %s, %s', async (method, code, exception) => {
    const own = open({}, server.url.replace('//', '//ann:s3cret@'))
    await own.head()
    const { append } = server.calls
    server.refusals.push({ method, code, exception, metadata: { 'maximum-append-size': '1' } })
    const error = await own.append([happened('ann', exception)]).then(
      () => undefined,
      (reason: Error) => reason,
    )
    expect(error).toMatchObject({ code: 'store-refused' })
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('s3cret')
    expect(server.calls.append - append).toBe(method === 'append' ? 1 : 0)
    expect(await own.counts()).toEqual({ events: 0, members: 0 })
  })
})

describe('one event in two streams', () => {
  test('counts where it came first; whoever was later is told, and everybody sees the same', async () => {
    const other = open()
    await store.append([happened('bob', '0')])
    server.beforeAppend = async () => void (await other.append([happened('ann', '1')]))
    const result = await store.append([happened('bob', '1'), happened('bob', '2')])
    expect(result).toMatchObject({ appended: 1, duplicates: [], conflicts: [0] })
    expect(server.log.stream('member-bob')).toHaveLength(3)
    for (const reader of [store, other, open()]) {
      const own = await reader.readStream('member-bob')
      expect(ids(own)).toEqual(['0', '2'])
      const [first, ...later] = await all(reader)
      expect([first, later.at(-1)]).toEqual(own)
      expect(ids(later)).toEqual(['1', '2'])
      expect((await reader.readHeadings({ after: 0, limit: 10 })).map(({ revision }) => revision)).toEqual([0, 0, 2])
      expect(await reader.counts()).toEqual({ events: 3, members: 2 })
      expect(await Promise.all([0, ...(await all(reader)).map(({ position }) => position)].map(reader.countAfter))).toEqual([3, 2, 1, 0])
      expect(await reader.head()).toBe((await all(reader)).at(-1)?.position)
      const histories = []
      for await (const page of reader.readHistories({ upTo: await reader.head() })) histories.push(...page)
      expect(histories.map(({ memberId, events }) => [memberId, ids(events)])).toEqual([
        ['ann', ['1']],
        ['bob', ['0', '2']],
      ])
    }
  })

  test('leaves no member behind where it was the only one, whose first decision is made as if it had never been there', async () => {
    const other = open()
    server.beforeAppend = async () => void (await other.append([happened('bob', '1')]))
    await expect(store.appendDecision(happened('ann', '1'), -1)).rejects.toMatchObject({ code: 'event-id-reused' })
    expect(server.log.stream('member-ann')).toHaveLength(1)
    expect(await store.counts()).toEqual({ events: 1, members: 1 })
    expect(await store.readStream('member-ann')).toEqual([])
    await expect(store.appendDecision(decided('redeem'), 0)).rejects.toMatchObject({ code: 'wrong-revision' })
    expect(await store.appendDecision(decided('redeem'), -1)).toMatchObject({ revision: 1 })
    expect(await other.appendDecision(decided('again'), 1)).toMatchObject({ revision: 2 })
    await other.append([happened('ann', '2')])
    expect(ids(await store.readStream('member-ann'))).toEqual(['redeem', 'again', '2'])
  })
})

describe('what somebody else wrote', () => {
  test('beside our streams is passed over, however much it is', async () => {
    for (let n = 0; n < 30; n++) {
      server.appendForeign('$stats-127.0.0.1:2113', 100)
      server.appendForeign(`order-${n}`, 40)
      await store.append([happened('ann', String(n))])
    }
    server.appendForeign('order-1', 5_000)
    const expected = Array.from({ length: 30 }, (_, n) => String(n))
    for (const reader of [store, open()]) {
      expect(ids(await all(reader))).toEqual(expected)
      expect(await reader.counts()).toEqual({ events: 30, members: 1 })
    }
  })

  test('into our streams counts as a revision, and is never shown', async () => {
    await store.append([happened('ann', '1')])
    server.appendForeign('member-ann', 2)
    await store.append([happened('ann', '2')])
    server.appendForeign('member-ann', 1)
    expect((await store.readStream('member-ann')).map(({ id, revision }) => [id, revision])).toEqual([
      ['1', 0],
      ['2', 3],
    ])
    expect(await store.appendDecision(decided('redeem'), 3)).toMatchObject({ revision: 5 })
    expect(await store.counts()).toEqual({ events: 3, members: 1 })
  })

  test('under another namespace is another log', async () => {
    const shop = open({ namespace: 'shop-' })
    await store.append([happened('ann', '1')])
    await shop.append([happened('ann', '1', { data: '{"activity":"other"}' })])
    expect(server.log.stream('shop-member-ann')).toHaveLength(1)
    for (const reader of [store, shop]) {
      expect(await reader.counts()).toEqual({ events: 1, members: 1 })
      expect(await all(reader)).toHaveLength(1)
    }
    expect(await open({ namespace: 'shop-' }).readStream('member-ann')).toMatchObject([{ data: { activity: 'other' } }])
  })
})

describe('the index', () => {
  let directory: string
  let file: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'perennial-kurrentdb-'))
    file = join(directory, 'log-index.db')
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  test('goes on where it was, and is the same when it is made again', async () => {
    const first = open({ index: file })
    await first.append(Array.from({ length: 300 }, (_, n) => happened(`m${n % 9}`, String(n))))
    await first.close()
    await store.append([happened('late', 'late')])
    const second = open({ index: file })
    const records = await all(second)
    expect(records).toHaveLength(301)
    expect(await all(open())).toEqual(records)
  })

  test.each([true, false])(
    'that is far behind is brought up by a subscription, whether it says that it is at the end: %s',
    async (saysCaughtUp) => {
      const crowded = await startStandIn({ saysCaughtUp })
      try {
        const writer = open({}, crowded.url)
        for (let n = 0; n < 20; n++) {
          crowded.appendForeign('order-1', 500, 1_000)
          await writer.append(Array.from({ length: 60 }, (_, of) => happened(`m${of}`, `${n}/${of}`)))
        }
        crowded.appendForeign('order-1', 50)
        const { read } = crowded.calls
        const reader = open({ quietMs: 1_000 }, crowded.url)
        expect(await reader.counts()).toEqual({ events: 1_200, members: 60 })
        expect(crowded.calls.subscribe).toBe(1)
        // To look for the end, and the last stretch; not eleven thousand events in pages of a thousand.
        expect(crowded.calls.read - read).toBeLessThanOrEqual(3)
        expect((await all(reader)).map(({ id }) => id)).toEqual((await all(writer)).map(({ id }) => id))
        expect(crowded.calls.subscribe).toBe(1)
      } finally {
        for (const opened of stores) await opened.close()
        await crowded.stop()
      }
    },
  )

  test('goes on behind what it has when the subscription breaks', async () => {
    await store.append(Array.from({ length: 2_500 }, (_, n) => happened(`m${n % 100}`, String(n))))
    const reader = open({ readMax: 1, quietMs: 50 })
    server.refusals.push({ method: 'subscribe', code: status.UNAVAILABLE })
    const counting = reader.counts()
    for (const ms of [120, 160]) setTimeout(() => server.cut(), ms)
    expect(await counting).toEqual({ events: 2_500, members: 100 })
    expect(server.calls.subscribe).toBeGreaterThan(1)
  })

  test('of another log is refused', async () => {
    const first = open({ index: file })
    await first.append([happened('ann', '1')])
    await first.close()
    const elsewhere = await startStandIn()
    try {
      await open({}, elsewhere.url).append([happened('ann', '1'), happened('ann', '2')])
      await expect(open({ index: file }, elsewhere.url).readStream('member-ann')).rejects.toMatchObject({ code: 'log-changed' })
    } finally {
      for (const opened of stores) await opened.close().catch(() => {})
      await elsewhere.stop()
    }
  })

  test('finds it when an event of a stream is missing', async () => {
    await store.append([happened('ann', '1'), happened('ann', '2'), happened('ann', '3')])
    ;(server.log.all as unknown[]).splice(2, 1)
    await expect(open().head()).rejects.toMatchObject({ code: 'log-changed', where: 'member-ann' })
  })

  test.each(['before', 'after'])('finds it when the log has become shorter, %s its end was asked for', async (when) => {
    await store.append([happened('ann', '1'), happened('ann', '2'), happened('ann', '3')])
    const other = open()
    const shorten = () => void (server.log.all as unknown[]).pop()
    if (when === 'before') {
      await other.head()
      shorten()
    } else {
      await other.append([])
      await store.append([happened('ann', '4')])
      server.afterRead = shorten
    }
    await expect(other.head()).rejects.toMatchObject({ code: 'log-changed' })
  })

  test('shows what was acknowledged before the question, also while an earlier question is being answered', async () => {
    const other = open()
    await store.head()
    const asked = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    server.afterRead = () => {
      asked.resolve()
      return held.promise
    }
    const earlier = store.head()
    await asked.promise
    await other.append([happened('ann', '1')])
    const later = store.readStream('member-ann')
    held.resolve()
    await earlier
    expect(ids(await later)).toEqual(['1'])
  })

  test('holds no contents', async () => {
    const own = open({ index: file })
    await own.append([happened('ann', '1', { data: '{"activity":"a-very-special-visit"}' })])
    await own.close()
    const { readFileSync } = await import('node:fs')
    expect(readFileSync(file).includes('a-very-special-visit')).toBe(false)
    expect(readFileSync(file).includes('member-ann')).toBe(true)
  })
})

describe('on the server', () => {
  test('an event is JSON with what belongs to it beside it', async () => {
    await store.append([happened('ann', '1', { metadata: '{"traceparent":"00-ab"}' })])
    const [event] = server.log.stream('member-ann')
    expect(event).toMatchObject({ type: 'EngagementRecorded', contentType: 'application/json', id: expect.stringMatching(/^.{14}5/) })
    expect(JSON.parse(Buffer.from(event?.data ?? []).toString())).toEqual({ activity: 'visit', note: '1' })
    expect(JSON.parse(Buffer.from(event?.metadata ?? []).toString())).toEqual({
      source: '/shop',
      id: '1',
      version: 1,
      occurredAt: 1_700_000_000_000,
      recordedAt: 1_700_000_000_500,
      attributes: { traceparent: '00-ab' },
      append: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
  })

  test('many events of one member come in appends that it takes, and never in batches of many streams', async () => {
    const text = 'x'.repeat(5_000)
    const events = Array.from({ length: 700 }, (_, n) => happened('ann', String(n), n < 100 ? { data: JSON.stringify({ text }) } : {}))
    expect(await store.append(events)).toMatchObject({ appended: 700 })
    expect(ids(await store.readStream('member-ann'))).toEqual(events.map(({ id }) => id))
    expect(server.calls).toMatchObject({ append: 2, batchAppend: 0 })
  })

  test('events that were just taken in are read from the server once, however many services of the process want them', async () => {
    const writer = open()
    await writer.append([happened('ann', '1'), happened('bob', '2')])
    const before = server.calls.read
    const first = await all(store)
    // The end of the log, and what lies up to it; then the end alone.
    expect(server.calls.read - before).toBe(2)
    ;(first[0] as { data: { note: string } }).data.note = 'changed by a reader'
    for (let reader = 0; reader < 5; reader++)
      expect((await all(store)).map(({ data }) => data)).toEqual((await all(writer)).map(({ data }) => data))
    expect(server.calls.read - before).toBe(2 + 10)
  })

  test('what is too old to be remembered, or too much, is read from the server', async () => {
    const small = open({ recentBytes: 1_000 })
    const events = Array.from({ length: 20 }, (_, n) => happened('ann', String(n)))
    await small.append(events)
    expect(ids(await all(small))).toEqual(ids(events as never))
    const [last] = (await small.readAll({ after: 0, limit: 100 })).slice(-1)
    const before = server.calls.read
    expect(await small.readAll({ after: (last?.position ?? 0) - 1, limit: 1 })).toEqual([last])
    expect(server.calls.read).toBe(before)
    expect(await small.readAll({ after: 0, limit: 1 })).toMatchObject([{ id: '0' }])
    expect(server.calls.read).toBe(before + 1)
  })

  test('positions are told as they are, and refused where they cannot be', async () => {
    for (const [startsAt, fits] of [
      [2n ** 53n - 2_000n, true],
      [2n ** 53n - 50n, false],
    ] as const) {
      const old = await startStandIn({ startsAt })
      try {
        const own = open({}, old.url)
        const appending = own.append([happened('ann', '1')])
        if (!fits) await expect(appending).rejects.toThrow('2^53')
        else expect(BigInt((await appending).position)).toBe(old.log.stream('member-ann')[0]?.position)
      } finally {
        await stores.pop()?.close()
        await old.stop()
      }
    }
  })

  test('nothing is appended to a stream that would not be read again', async () => {
    await expect(store.append([happened('ann', '1'), happened('ann', '2', { stream: 'order-1' })])).rejects.toThrow('order-1')
    expect(await all(store)).toEqual([])
  })

  test('nobody reads after closing', async () => {
    await store.close()
    await expect(store.head()).rejects.toThrow()
    await expect(store.append([happened('ann', '1')])).rejects.toThrow()
  })
})
