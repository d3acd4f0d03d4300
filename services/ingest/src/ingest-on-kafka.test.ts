import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { ingestGroup, topics as names, PerennialError } from '@perennial/contracts'
import { openSqliteDeadLetters } from '@perennial/dead-letters'
import { type EventStore, openSqliteEventStore } from '@perennial/event-store'
import { openKafkaMessageBus } from '@perennial/kafka'
import type { MessageBus, NewMessage } from '@perennial/message-bus'
import { createLogger, createMetrics } from '@perennial/runtime'
import { openSqliteWaitingRoom } from '@perennial/waiting-room'
import { describeWithKafka } from '../../../test/support/kafka.ts'
import { createIngest } from './ingest.ts'

const worker = fileURLToPath(new URL('./testing/ingest-worker.ts', import.meta.url))
const topics = [names.events, 'web-shop']
/** A session is 6 s; a takeover takes that and the time in which the group is shared out anew. */
const takeoverMaxMs = 10_000

describeWithKafka('several processes that run ingest', (kafka) => {
  let directory: string
  let prefix: string
  let bus: MessageBus
  let eventStore: EventStore
  let children: ChildProcess[]
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'perennial-ingest-'))
    prefix = `i${process.pid}-${Date.now()}-`
    bus = await openKafkaMessageBus(kafka.address(), { prefix })
    eventStore = openSqliteEventStore(join(directory, 'log.db'))
    children = []
  })
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    await Promise.all([bus.close(), eventStore.close()])
    rmSync(directory, { recursive: true, force: true })
  })

  function start(): ChildProcess {
    const options = JSON.stringify({ address: kafka.address(), prefix, directory, topics, deadLetterTopic: names.deadLetters })
    const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning']
    const child = spawn(process.execPath, [...flags, worker, options], { stdio: 'inherit' })
    children.push(child)
    return child
  }

  const end = async (child: ChildProcess, how: NodeJS.Signals) => {
    const exited = once(child, 'exit')
    const begun = Date.now()
    child.kill(how)
    return { outcome: await exited, ms: Date.now() - begun }
  }

  let sent = 0
  const members = Array.from({ length: 40 }, (_, n) => `m-${n}`)
  const event = (subject: string): NewMessage => {
    const id = `e-${++sent}`
    const data = { orderId: `order-${id}`, currency: 'GBP', lines: [{ sku: 'tea', quantity: 1, amount: '1.00' }] }
    const time = new Date(Date.parse('2025-06-01') + sent * 1_000).toISOString()
    const value = JSON.stringify({ specversion: '1.0', id, source: '/till/7', type: 'retail.purchase.v1', subject, time, data })
    return { key: subject, value }
  }

  /** One event of every member, on each topic in turn, and one message that is none. */
  const publish = async () => {
    await bus.publish(topics[(sent / members.length) % 2] as string, [
      ...members.map(event),
      { key: 'somebody', value: `not json ${sent}` },
    ])
    return members.length
  }
  const lag = async () => (await Promise.all(topics.map((topic) => bus.lag(topic, ingestGroup(topic))))).reduce((a, b) => a + b)
  const handled = async (maxMs: number) => {
    for (const until = Date.now() + maxMs; Date.now() < until; await sleep(50)) if ((await lag()) === 0) return true
    return false
  }

  test('lose nothing and store nothing twice, whoever comes, goes or dies; what a dead one left is taken over', async () => {
    let [expected, batches] = [0, 0]
    let publishing = true
    const stream = (async () => {
      for (; publishing; batches++) {
        expected += await publish()
        await sleep(20)
      }
    })()
    const first = start()
    await sleep(2_000)
    const second = start()
    await sleep(3_000)
    expect((await end(first, 'SIGKILL')).outcome).toEqual([null, 'SIGKILL'])
    const killed = Date.now()
    publishing = false
    await stream
    expect(await handled(takeoverMaxMs)).toBe(true)
    expect(Date.now() - killed).toBeLessThan(takeoverMaxMs)

    publishing = true
    const more = (async () => {
      for (; publishing; batches++) {
        expected += await publish()
        await sleep(20)
      }
    })()
    const third = start()
    await sleep(3_000)
    const stopped = await end(second, 'SIGTERM')
    expect(stopped.outcome).toEqual([0, null])
    expect(stopped.ms).toBeLessThan(5_000)
    publishing = false
    await more
    // It said that it leaves: nobody waits until its session is over.
    expect(await handled(4_000)).toBe(true)
    expect((await end(third, 'SIGTERM')).outcome).toEqual([0, null])

    const stored = (await eventStore.readAll({ after: 0, limit: 1_000_000 })).filter(({ type }) => type === 'PurchaseRecorded')
    expect(stored).toHaveLength(expected)
    expect(new Set(stored.map(({ id }) => id)).size).toBe(expected)
    expect(expected).toBeGreaterThan(2_000)
    const letters = await bus.read({ topic: names.deadLetters, limit: 10_000 })
    expect(new Set(letters.map(({ headers }) => headers.id)).size).toBe(batches)
  })

  test('a store that is away for longer than a session costs no process its place in the group', async () => {
    const heard: unknown[] = []
    const own = await openKafkaMessageBus(kafka.address(), { prefix, log: (...said) => void heard.push(said) })
    const expected = (await publish()) + (await publish())
    let away = true
    const failing: EventStore = {
      ...eventStore,
      append: (events) =>
        away ? Promise.reject(new PerennialError('store-unavailable', { where: 'KurrentDB' })) : eventStore.append(events),
    }
    const stop = new AbortController()
    const running = createIngest({
      bus: own,
      eventStore: failing,
      deadLetters: openSqliteDeadLetters(':memory:'),
      waitingRoom: openSqliteWaitingRoom(':memory:'),
      clock: Date.now,
      metrics: createMetrics(),
      logger: createLogger('silent'),
      topics,
    }).run(stop.signal)
    await sleep(9_000)
    const before = await lag()
    away = false
    expect(before).toBe(expected + 2)
    expect(await handled(4_000)).toBe(true)
    stop.abort()
    await running
    await own.close()
    expect((await eventStore.counts()).events - 1).toBe(expected)
    expect(heard).toEqual([])
  })
})
