import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { consumerGroups, defaultProgramme, topics } from '@perennial/contracts'
import { type DeadLetters, openSqliteDeadLetters } from '@perennial/dead-letters'
import { type EventStore, memberStream, openSqliteEventStore } from '@perennial/event-store'
import { type MessageBus, type NewMessage, openSqliteMessageBus } from '@perennial/message-bus'
import { createLogger, createMetrics, type Metrics } from '@perennial/runtime'
import { openSqliteWaitingRoom, type WaitingRoom } from '@perennial/waiting-room'
import { createIngest, type IngestDependencies } from './ingest.ts'

const now = Date.parse('2025-06-30T12:00:00Z')
let bus: MessageBus
let eventStore: EventStore
let deadLetters: DeadLetters
let waitingRoom: WaitingRoom
let metrics: Metrics

beforeEach(() => {
  bus = openSqliteMessageBus(':memory:')
  eventStore = openSqliteEventStore(':memory:')
  deadLetters = openSqliteDeadLetters(':memory:')
  waitingRoom = openSqliteWaitingRoom(':memory:')
  metrics = createMetrics()
})
afterEach(async () => {
  await Promise.all([bus.close(), eventStore.close(), deadLetters.close(), waitingRoom.close()])
})

async function ingest(more: Partial<IngestDependencies> = {}): Promise<void> {
  await createIngest({
    bus,
    eventStore,
    deadLetters,
    waitingRoom,
    clock: () => now,
    metrics,
    logger: createLogger('silent'),
    ...more,
  }).drain()
}

const purchase = (id: string, changes: Record<string, unknown> = {}, amount = '12.50') => ({
  specversion: '1.0',
  id,
  source: '/till/7',
  type: 'retail.purchase.v1',
  subject: 'ann',
  time: '2025-06-01T10:00:00.000Z',
  ...changes,
  data: { orderId: `order-${id}`, currency: 'GBP', lines: [{ sku: 'tea', quantity: 1, amount }] },
})

async function send(...values: (object | string | Uint8Array | NewMessage)[]): Promise<void> {
  const messages = values.map((value): NewMessage => {
    if (typeof value === 'string' || value instanceof Uint8Array) return { key: 'ann', value }
    return 'value' in value ? value : { key: 'ann', value: JSON.stringify(value) }
  })
  await bus.publish(topics.events, messages)
}

const events = async () => (await eventStore.readStream(memberStream('ann'))).map(({ id }) => id)
const letters = async () => deadLetters.list({ limit: 100 })
const counted = async (name: string) =>
  Object.fromEntries(
    (await metrics.registry.getSingleMetric(name)?.get())?.values.map(({ labels, value }) => [Object.values(labels)[0], value]) ?? [],
  )

describe('what the shop sends is stored', () => {
  test('in the member’s stream, as a fact, with both clocks', async () => {
    await send(purchase('e1'))
    await ingest()
    expect(await eventStore.readStream(memberStream('ann'))).toEqual([
      {
        position: 2,
        stream: 'member-ann',
        revision: 0,
        type: 'PurchaseRecorded',
        version: 1,
        source: '/till/7',
        id: 'e1',
        occurredAt: Date.parse('2025-06-01T10:00:00Z'),
        recordedAt: now,
        data: { orderId: 'order-e1', currency: 'GBP', lines: [{ sku: 'tea', quantity: 1, amount: 1250 }] },
      },
    ])
  })

  test('by the member of the event, whatever the key of the message', async () => {
    await send({ key: 'somebody', value: JSON.stringify(purchase('e1')) }, { key: null, value: JSON.stringify(purchase('e2')) })
    await ingest()
    expect(await events()).toEqual(['e1', 'e2'])
  })

  test('whether it comes as text or as bytes', async () => {
    await send(new TextEncoder().encode(JSON.stringify(purchase('e1', { subject: '會員' }))))
    await ingest()
    expect(await eventStore.readStream(memberStream('會員'))).toHaveLength(1)
  })

  test('and what it carries beyond, too', async () => {
    await send(purchase('e1', { traceparent: '00-ab', time: '2025-06-01T18:00:00+08:00' }))
    await ingest()
    expect((await eventStore.readStream(memberStream('ann')))[0]?.metadata).toEqual({
      traceparent: '00-ab',
      time: '2025-06-01T18:00:00+08:00',
    })
  })
})

