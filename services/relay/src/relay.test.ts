import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { PerennialError, topics } from '@perennial/contracts'
import { type MessageBus, openSqliteMessageBus } from '@perennial/message-bus'
import { type Layout, openSqliteReadStore, type ReadStore } from '@perennial/read-store'
import { createLogger, createMetrics } from '@perennial/runtime'
import { createRelay, type RelayDependencies } from './relay.ts'

const layout = (projector: string): Layout => ({ projector, version: 1, filters: [] })

let bus: MessageBus
let readStores: Map<string, ReadStore>
beforeEach(() => {
  bus = openSqliteMessageBus(':memory:')
  readStores = new Map(['tier', 'points'].map((name) => [name, openSqliteReadStore(':memory:')]))
})
afterEach(async () => {
  await Promise.all([bus.close(), ...[...readStores.values()].map((store) => store.close())])
})

const relay = (more: Partial<RelayDependencies> = {}) =>
  createRelay({ bus, readStores, metrics: createMetrics(), logger: createLogger('silent'), ...more })
const storeOf = (projector: string) => readStores.get(projector) as ReadStore

async function announce(projector: string, ...subjects: string[]): Promise<void> {
  const announcements = subjects.map((subject) => JSON.stringify({ specversion: '1.0', source: `/perennial/${projector}`, subject }))
  await (await storeOf(projector).live(layout(projector))).commit({ members: [], announcements })
}

async function published(): Promise<{ id: string; source: string; subject: string }[]> {
  return (await bus.read({ topic: topics.announcements, limit: 100_000 })).map(({ value }) => JSON.parse(String(value)))
}

describe('what projectors announce reaches the bus', () => {
  test('each announcement once, in order, keyed by member', async () => {
    await announce('tier', 'ann', 'bob')
    await announce('tier', 'ann')
    await relay().drain()
    await relay().drain()
    expect((await published()).map(({ subject }) => subject)).toEqual(['ann', 'bob', 'ann'])
    const messages = await bus.read({ topic: topics.announcements, limit: 10 })
    expect(messages.map(({ key }) => key)).toEqual(['ann', 'bob', 'ann'])
    expect(await storeOf('tier').outboxLag()).toBe(0)
  })

  test('as CloudEvents, which their header says', async () => {
    await announce('tier', 'ann')
    await relay().drain()
    const [message] = await bus.read({ topic: topics.announcements, limit: 10 })
    expect(message?.headers).toEqual({ 'content-type': 'application/cloudevents+json; charset=UTF-8' })
  })

  test('of every projector', async () => {
    await announce('tier', 'ann')
    await announce('points', 'ann')
    await relay().drain()
    expect((await published()).map(({ source }) => source)).toEqual(['/perennial/tier', '/perennial/points'])
  })

  test('each with an id of its own, also across projectors', async () => {
    await announce('tier', 'ann', 'ann')
    await announce('points', 'ann', 'ann')
    await relay().drain()
    expect(new Set((await published()).map(({ id }) => id)).size).toBe(4)
  })

  test('more than fit in one batch', async () => {
    await announce('tier', ...Array.from({ length: 12_000 }, (_, index) => `m-${index}`))
    await relay().drain()
    const subjects = (await published()).map(({ subject }) => subject)
    expect(subjects).toHaveLength(12_000)
    expect(subjects.at(-1)).toBe('m-11999')
  })

  test('nothing where nothing was announced', async () => {
    await relay().drain()
    expect(await published()).toEqual([])
  })
})

describe('a crash between publishing and marking', () => {
  const dying = {
    failPoint: () => {
      throw new Error('died')
    },
  }

  test('publishes nothing under another id: a consumer sees each announcement once', async () => {
    await announce('tier', 'ann', 'bob')
    await expect(relay(dying).drain()).rejects.toThrow('died')
    const before = await published()
    expect(before).toHaveLength(2)
    expect(await storeOf('tier').outboxLag()).toBe(2)
    await relay().drain()
    expect(await published()).toEqual(before)
    expect(await storeOf('tier').outboxLag()).toBe(0)
  })

  test('keeps the ids on a bus that cannot tell, and delivers twice rather than never', async () => {
    const sent: string[] = []
    const forgetful: MessageBus = {
      ...bus,
      async publish(_, messages) {
        sent.push(...messages.map(({ value }) => (JSON.parse(String(value)) as { id: string }).id))
      },
    }
    await announce('tier', 'ann')
    await expect(relay({ ...dying, bus: forgetful }).drain()).rejects.toThrow('died')
    await announce('tier', 'bob')
    await relay({ bus: forgetful }).drain()
    expect(sent).toHaveLength(3)
    expect(sent[0]).toBe(sent[1])
    expect(sent[2]).not.toBe(sent[0])
  })

  test('a bus that refuses keeps them waiting', async () => {
    await announce('tier', 'ann')
    const down: MessageBus = { ...bus, publish: () => Promise.reject(new Error('bus is down')) }
    await expect(relay({ bus: down }).drain()).rejects.toThrow('bus is down')
    expect(await storeOf('tier').outboxLag()).toBe(1)
    await relay().drain()
    expect(await published()).toHaveLength(1)
  })
})

test('while it runs it relays what is announced, and it ends when it is told to', async () => {
  const stop = new AbortController()
  const running = relay().run(stop.signal)
  await announce('tier', 'ann')
  while ((await published()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  stop.abort()
  await running
  expect(await storeOf('tier').outboxLag()).toBe(0)
})

describe('a server that does not answer', () => {
  const unavailable = () => Promise.reject(new PerennialError('store-unavailable', { where: 'Kafka' }))

  test('is waited for, with one warning however often it is tried', async () => {
    await announce('tier', 'ann')
    let attempts = 0
    const flaky: MessageBus = { ...bus, publish: (topic, messages) => (++attempts <= 3 ? unavailable() : bus.publish(topic, messages)) }
    const warnings: unknown[] = []
    const logger = createLogger('silent')
    logger.warn = (...said: unknown[]) => void warnings.push(said)
    const stop = new AbortController()
    const running = relay({ bus: flaky, logger }).run(stop.signal)
    while ((await published()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    stop.abort()
    await running
    expect(attempts).toBe(4)
    expect(warnings).toHaveLength(1)
  })

  test('keeps nobody from stopping', async () => {
    await announce('tier', 'ann')
    const stop = new AbortController()
    const running = relay({ bus: { ...bus, publish: unavailable } }).run(stop.signal)
    await new Promise((resolve) => setTimeout(resolve, 50))
    stop.abort()
    await running
    expect(await storeOf('tier').outboxLag()).toBe(1)
  })

  test('is told at once to whoever only wants what there is relayed', async () => {
    await announce('tier', 'ann')
    await expect(relay({ bus: { ...bus, publish: unavailable } }).drain()).rejects.toMatchObject({ code: 'store-unavailable' })
  })
})

test('anything else that goes wrong ends it', async () => {
  await announce('tier', 'ann')
  const broken: MessageBus = { ...bus, publish: () => Promise.reject(new Error('disk full')) }
  await expect(relay({ bus: broken }).run(new AbortController().signal)).rejects.toThrow('disk full')
})
