import { expect, test } from '@jest/globals'
import { rowsTopic, topics } from '@perennial/contracts'
import { openSqliteEventStore } from '@perennial/event-store'
import { openKafkaMessageBus } from '@perennial/kafka'
import type { BrowsedMessage } from '@perennial/message-bus'
import { createReader, openLiveProjection, type Projector } from '@perennial/projector'
import { projectors } from '@perennial/projectors'
import { openSqliteReadStore } from '@perennial/read-store'
import { createLogger, createMetrics } from '@perennial/runtime'
import { bought } from '../../../packages/projector/src/testing/log.ts'
import { describeWithKafka } from '../../../test/support/kafka.ts'
import { createRelay } from './relay.ts'

const clock = () => Date.parse('2025-06-30T12:00:00Z')
const tier = projectors.find(({ name }) => name === 'tier') as Projector

describeWithKafka('the relay', (kafka) => {
  test('who reads the rows from their beginning and keeps the last of every member has the read model', async () => {
    const bus = await openKafkaMessageBus(kafka.address(), { prefix: `r${process.pid}-` })
    const eventStore = openSqliteEventStore(':memory:')
    const readStore = openSqliteReadStore(':memory:', { trackRows: true })
    const readStores = new Map([['tier', readStore]])
    const stop = new AbortController()
    const rows = { projectors, eventStore, clock }
    const relay = createRelay({ bus, readStores, metrics: createMetrics(), logger: createLogger('silent'), rows })
    const running = relay.run(stop.signal)
    const projection = await openLiveProjection({ projector: tier, eventStore, readStore, clock })
    for (let order = 1; order <= 3; order++) {
      const members = Array.from({ length: 1_500 / order }, (_, n) => `m-${n}`)
      await eventStore.append(members.map((memberId) => bought(memberId, `2025-06-0${order}`, `o${order}`, 100)))
      while (await projection.step());
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await (await readStore.live(tier)).commit({ members: [], remove: ['m-7'] })
    while ((await readStore.rowsLag()) + (await readStore.outboxLag()) > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    stop.abort()
    await running

    const readAll = async (topic: string) => {
      const all: BrowsedMessage[] = []
      for (let page = await bus.read({ topic, limit: 1_000 }); page.length > 0; ) {
        all.push(...page)
        page = await bus.read({ topic, limit: 1_000, after: page.at(-1)?.cursor ?? '' })
      }
      return all
    }
    const kept = new Map<string | null, unknown>()
    for (const { key, value } of await readAll(rowsTopic('tier'))) {
      if (value === null) kept.delete(key)
      else kept.set(key, JSON.parse(String(value)).data)
    }
    const reader = createReader({ projectors, eventStore, readStores, clock })
    const expected = new Map<string, unknown>()
    for await (const row of reader.all(tier)) expected.set(row.memberId, row)
    expect(expected.size).toBe(1_499)
    expect(Object.fromEntries(kept)).toEqual(Object.fromEntries(expected))
    const announced = await readAll(topics.announcements)
    expect(announced.every(({ headers }) => headers['content-type'] === 'application/cloudevents+json; charset=UTF-8')).toBe(true)
    expect(announced.length).toBeGreaterThan(1_499)
    await Promise.all([bus.close(), eventStore.close(), readStore.close()])
  })
})
