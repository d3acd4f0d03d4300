import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { configurationSchema, rowsTopic, topics } from '@perennial/contracts'
import { type Engine, openConfiguredEngine, projectors } from '@perennial/engine'
import type { MessageBus } from '@perennial/message-bus'
import { createReader } from '@perennial/projector'
import { createLogger } from '@perennial/runtime'
import { sampleShop } from '@perennial/sample-shop'
import { describeWithKafka } from '../support/kafka.ts'
import { type StandIn, startStandIn } from '../support/kurrentdb-stand-in/index.ts'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'

/** Whatever is kept where, the read models are the same to the byte. */

const now = Date.parse('2025-07-01T00:00:00Z')
const events = [...sampleShop({ seed: 5, members: 40, from: '2024-06-01', to: '2025-06-30' })]
/** Some are delivered more than once. */
const sent = new Set(events.map(({ source, id }) => `${source} ${id}`))
const directories: string[] = []

interface Where {
  bus?: string
  eventStore?: string
  readStore?: string
  postgres?: { schema: string }
}

let mixtures = 0
async function openOn(where: Where): Promise<Engine> {
  const data = mkdtempSync(join(tmpdir(), 'perennial-mixture-'))
  directories.push(data)
  // Of its own on each server: nothing of another mixture is in the way.
  const own = `m${++mixtures}`
  const configuration = configurationSchema.parse({
    data,
    kafka: { prefix: `${own}-` },
    postgres: { schema: own },
    kurrentdb: { namespace: own },
    ...where,
  })
  return openConfiguredEngine(configuration, { clock: () => now, logger: createLogger('silent') })
}

/** What a shop has become on some servers: its rows, and what was told to others. */
async function shopOn(where: Where) {
  const engine = await openOn(where)
  try {
    const messages = events.map((event) => ({ key: event.subject, value: JSON.stringify(event) }))
    await engine.bus.publish(topics.events, messages)
    // Twice, as senders do.
    await engine.bus.publish(topics.events, [...messages.slice(0, 50), { key: 'ann', value: 'not JSON' }])
    await engine.drain()
    const rows: Record<string, string[]> = {}
    for (const projector of projectors) {
      const lines: string[] = []
      for await (const row of createReader({ ...engine, clock: () => now }).all(projector)) lines.push(JSON.stringify(row))
      rows[projector.name] = lines
    }
    const { events: stored, members } = await engine.eventStore.counts()
    return {
      rows,
      stored,
      members,
      refused: await engine.deadLetters.countOpen(),
      announced: new Set((await valuesOf(engine.bus, topics.announcements)).map((text) => JSON.parse(text).subject)).size,
      published: where.bus ? await lastRows(engine.bus) : undefined,
    }
  } finally {
    await engine.close()
  }
}

async function valuesOf(bus: MessageBus, topic: string): Promise<string[]> {
  const values: string[] = []
  for (let after: string | undefined; ; ) {
    const page = await bus.read({ topic, limit: 1_000, ...(after !== undefined && { after }) })
    for (const { value } of page) if (typeof value === 'string') values.push(value)
    if (page.length < 1_000) return values
    after = page.at(-1)?.cursor
  }
}

/** Of each read model's topic, the row that was published last of each member. */
async function lastRows(bus: MessageBus): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for (const { name } of projectors) {
    const last = new Map<string, string>()
    for (const value of await valuesOf(bus, rowsTopic(name))) {
      const { subject, data } = JSON.parse(value) as { subject: string; data: object }
      last.set(subject, JSON.stringify(data))
    }
    found[name] = [...last].sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other))).map(([, row]) => row)
  }
  return found
}

let embedded: Awaited<ReturnType<typeof shopOn>>
let postgres: PostgresServer
let standIn: StandIn
beforeAll(async () => {
  ;[postgres, standIn] = await Promise.all([startPostgres(), startStandIn()])
  embedded = await shopOn({})
}, 120_000)
afterAll(async () => {
  await Promise.all([postgres.remove(), standIn.stop()])
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
}, 60_000)

async function expectTheSame(where: Where): Promise<void> {
  const { published, ...found } = await shopOn(where)
  const { published: _, ...expected } = embedded
  expect(found).toEqual(expected)
  if (where.bus) expect(published).toEqual(found.rows)
}

test('the embedded engine has the whole shop', () => {
  expect(embedded).toMatchObject({ refused: 1, members: 40, stored: sent.size + 1, announced: 40 })
  for (const { name } of projectors) expect(embedded.rows[name]).toHaveLength(40)
})

test('read models that were made from another log are not gone on with', async () => {
  const shared = { readStore: postgres.url, postgres: { schema: 'one_for_two' } }
  const publish = (engine: Engine, memberId: string) => {
    const event = events.find(({ subject }) => subject === memberId)
    return engine.bus.publish(topics.events, [{ key: memberId, value: JSON.stringify(event) }])
  }
  const [one, other] = [...new Set(events.map(({ subject }) => subject))] as [string, string]
  const first = await openOn(shared)
  const second = await openOn(shared)
  try {
    await publish(first, one)
    await first.drain()
    // Its log is a file of its own, and empty.
    await publish(second, other)
    const changed = expect.objectContaining({ code: 'log-changed', next: expect.stringContaining('another schema') })
    await expect(second.drain()).rejects.toEqual(changed)
    await expect(second.run(new AbortController().signal, { only: ['points'] })).rejects.toEqual(changed)
    await expect(second.rebuild()).rejects.toEqual(changed)
  } finally {
    await first.close()
    await second.close()
  }
}, 120_000)

describe('without Kafka', () => {
  test('read models in PostgreSQL', () => expectTheSame({ readStore: postgres.url }), 120_000)
  test('the log in KurrentDB', () => expectTheSame({ eventStore: standIn.url }), 120_000)
  test(
    'the log in KurrentDB, read models in PostgreSQL',
    () => expectTheSame({ eventStore: standIn.url, readStore: postgres.url }),
    120_000,
  )
})

describeWithKafka('with Kafka', (kafka) => {
  test('only the bus on a server', () => expectTheSame({ bus: kafka.address() }), 120_000)
  test('read models in PostgreSQL', () => expectTheSame({ bus: kafka.address(), readStore: postgres.url }), 120_000)
  test('the log in KurrentDB', () => expectTheSame({ bus: kafka.address(), eventStore: standIn.url }), 120_000)
  test('everything on servers', () => expectTheSame({ bus: kafka.address(), eventStore: standIn.url, readStore: postgres.url }), 120_000)
})