describe('the same event is stored once', () => {
  test('however often it is sent in one batch', async () => {
    await send(purchase('e1'), purchase('e1'), purchase('e2'), purchase('e1'))
    await ingest()
    expect(await events()).toEqual(['e1', 'e2'])
    expect(await letters()).toEqual([])
    expect(await counted('perennial_events_in_total')).toEqual({ appended: 2, duplicate: 2, ahead: 0, refused: 0 })
  })

  test('or in later ones, with its fields in another order', async () => {
    await send(purchase('e1'))
    await ingest()
    const { data, ...rest } = purchase('e1')
    await send({ data: Object.fromEntries(Object.entries(data).toReversed()), ...rest })
    await ingest()
    expect(await events()).toEqual(['e1'])
    expect(await letters()).toEqual([])
  })

  test('the same id from another source is another event', async () => {
    await send(purchase('e1'), purchase('e1', { source: '/till/8' }))
    await ingest()
    expect(await events()).toEqual(['e1', 'e1'])
  })

  test('a batch that comes again after a crash changes nothing', async () => {
    await send(purchase('e1'), 'not json', purchase('e1', {}, '99.00'))
    for (const place of ['batch-read', 'events-appended', 'dead-letters-kept']) {
      const failPoint = (name: string) => {
        if (name === place) throw new Error(`died at ${name}`)
      }
      await expect(ingest({ failPoint })).rejects.toThrow(`died at ${place}`)
      expect(await bus.lag(topics.events, consumerGroups.ingest)).toBe(3)
    }
    await ingest()
    expect(await bus.lag(topics.events, consumerGroups.ingest)).toBe(0)
    expect(await events()).toEqual(['e1'])
    expect((await letters()).map(({ code }) => code).sort()).toEqual(['event-id-reused', 'invalid-json'])
    expect(await eventStore.head()).toBe(2)
  })
})

describe('what cannot be stored becomes a dead letter', () => {
  test('another event under a used id: the first one stands', async () => {
    await send(purchase('e1'), purchase('e1', {}, '99.00'))
    await ingest()
    expect(await events()).toEqual(['e1'])
    const [letter] = await letters()
    expect(letter).toMatchObject({ code: 'event-id-reused', key: 'ann', status: 'open', refusedAt: now })
    expect(JSON.parse(new TextDecoder().decode(letter?.bytes))).toEqual(purchase('e1', {}, '99.00'))
  })

  test.each([
    ['another member', { subject: 'bob' }],
    ['another time', { time: '2025-06-02T10:00:00.000Z' }],
  ])('so is the same id for %s', async (_, changes) => {
    await send(purchase('e1'), purchase('e1', changes))
    await ingest()
    expect((await letters()).map(({ code }) => code)).toEqual(['event-id-reused'])
    expect((await eventStore.counts()).members).toBe(1)
  })

  test('with its bytes as they came, with the fields and what was expected there', async () => {
    const text = `  ${JSON.stringify(purchase('e1', {}, '1.005'))}  `
    await send({ key: 'ann', value: text, headers: { origin: 'orders.ndjson:7' } })
    await ingest()
    const [letter] = await letters()
    expect(new TextDecoder().decode(letter?.bytes)).toBe(text)
    expect(letter).toMatchObject({
      code: 'invalid-data',
      origin: 'orders.ndjson:7',
      faults: [{ field: 'data.lines[0].amount', message: expect.stringMatching(/at most 2 decimal digits/) }],
    })
  })

  test('bytes that are not UTF-8 are kept, every one of them', async () => {
    const bytes = Uint8Array.from([0x7b, 0xff, 0xfe, 0x00, 0xc3, 0x28])
    await send(bytes)
    await ingest()
    const [letter] = await letters()
    expect(letter).toMatchObject({ code: 'invalid-json', faults: [{ field: '', message: 'expected UTF-8' }] })
    expect([...(letter?.bytes ?? [])]).toEqual([...bytes])
    expect(letter?.origin).toMatch(/^retail-events\/\d+\/1$/)
  })

  test('and holds nobody up', async () => {
    await send('', purchase('e1'), '[]', purchase('e2', { subject: '' }), purchase('e3'))
    await ingest()
    expect(await events()).toEqual(['e1', 'e3'])
    expect((await letters()).map(({ code }) => code).sort()).toEqual(['invalid-json', 'not-a-cloudevent', 'subject-missing'])
    expect(await counted('perennial_events_refused_total')).toEqual({ 'invalid-json': 1, 'not-a-cloudevent': 1, 'subject-missing': 1 })
  })

  test('once, however often the same bytes are refused', async () => {
    await send('x', 'x')
    await ingest()
    await send('x')
    await ingest({ clock: () => now + 60_000 })
    expect(await letters()).toMatchObject([{ firstRefusedAt: now, refusedAt: now + 60_000 }])
  })

  test('an event from the future is taken on a second try, when its time has come', async () => {
    const early = purchase('e1', { time: '2025-07-03T10:00:00.000Z' })
    await send(early)
    await ingest()
    const [letter] = await letters()
    expect(letter).toMatchObject({ code: 'time-ahead' })
    await deadLetters.markRetried(letter ? [letter] : [])
    await send(letter?.bytes as Uint8Array)
    await ingest({ clock: () => Date.parse('2025-07-03T10:00:00Z') })
    expect(await events()).toEqual(['e1'])
    expect(await deadLetters.countOpen()).toBe(0)
  })
})

