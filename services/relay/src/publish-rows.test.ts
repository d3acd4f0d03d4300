import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type ReadModelName, rowEvents, rowsTopic, topics } from '@perennial/contracts'
import { type EventStore, openSqliteEventStore } from '@perennial/event-store'
import { type BrowsedMessage, type MessageBus, type NewMessage, openSqliteMessageBus } from '@perennial/message-bus'
import { createReader, openLiveProjection, type Projector } from '@perennial/projector'
import { projectors } from '@perennial/projectors'
import { openSqliteReadStore, type ReadStore } from '@perennial/read-store'
import { createLogger, createMetrics } from '@perennial/runtime'
import { bought } from '../../../packages/projector/src/testing/log.ts'
import { createRelay, type RelayDependencies } from './relay.ts'

const clock = () => Date.parse('2025-06-30T12:00:00Z')
const tier = projectors.find(({ name }) => name === 'tier') as Projector

let eventStore: EventStore
let bus: MessageBus
let readStores: Map<string, ReadStore>
beforeEach(() => {
  eventStore = openSqliteEventStore(':memory:')
  bus = openSqliteMessageBus(':memory:')
  readStores = new Map(projectors.map(({ name }) => [name, openSqliteReadStore(':memory:', { trackRows: true })]))
})
afterEach(async () => {
  await Promise.all([eventStore.close(), bus.close(), ...[...readStores.values()].map((store) => store.close())])
})

const tierStore = () => readStores.get('tier') as ReadStore
const relay = (more: Partial<RelayDependencies> = {}) =>
  createRelay({
    bus,
    readStores,
    metrics: createMetrics(),
    logger: createLogger('silent'),
    rows: { projectors, eventStore, clock },
    ...more,
  })

async function project(projector: Projector): Promise<void> {
  const readStore = readStores.get(projector.name) as ReadStore
  const projection = await openLiveProjection({ projector, eventStore, readStore, clock })
  while (await projection.step());
}

/** Members buy something, one after the other, and the projectors take it in. */
async function buy(...purchases: [memberId: string, orderId: string, pounds: number][]): Promise<void> {
  await eventStore.append(purchases.map(([memberId, orderId, pounds]) => bought(memberId, '2025-06-01', orderId, pounds)))
  for (const projector of projectors) await project(projector)
}

const messages = (name = 'tier') => bus.read({ topic: rowsTopic(name), limit: 10_000 })
const eventOf = ({ value }: Pick<BrowsedMessage, 'value'>) => JSON.parse(String(value))
const events = async (name?: string) => (await messages(name)).map(eventOf)

/** A bus that also tells what was published, in the order in which it was. */
function overheard(): { bus: MessageBus; batches: (readonly NewMessage[])[] } {
  const batches: (readonly NewMessage[])[] = []
  const publish: MessageBus['publish'] = (topic, batch) => {
    if (topic === rowsTopic('tier')) batches.push(batch)
    return bus.publish(topic, batch)
  }
  return { bus: { ...bus, publish }, batches }
}

