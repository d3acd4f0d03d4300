import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { CloudEvent } from '@perennial/contracts'
import type { EventStore } from '@perennial/event-store'
import { createReader, type Projector } from '@perennial/projector'
import { temporaryDirectory } from '../end-to-end/support/command-line.ts'
import { announced } from '../support/announcements.ts'
import { type TestEngine, withEngine } from '../support/engine.ts'

const start = Date.parse('2025-03-01T12:00:00Z')
const dayMs = 86_400_000

function purchase(memberId: string, order: number, more: Record<string, unknown> = {}): CloudEvent {
  return {
    specversion: '1.0',
    id: `${memberId}-${order}`,
    source: '/till',
    type: 'retail.purchase.v1',
    subject: memberId,
    time: new Date(start + order * 60_000).toISOString(),
    data: { orderId: `${memberId}-${order}`, currency: 'GBP', lines: [{ sku: 'tea', quantity: 1, amount: '600.00' }], ...more },
  } as CloudEvent
}

async function told(engine: TestEngine): Promise<string[]> {
  return (await announced(engine)).map(({ type, subject, data }) => `${type} ${subject} ${JSON.stringify(data)}`)
}

describe('edge cases: scale', () => {
  test('29. a list of members is read in pages, with no question asked per member', async () => {
    await withEngine({ now: start + dayMs }, async (engine) => {
      await engine.publish(Array.from({ length: 500 }, (_, index) => purchase(`m-${index}`, index)))
      await engine.drain()
      let streams = 0
      const eventStore: EventStore = new Proxy(engine.eventStore, {
        get(store, name, receiver) {
          if (name === 'readStream') streams++
          return Reflect.get(store, name, receiver)
        },
      })
      const reader = createReader({ ...engine, eventStore })
      const points = engine.projectors.find(({ name }) => name === 'points') as Projector
      const { rows } = await reader.page(points, { after: '', limit: 500 })
      let exported = 0
      for await (const _ of reader.all(points)) exported++
      expect({ rows: rows.length, exported, streams }).toEqual({ rows: 500, exported: 500, streams: 0 })
    })
  })

  test('29. a rebuild holds a few members at a time, however many events the log has', async () => {
    await withEngine({ now: start + dayMs }, async (engine) => {
      await engine.publish(Array.from({ length: 3_000 }, (_, index) => purchase(`m-${index}`, 1)))
      await engine.drain()
      let most = 0
      for await (const members of engine.eventStore.readHistories({ upTo: await engine.eventStore.head() }))
        most = Math.max(most, members.length)
      expect(most).toBeLessThanOrEqual(1_000)
    })
  })
})

describe('edge cases: replay', () => {
  test('30. a rebuild tells nobody anything again', async () => {
    await withEngine({ now: start + dayMs }, async (engine) => {
      await engine.publish([purchase('ann', 1), purchase('ann', 2)])
      await engine.drain()
      const before = await told(engine)
      expect(before.some((line) => line.startsWith('perennial.tier.changed.v1 ann'))).toBe(true)
      await engine.rebuild()
      await engine.drain()
      expect(await told(engine)).toEqual(before)
    })
  })

  test('31. that somebody was warned is not lost by a rebuild: they are not warned again', async () => {
    await withEngine({ now: start + dayMs }, async (engine) => {
      await engine.publish([purchase('ann', 1)])
      await engine.drain()
      engine.now = Date.parse('2026-03-10T00:00:00Z')
      await engine.drain()
      const warned = (await told(engine)).filter((line) => line.startsWith('perennial.points.expiring.v1'))
      expect(warned).toHaveLength(1)
      await engine.rebuild()
      engine.now += dayMs
      await engine.drain()
      expect((await told(engine)).filter((line) => line.startsWith('perennial.points.expiring.v1'))).toEqual(warned)
    })
  })

  test('32. what somebody typed into an event is in the log and on the bus, and in no copy beyond them', async () => {
    const dataDirectory = temporaryDirectory()
    await withEngine({ now: start + dayMs, dataDirectory }, async (engine) => {
      await engine.publish([purchase('ann', 1, { memo: 'a-memo-about-somebody' })])
      await engine.drain()
    })
    const files = readdirSync(dataDirectory, { withFileTypes: true }).filter((entry) => entry.isFile())
    const holding = files
      .map(({ name }) => name)
      .filter((file) => readFileSync(join(dataDirectory, file)).includes('a-memo-about-somebody'))
    expect(holding.map((file) => file.replace(/-wal$/, '')).sort()).toEqual(['bus.db', 'log.db'])
  })
})