describe('a log begins with a programme', () => {
  test('the one that Perennial starts with, before any event', async () => {
    await send(purchase('e1'))
    await ingest()
    const [first, second] = await eventStore.readAll({ after: 0, limit: 10 })
    expect(first).toMatchObject({
      position: 1,
      stream: 'programme-default',
      type: 'ProgrammePublished',
      data: { programme: defaultProgramme() },
    })
    expect(second).toMatchObject({ position: 2, stream: 'member-ann' })
  })

  test('only once', async () => {
    await ingest()
    await ingest()
    expect(await eventStore.head()).toBe(1)
  })

  test('or the one that was published', async () => {
    const data = JSON.stringify({ programme: { ...defaultProgramme(), programme: 'my-shop' } })
    await eventStore.appendDecision(
      {
        stream: 'programme-my-shop',
        type: 'ProgrammePublished',
        version: 1,
        source: '/me',
        id: '1',
        occurredAt: now,
        recordedAt: now,
        data,
        metadata: null,
      },
      -1,
    )
    await ingest()
    expect(await eventStore.readCategory('programme')).toHaveLength(1)
  })
})

test('while it runs it takes what comes, and it ends when it is told to', async () => {
  const stop = new AbortController()
  const service = createIngest({ bus, eventStore, deadLetters, waitingRoom, clock: () => now, metrics, logger: createLogger('silent') })
  const running = service.run(stop.signal)
  await send(purchase('e1'))
  while ((await events()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  await send(purchase('e2'))
  while ((await events()).length === 1) await new Promise((resolve) => setTimeout(resolve, 5))
  stop.abort()
  await running
  expect(await bus.lag(topics.events, consumerGroups.ingest)).toBe(0)
})

describe('an event that lies ahead of the clock', () => {
  const later = Date.parse('2025-06-30T18:00:00Z')
  const early = (amount?: string) => purchase('e1', { time: '2025-06-30T18:00:00.000Z' }, amount)

  test('waits, and is in the log from the instant at which it happened', async () => {
    await send(early(), purchase('e2'))
    await ingest()
    expect(await events()).toEqual(['e2'])
    await ingest({ clock: () => later - 1 })
    expect(await waitingRoom.count()).toBe(1)
    await ingest({ clock: () => later })
    expect(await events()).toEqual(['e2', 'e1'])
    expect(await waitingRoom.count()).toBe(0)
    const [, taken] = await eventStore.readStream(memberStream('ann'))
    expect(taken).toMatchObject({ occurredAt: later, recordedAt: later })
  })

  test('waits once, however often it is sent; other contents under its id are refused', async () => {
    await send(early(), early())
    await ingest()
    await send(early(), early('99.00'))
    await ingest({ clock: () => now + 1_000 })
    expect(await waitingRoom.count()).toBe(1)
    expect(await letters()).toMatchObject([{ code: 'event-id-reused' }])
  })

  test('survives a crash between the log and the waiting room', async () => {
    await send(early())
    await ingest()
    const died = ingest({
      clock: () => later,
      failPoint(name) {
        if (name === 'waiting-appended') throw new Error('killed')
      },
    })
    await expect(died).rejects.toThrow('killed')
    await ingest({ clock: () => later })
    expect(await events()).toEqual(['e1'])
    expect(await waitingRoom.count()).toBe(0)
    expect(await letters()).toEqual([])
  })
})