describe('the rows of the read models are published', () => {
  test.each(projectors.map(({ name }) => name))('of %s, as the HTTP API shows them', async (name) => {
    await buy(['ann', 'o1', 120], ['bob', 'o1', 5])
    await relay().drain()
    const reader = createReader({ projectors, eventStore, readStores, clock })
    const projector = projectors.find((candidate) => candidate.name === name) as Projector
    const published = await messages(name)
    expect(published.map(({ key }) => key)).toEqual(['ann', 'bob'])
    for (const message of published) {
      const event = rowEvents[name as ReadModelName].parse(eventOf(message))
      expect(event).toMatchObject({ type: `perennial.row.${name}`, source: `/perennial/${name}`, subject: message.key })
      expect(event).toMatchObject({ time: '2025-06-30T12:00:00.000Z', position: String(await eventStore.head()) })
      expect(event.data).toEqual(await reader.row(projector, message.key as string))
      expect(message.headers).toEqual({ 'content-type': 'application/cloudevents+json; charset=UTF-8' })
    }
    expect(await readStores.get(name)?.rowsLag()).toBe(0)
  })

  test('once, however often a member has changed, and again when it changes again', async () => {
    await buy(['ann', 'o1', 10])
    await buy(['ann', 'o2', 10])
    const heard = overheard()
    await relay({ bus: heard.bus }).drain()
    await relay({ bus: heard.bus }).drain()
    expect(heard.batches).toHaveLength(1)
    await buy(['ann', 'o3', 10])
    await relay({ bus: heard.bus }).drain()
    const told = heard.batches.flat().map(({ value }) => JSON.parse(String(value)))
    expect(told.map(({ data }) => data.lifetimeSpend)).toEqual(['20.00', '30.00'])
    expect(new Set(told.map(({ id }) => id)).size).toBe(2)
    expect((await events()).map(({ data }) => data.lifetimeSpend)).toEqual(['30.00'])
  })

  test('a thousand at a time', async () => {
    await eventStore.append(Array.from({ length: 2_500 }, (_, n) => bought(`m-${n}`, '2025-06-01', 'o1', 1)))
    await project(tier)
    const heard = overheard()
    await relay({ bus: heard.bus }).drain()
    expect(heard.batches.map(({ length }) => length)).toEqual([1_000, 1_000, 500])
    expect(new Set((await events()).map(({ subject }) => subject)).size).toBe(2_500)
  })

  test('a member without a row any longer gets a message without a value', async () => {
    await buy(['ann', 'o1', 10], ['bob', 'o1', 10])
    await relay().drain()
    await (await tierStore().live(tier)).commit({ members: [], remove: ['ann'] })
    await relay().drain()
    const last = new Map((await messages()).map(({ key, value }) => [key, value]))
    expect(last.get('ann')).toBeNull()
    expect(eventOf({ value: last.get('bob') ?? null })).toMatchObject({ subject: 'bob' })
  })

  test('not where only announcements are asked for', async () => {
    await buy(['ann', 'o1', 10])
    await createRelay({ bus, readStores, metrics: createMetrics(), logger: createLogger('silent') }).drain()
    expect(await messages()).toEqual([])
    expect(await bus.read({ topic: topics.announcements, limit: 10 })).not.toEqual([])
  })
})

describe('a row and its position', () => {
  test('a change that comes between reading and publishing waits, and is published behind it', async () => {
    await buy(['ann', 'o1', 10])
    const heard = overheard()
    let late = true
    const changing: MessageBus = {
      ...bus,
      async publish(topic, batch) {
        await heard.bus.publish(topic, batch)
        if (late && topic === rowsTopic('tier')) {
          late = false
          await buy(['ann', 'o2', 10])
        }
      },
    }
    await relay({ bus: changing }).drain()
    const told = heard.batches.flat().map(({ value }) => JSON.parse(String(value)))
    expect(told.map(({ data }) => data.lifetimeSpend)).toEqual(['10.00', '20.00'])
    expect(await tierStore().rowsLag()).toBe(0)
  })

  test('the position is never above what the row reflects, also where a projector commits meanwhile', async () => {
    await buy(['ann', 'o1', 10])
    const before = await eventStore.head()
    const store = tierStore()
    let once = true
    const overtaken: ReadStore = {
      ...store,
      async live(layout) {
        const live = await store.live(layout)
        const load: typeof live.load = async (memberIds) => {
          if (once) {
            once = false
            await buy(['ann', 'o2', 10])
          }
          return live.load(memberIds)
        }
        return { ...live, load }
      },
    }
    const heard = overheard()
    await relay({ bus: heard.bus, readStores: new Map([['tier', overtaken]]) }).drain()
    const told = heard.batches.flat().map(({ value }) => JSON.parse(String(value)))
    expect(told[0]).toMatchObject({ position: String(before), data: { lifetimeSpend: '20.00' } })
    expect(told.at(-1)).toMatchObject({ position: String(await eventStore.head()), data: { lifetimeSpend: '20.00' } })
  })
})

