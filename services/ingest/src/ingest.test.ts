import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { consumerGroups, deadLetterHeaders, defaultProgramme, ingestGroup, PerennialError, topics } from '@perennial/contracts'
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

function dependencies(): IngestDependencies {
  return { bus, eventStore, deadLetters, waitingRoom, clock: () => now, metrics, logger: createLogger('silent') }
}

async function ingest(more: Partial<IngestDependencies> = {}): Promise<void> {
  await createIngest({ ...dependencies(), ...more }).drain()
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

  test('a message without a value is kept, too, with no bytes', async () => {
    const empty: MessageBus = {
      ...bus,
      async consume(options) {
        await options.handle([{ key: 'ann', value: null, headers: {}, partition: 3, offset: 7 }])
        await options.onIdle?.()
      },
    }
    await ingest({ bus: empty })
    expect(await letters()).toMatchObject([
      {
        code: 'invalid-json',
        key: 'ann',
        origin: 'retail-events/3/7',
        faults: [{ field: '', message: 'expected an event; there is nothing' }],
      },
    ])
    expect((await letters())[0]?.bytes).toHaveLength(0)
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
  const service = createIngest(dependencies())
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

  test('is taken when its time has come, although the bus never comes to its end', async () => {
    await send(early())
    await ingest()
    const stop = new AbortController()
    const busy: MessageBus = {
      ...bus,
      async consume({ signal, handle }) {
        while (!signal.aborted) {
          await handle([])
          await new Promise(setImmediate)
        }
      },
    }
    const running = createIngest({ ...dependencies(), bus: busy, clock: () => later }).run(stop.signal)
    try {
      for (let tries = 0; (await waitingRoom.count()) > 0 && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 5))
      expect(await events()).toEqual(['e1'])
    } finally {
      stop.abort()
      await running
    }
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

test('it ends with the bus that it reads from', async () => {
  const closed: MessageBus = { ...bus, consume: async () => {} }
  await createIngest({ ...dependencies(), bus: closed }).run(new AbortController().signal)
})

describe('from several topics', () => {
  const shops = ['retail-events', 'web-shop']

  test('events are taken, each topic by a group of its own', async () => {
    await send(purchase('e1'))
    await bus.publish('web-shop', [
      { key: 'ann', value: JSON.stringify(purchase('e2')) },
      { key: 'ann', value: 'not json' },
    ])
    await ingest({ topics: shops })
    expect((await events()).sort()).toEqual(['e1', 'e2'])
    expect((await letters())[0]?.origin).toMatch(/^web-shop\/\d+\/2$/)
    expect(await Promise.all(shops.map((topic) => bus.lag(topic, ingestGroup(topic))))).toEqual([0, 0])
    expect(shops.map(ingestGroup)).toEqual(['ingest', 'ingest.web-shop'])
  })

  test('the same event is stored once, whichever it comes from', async () => {
    await send(purchase('e1'))
    await bus.publish('web-shop', [{ key: 'ann', value: JSON.stringify(purchase('e1')) }])
    await ingest({ topics: shops })
    expect(await events()).toEqual(['e1'])
  })

  test('they are read side by side, and what waits is admitted by one of them', async () => {
    await send(purchase('e1', { time: '2025-06-30T18:00:00.000Z' }))
    await ingest({ topics: shops })
    let [admitting, most, times] = [0, 0, 0]
    const watched: WaitingRoom = {
      ...waitingRoom,
      async due(options) {
        times++
        most = Math.max(most, ++admitting)
        await new Promise((resolve) => setTimeout(resolve, 10))
        admitting--
        return waitingRoom.due(options)
      },
    }
    await ingest({ topics: shops, waitingRoom: watched, clock: () => Date.parse('2025-06-30T18:00:00Z') })
    expect(await events()).toEqual(['e1'])
    expect(most).toBe(1)
    expect(times).toBeGreaterThan(0)
  })

  test('one that cannot be read ends the others', async () => {
    const broken: MessageBus = {
      ...bus,
      consume: (options) => (options.topic === 'web-shop' ? Promise.reject(new Error('disk full')) : bus.consume(options)),
    }
    // The other one is waiting for a store just then.
    await send(purchase('e1'))
    const away: EventStore = { ...eventStore, append: () => Promise.reject(new PerennialError('store-unavailable')) }
    const service = createIngest({ ...dependencies(), bus: broken, eventStore: away, topics: shops })
    await expect(service.run(new AbortController().signal)).rejects.toThrow('disk full')
  })
})

describe('dead letters on the bus', () => {
  const deadLetterTopic = topics.deadLetters
  const told = () => bus.read({ topic: deadLetterTopic, limit: 100 })

  test('hold what was refused, byte for byte, and why', async () => {
    const bytes = Uint8Array.from([0x7b, 0xff, 0xfe])
    await send({ key: 'bob', value: bytes, headers: { origin: 'orders.ndjson:7' } }, purchase('e1'), purchase('e2', {}, '1.005'))
    await ingest({ deadLetterTopic })
    const [first, second, ...rest] = await told()
    expect(rest).toEqual([])
    expect(Buffer.from(first?.value ?? []).equals(bytes)).toBe(true)
    expect(first?.key).toBe('bob')
    const headers = deadLetterHeaders.parse(first?.headers)
    expect(headers).toMatchObject({ code: 'invalid-json', origin: 'orders.ndjson:7', refusedAt: '2025-06-30T12:00:00.000Z' })
    expect(JSON.parse(headers.faults)).toEqual([{ field: '', message: 'expected UTF-8' }])
    expect(await deadLetters.find(headers.id)).toMatchObject({ code: 'invalid-json' })
    expect(new TextDecoder().decode(second?.value as Uint8Array)).toBe(JSON.stringify(purchase('e2', {}, '1.005')))
    expect(second?.headers.code).toBe('invalid-data')
  })

  test('are there also after a crash once they were kept', async () => {
    await send('not json')
    const failPoint = (name: string) => {
      if (name === 'dead-letters-kept') throw new Error('died')
    }
    await expect(ingest({ deadLetterTopic, failPoint })).rejects.toThrow('died')
    expect([await told(), (await letters()).length]).toEqual([[], 1])
    await ingest({ deadLetterTopic })
    expect(await told()).toHaveLength(1)
  })

  test('that the bus does not take stop nothing: they are kept, and the others are told', async () => {
    await send('not json', `too large ${'x'.repeat(1_000)}`, '[]', purchase('e1'))
    const small: MessageBus = {
      ...bus,
      async publish(topic, messages) {
        if (messages.some(({ value }) => (value?.length ?? 0) > 1_000)) throw new PerennialError('store-refused', { where: 'Kafka' })
        await bus.publish(topic, messages)
      },
    }
    await ingest({ bus: small, deadLetterTopic })
    expect((await told()).map(({ value }) => new TextDecoder().decode(value as Uint8Array))).toEqual(['not json', '[]'])
    expect(await letters()).toHaveLength(3)
    expect(await events()).toEqual(['e1'])
  })

  test('are none where nothing is refused, nor where they are not asked for', async () => {
    await send(purchase('e1'))
    await ingest({ deadLetterTopic })
    await send('not json')
    await ingest()
    expect(await told()).toEqual([])
  })
})

describe('while a server does not answer', () => {
  const unavailable = () => Promise.reject(new PerennialError('store-unavailable', { where: 'PostgreSQL' }))
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  const lag = () => bus.lag(topics.events, consumerGroups.ingest)

  /** Runs ingest on stores that answer only once they are told to. */
  function runWithout(part: 'eventStore' | 'deadLetters' | 'bus') {
    let away = true
    let attempts = 0
    const asks = <T>(work: () => Promise<T>): Promise<T> => {
      if (!away) return work()
      attempts++
      return unavailable()
    }
    const warnings: unknown[] = []
    const logger = createLogger('silent')
    logger.warn = (...said: unknown[]) => void warnings.push(said)
    const parts = {
      eventStore: { ...eventStore, append: (events) => asks(() => eventStore.append(events)) } satisfies EventStore,
      deadLetters: { ...deadLetters, keep: (letters) => asks(() => deadLetters.keep(letters)) } satisfies DeadLetters,
      bus: { ...bus, consume: (options) => asks(() => bus.consume(options)) } satisfies MessageBus,
    }
    const stop = new AbortController()
    const running = createIngest({ ...dependencies(), logger, [part]: parts[part] }).run(stop.signal)
    return {
      running,
      stop: () => stop.abort(),
      attempts: () => attempts,
      warnings: () => warnings.length,
      comeBack() {
        away = false
      },
    }
  }

  test.each(['eventStore', 'deadLetters', 'bus'] as const)(
    '(%s) nothing is acknowledged, and it goes on when it answers again',
    async (part) => {
      await send(purchase('e1'), 'not json')
      const service = runWithout(part)
      while (service.attempts() < (part === 'bus' ? 1 : 3)) await wait(5)
      expect(await lag()).toBe(2)
      service.comeBack()
      while ((await lag()) > 0) await wait(5)
      expect([await events(), (await letters()).length]).toEqual([['e1'], 1])
      service.stop()
      await service.running
    },
  )

  test('there is one warning of it, however often it is tried', async () => {
    await send(purchase('e1'))
    const service = runWithout('eventStore')
    while (service.attempts() < 4) await wait(5)
    expect(service.warnings()).toBe(1)
    service.comeBack()
    while ((await lag()) > 0) await wait(5)
    service.stop()
    await service.running
  })

  test('it can be told to stop, and what it had begun comes again', async () => {
    await send(purchase('e1'))
    const service = runWithout('eventStore')
    while (service.attempts() < 2) await wait(5)
    service.stop()
    await service.running
    expect(service.warnings()).toBe(1)
    expect([await lag(), await events()]).toEqual([1, []])
    await ingest()
    expect(await events()).toEqual(['e1'])
  })

  test('whoever only wants what there is taken is told at once', async () => {
    await send(purchase('e1'))
    await expect(ingest({ eventStore: { ...eventStore, append: unavailable } })).rejects.toMatchObject({ code: 'store-unavailable' })
  })
})