describe('a relay that another one has taken over from', () => {
  /** Its bus takes what it publishes only once `until` has come. */
  function slow(until: Promise<void>): { bus: MessageBus; publishing: Promise<void> } {
    const publishing = Promise.withResolvers<void>()
    const publish: MessageBus['publish'] = async (topic, batch) => {
      if (topic === rowsTopic('tier')) {
        publishing.resolve()
        await until
      }
      return bus.publish(topic, batch)
    }
    return { bus: { ...bus, publish }, publishing: publishing.promise }
  }

  test('leaves the newest row as the last one, although its own came behind it', async () => {
    await buy(['ann', 'o1', 10], ['bob', 'o1', 10])
    const awake = Promise.withResolvers<void>()
    const asleep = slow(awake.promise)
    const stale = relay({ bus: asleep.bus }).drain()
    await asleep.publishing
    await buy(['ann', 'o2', 10])
    await relay().drain()
    awake.resolve()
    await stale
    await relay().drain()
    const last = new Map((await events()).map(({ subject, data }) => [subject, data.lifetimeSpend]))
    expect(last).toEqual(
      new Map([
        ['ann', '20.00'],
        ['bob', '10.00'],
      ]),
    )
    expect(await tierStore().rowsLag()).toBe(0)
  })

  test('publishes no row that it has read before', async () => {
    await buy(['ann', 'o1', 10])
    const lost = new AbortController()
    const store = tierStore()
    const overtaken: ReadStore = {
      ...store,
      async live(layout) {
        lost.abort()
        return store.live(layout)
      },
    }
    await relay({ readStores: new Map([['tier', overtaken]]) }).drain(lost.signal)
    expect(await messages()).toEqual([])
    expect(await store.rowsLag()).toBe(1)
  })
})

test('a crash between publishing and marking publishes the row again under the same id', async () => {
  await buy(['ann', 'o1', 10])
  const heard = overheard()
  const failPoint: RelayDependencies['failPoint'] = (name) => {
    if (name === 'rows-published') throw new Error('died')
  }
  await expect(relay({ bus: heard.bus, failPoint }).drain()).rejects.toThrow('died')
  expect(await tierStore().rowsLag()).toBe(1)
  await relay({ bus: heard.bus }).drain()
  const ids = heard.batches.flat().map(({ value }) => JSON.parse(String(value)).id)
  expect(ids).toHaveLength(2)
  expect(ids[0]).toBe(ids[1])
})

test('while tables are those of another version, their rows wait and announcements go on', async () => {
  await buy(['ann', 'o1', 10])
  const newer: Projector = { ...tier, version: tier.version + 1 }
  await relay({ rows: { projectors: [newer], eventStore, clock } }).drain()
  expect(await messages()).toEqual([])
  expect(await tierStore().rowsLag()).toBe(1)
  expect(await tierStore().outboxLag()).toBe(0)
  await relay().drain()
  expect(await events()).toMatchObject([{ subject: 'ann' }])
})

test('rows that were read while a rebuild replaced the tables are those of the new ones', async () => {
  await buy(['ann', 'o1', 10])
  const store = tierStore()
  let once = true
  const swapping: ReadStore = {
    ...store,
    async live(layout) {
      const live = await store.live(layout)
      if (!once) return live
      once = false
      const building = await store.building(tier)
      const [{ position = 0, clock = 0 } = {}] = await live.checkpoints()
      const partitions = (await live.checkpoints()).map(({ partition }) => partition)
      await building.commit({
        members: [...(await live.load(['ann'])).values()],
        checkpoint: { partitions, position, clock },
      })
      expect(await store.swap()).toBe(true)
      return live
    },
  }
  await relay({ readStores: new Map([['tier', swapping]]) }).drain()
  expect(await events()).toMatchObject([{ subject: 'ann', data: { lifetimeSpend: '10.00' } }])
  expect(await store.rowsLag()).toBe(0)
})
