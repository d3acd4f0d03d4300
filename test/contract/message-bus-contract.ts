import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { partitionOf, rowsTopic } from '@perennial/contracts'
import { type BrowsedMessage, beginning, type Message, type MessageBus } from '@perennial/message-bus'
import type { Adapter, Place } from './place.ts'

const publisher = fileURLToPath(new URL('./message-bus-publisher.ts', import.meta.url))
const dyingConsumer = fileURLToPath(new URL('./message-bus-dying-consumer.ts', import.meta.url))
const topic = 'retail-events'

const values = (messages: readonly Message[]) => messages.map(({ value }) => value)
const numbered = (count: number, key: (n: number) => string | null = (n) => `m${n % 7}`) =>
  Array.from({ length: count }, (_, n) => ({ key: key(n), value: String(n) }))

/** Consumes until the end of the topic is reached. */
async function consumeAll(bus: MessageBus, group: string, handle: (batch: readonly Message[]) => void | Promise<void>, batchMax = 10) {
  const done = new AbortController()
  await bus.consume({ topic, group, batchMax, signal: done.signal, handle: async (batch) => handle(batch), onIdle: () => done.abort() })
}

/** Browses to the end of the topic, a few messages at a time. */
async function browseAll(bus: MessageBus, limit: number, after?: string): Promise<BrowsedMessage[]> {
  const all: BrowsedMessage[] = []
  for (let cursor = after; ; cursor = all.at(-1)?.cursor) {
    const page = await bus.read({ topic, limit, ...(cursor !== undefined && { after: cursor }) })
    expect(page.length).toBeLessThanOrEqual(limit)
    all.push(...page)
    if (page.length < limit) return all
  }
}

/** Values of each key in order; between keys there is none. */
const byKey = (messages: readonly Message[]) =>
  Object.fromEntries([...Map.groupBy(messages, ({ key }) => key ?? '')].map(([key, ofKey]) => [key, values(ofKey)]).sort())

export interface BusAdapter extends Adapter<MessageBus> {
  /** It can tell that a message's id is in the topic already. */
  knowsIds: boolean
}

/** What every message bus promises. An adapter's spec only says how to open one. */
export function messageBusContract({ name, makePlace, shared, knowsIds }: BusAdapter): void {
  describe(`message bus: ${name}`, () => {
    let place: Place<MessageBus>
    let bus: MessageBus

    beforeEach(async () => {
      place = await makePlace()
      bus = await place.open()
    })
    afterEach(() => place.remove())

    describe('a message', () => {
      test('arrives as it was sent', async () => {
        const headers = { origin: 'till 7', 'content-type': 'application/json', empty: '' }
        await bus.publish(topic, [
          { key: 'çağla', value: '{"a":"Żółć 🫖 \\u0000"}', headers },
          { key: null, value: '' },
        ])
        const messages = await bus.read({ topic, limit: 10 })
        const [first, second] = [messages.find(({ key }) => key !== null), messages.find(({ key }) => key === null)]
        expect(first).toMatchObject({ key: 'çağla', value: '{"a":"Żółć 🫖 \\u0000"}', headers, partition: partitionOf('çağla') })
        expect(second).toMatchObject({ key: null, value: '', headers: {}, partition: 0 })
      })

      test('of bytes that are no UTF-8 arrives unchanged', async () => {
        const bytes = Uint8Array.from({ length: 256 }, (_, n) => 255 - n)
        await bus.publish(topic, [{ key: 'ann', value: bytes }])
        const received: unknown[] = []
        await consumeAll(bus, 'ingest', (batch) => void received.push(...values(batch)))
        expect(received).toHaveLength(1)
        expect(Buffer.compare(Buffer.from(received[0] as Uint8Array), Buffer.from(bytes))).toBe(0)
      })

      test('of a million characters arrives whole', async () => {
        const value = 'x'.repeat(1_000_000)
        await bus.publish(topic, [{ key: 'ann', value }])
        expect(values(await bus.read({ topic, limit: 1 }))).toEqual([value])
      })

      test('keeps a byte order mark', async () => {
        await bus.publish(topic, [{ key: 'ann', value: '\uFEFF{}' }])
        expect(values(await bus.read({ topic, limit: 1 }))).toEqual(['\uFEFF{}'])
      })

      test(`whose id is in the topic already is ${knowsIds ? 'not published again' : 'published again: this bus cannot tell'}`, async () => {
        await bus.publish(topic, [{ key: 'ann', value: 'first', id: 'a-1' }])
        await bus.publish(topic, [
          { key: 'ann', value: 'again', id: 'a-1' },
          { key: 'ann', value: 'second', id: 'a-2' },
          { key: 'ann', value: 'again', id: 'a-2' },
          { key: 'ann', value: 'without an id' },
          { key: 'ann', value: 'without an id' },
        ])
        const all = ['first', 'again', 'second', 'again', 'without an id', 'without an id']
        expect(values(await bus.read({ topic, limit: 10 }))).toEqual(knowsIds ? all.filter((value) => value !== 'again') : all)
      })

      test('may have the same id in another topic', async () => {
        await bus.publish(topic, [{ key: 'ann', value: 'here', id: '1' }])
        await bus.publish('perennial-announcements', [{ key: 'ann', value: 'there', id: '1' }])
        expect(values(await bus.read({ topic: 'perennial-announcements', limit: 10 }))).toEqual(['there'])
      })
    })

    describe('publishing', () => {
      test('nothing is no message', async () => {
        await bus.publish(topic, [])
        expect(await bus.read({ topic, limit: 10 })).toEqual([])
      })

      test('more than a batch may hold keeps the order of a key', async () => {
        const value = 'x'.repeat(1_000)
        const many = Array.from({ length: 5_000 }, (_, n) => ({ key: n % 3 === 0 ? 'bob' : 'ann', value: `${n} ${value}` }))
        await bus.publish(topic, many)
        const seen: Message[] = []
        await consumeAll(bus, 'ingest', (batch) => void seen.push(...batch), 5_000)
        expect(byKey(seen)).toEqual(byKey(many as unknown as Message[]))
      })

      test('of several at once keeps the order of each', async () => {
        const publishers = Array.from({ length: 8 }, async (_, publisher) => {
          for (let n = 0; n < 5; n++) await bus.publish(topic, [{ key: `m${publisher}`, value: String(n) }])
        })
        await Promise.all(publishers)
        const told = byKey(await browseAll(bus, 100))
        expect(told).toEqual(Object.fromEntries(Array.from({ length: 8 }, (_, publisher) => [`m${publisher}`, ['0', '1', '2', '3', '4']])))
      })

      test('refuses a message without a value, and those beside it', async () => {
        await expect(
          bus.publish(topic, [
            { key: 'ann', value: 'good' },
            { key: 'ann', value: undefined as never },
          ]),
        ).rejects.toThrow()
        expect(await bus.read({ topic, limit: 10 })).toEqual([])
        await bus.publish(topic, [{ key: 'ann', value: 'next' }])
        expect(values(await bus.read({ topic, limit: 10 }))).toEqual(['next'])
      })
    })

    describe('a compacted topic', () => {
      const rows = rowsTopic('tier')

      test('says what stands under a key now, and that there is nothing any longer', async () => {
        await bus.publish(rows, [
          { key: 'ann', value: 'member' },
          { key: 'bob', value: 'member' },
          { key: 'çağla', value: 'gold' },
        ])
        await bus.publish(rows, [
          { key: 'ann', value: 'silver' },
          { key: 'bob', value: null, headers: { origin: 'merge' } },
        ])
        const last = new Map((await bus.read({ topic: rows, limit: 10 })).map((message) => [message.key, message]))
        expect([...last].map(([key, { value }]) => [key, value]).sort()).toEqual([
          ['ann', 'silver'],
          ['bob', null],
          ['çağla', 'gold'],
        ])
        expect(last.get('bob')?.headers).toEqual({ origin: 'merge' })
        const handled = new Map<string | null, unknown>()
        const done = new AbortController()
        await bus.consume({
          topic: rows,
          group: 'marketing',
          batchMax: 10,
          signal: done.signal,
          handle: async (batch) => {
            for (const { key, value } of batch) handled.set(key, value)
          },
          onIdle: () => done.abort(),
        })
        expect(handled.get('bob')).toBeNull()
      })

      test('can say again what there was not', async () => {
        for (const value of ['member', null, 'silver']) await bus.publish(rows, [{ key: 'ann', value }])
        expect((await bus.read({ topic: rows, limit: 10 })).at(-1)).toMatchObject({ key: 'ann', value: 'silver' })
      })

      test('takes nothing without a key, nor what stands beside it', async () => {
        const publishing = bus.publish(rows, [
          { key: 'ann', value: 'gold' },
          { key: null, value: 'gold' },
        ])
        await expect(publishing).rejects.toThrow('needs a key')
        expect(await bus.read({ topic: rows, limit: 10 })).toEqual([])
      })

      test('other topics take no message that says there is nothing', async () => {
        const publishing = bus.publish(topic, [
          { key: 'ann', value: 'good' },
          { key: 'ann', value: null },
        ])
        await expect(publishing).rejects.toThrow('needs a value')
        expect(await bus.read({ topic, limit: 10 })).toEqual([])
      })
    })

    describe('a consumer', () => {
      test('sees the messages of a key in order, in batches that are not larger than asked for', async () => {
        await bus.publish(topic, numbered(95))
        const seen: Message[] = []
        await consumeAll(bus, 'ingest', (batch) => {
          expect(batch.length).toBeLessThanOrEqual(10)
          seen.push(...batch)
        })
        expect(seen).toHaveLength(95)
        for (const [key, ofKey] of Map.groupBy(seen, (message) => message.key)) {
          const order = values(ofKey).map(Number)
          expect(order).toEqual(order.toSorted((a, b) => a - b))
          expect(new Set(ofKey.map(({ partition }) => partition))).toEqual(new Set([partitionOf(key ?? '')]))
        }
      })

      test('goes on where its group stopped, and another group begins at the beginning', async () => {
        await bus.publish(topic, numbered(5))
        const first: unknown[] = []
        await consumeAll(bus, 'ingest', (batch) => void first.push(...values(batch)))
        await bus.publish(topic, [{ key: 'ann', value: 'new' }])
        const second: unknown[] = []
        await consumeAll(bus, 'ingest', (batch) => void second.push(...values(batch)))
        const other: unknown[] = []
        await consumeAll(bus, 'audit', (batch) => void other.push(...values(batch)))
        expect([first.length, second, other.length]).toEqual([5, ['new'], 6])
      })

      test('is told a batch again that it failed on, and everything behind it', async () => {
        await bus.publish(
          topic,
          numbered(25, () => 'ann'),
        )
        const handled: string[] = []
        const failing = consumeAll(bus, 'ingest', (batch) => {
          if (handled.length === 10) throw new Error('disk full')
          handled.push(...(values(batch) as string[]))
        })
        await expect(failing).rejects.toThrow('disk full')
        expect(await bus.lag(topic, 'ingest')).toBe(15)
        await consumeAll(bus, 'ingest', (batch) => void handled.push(...(values(batch) as string[])))
        expect(handled).toEqual(numbered(25).map(({ value }) => value))
      })

      test('that is told to stop finishes the batch that it has begun', async () => {
        await bus.publish(topic, numbered(30))
        const stop = new AbortController()
        let handled = 0
        await bus.consume({
          topic,
          group: 'ingest',
          batchMax: 10,
          signal: stop.signal,
          async handle(batch) {
            stop.abort()
            await new Promise((resolve) => setTimeout(resolve, 5))
            handled += batch.length
          },
        })
        expect(handled).toBe(10)
        expect(await bus.lag(topic, 'ingest')).toBe(20)
      })

      test('is handed one batch after the other, however slow it is', async () => {
        await bus.publish(topic, numbered(60))
        let [working, most] = [0, 0]
        const sizes: number[] = []
        await consumeAll(bus, 'ingest', async (batch) => {
          most = Math.max(most, ++working)
          await new Promise((resolve) => setTimeout(resolve, 10))
          sizes.push(batch.length)
          working--
        })
        expect(most).toBe(1)
        // Few large batches, though the messages are of many partitions.
        expect(sizes).toEqual([10, 10, 10, 10, 10, 10])
      })

      test('is told of the end again and again while nothing comes, and never during a batch', async () => {
        await bus.publish(topic, numbered(3))
        const stop = new AbortController()
        let [handling, ends] = [false, 0]
        await bus.consume({
          topic,
          group: 'ingest',
          batchMax: 10,
          signal: stop.signal,
          async handle() {
            handling = true
            await new Promise((resolve) => setTimeout(resolve, 300))
            handling = false
          },
          async onIdle() {
            expect(handling).toBe(false)
            expect(await bus.lag(topic, 'ingest')).toBe(0)
            if (++ends === 3) stop.abort()
          },
        })
        expect(ends).toBe(3)
      })

      test('that is told to stop finishes what is done at the end', async () => {
        const stop = new AbortController()
        let done = false
        await bus.consume({
          topic,
          group: 'ingest',
          batchMax: 10,
          signal: stop.signal,
          handle: async () => {},
          async onIdle() {
            stop.abort()
            await new Promise((resolve) => setTimeout(resolve, 300))
            done = true
          },
        })
        expect(done).toBe(true)
      })

      test('stops with the error of what is done at the end', async () => {
        const failing = bus.consume({
          topic,
          group: 'ingest',
          batchMax: 10,
          signal: new AbortController().signal,
          handle: async () => {},
          onIdle() {
            throw new Error('disk full')
          },
        })
        await expect(failing).rejects.toThrow('disk full')
      })

      test('that is told to stop before it begins does not', async () => {
        await bus.publish(topic, numbered(3))
        const handle = async () => {
          throw new Error('it began')
        }
        await bus.consume({ topic, group: 'ingest', batchMax: 10, signal: AbortSignal.abort(), handle })
        expect(await bus.lag(topic, 'ingest')).toBe(3)
      })

      test('that waits is woken by a message', async () => {
        const stop = new AbortController()
        const received: unknown[] = []
        const consuming = bus.consume({
          topic,
          group: 'ingest',
          batchMax: 10,
          signal: stop.signal,
          async handle(batch) {
            received.push(...values(batch))
            stop.abort()
          },
        })
        await new Promise((resolve) => setTimeout(resolve, 20))
        await bus.publish(topic, [{ key: 'ann', value: 'hello' }])
        await consuming
        expect(received).toEqual(['hello'])
      })

      test('of a topic nobody published to finds its end', async () => {
        await consumeAll(bus, 'ingest', () => {
          throw new Error('there is nothing')
        })
        expect(await bus.lag(topic, 'ingest')).toBe(0)
      })
    })

    test('lag counts what a group has not acknowledged', async () => {
      await bus.publish(topic, numbered(12))
      expect(await bus.lag(topic, 'ingest')).toBe(12)
      await consumeAll(bus, 'ingest', () => {})
      expect([await bus.lag(topic, 'ingest'), await bus.lag(topic, 'audit')]).toEqual([0, 12])
    })

    describe('a reader without a group', () => {
      test('visits every message once, those of a key in order, and moves no group', async () => {
        await bus.publish(topic, numbered(40))
        const all = await browseAll(bus, 1_000)
        expect(byKey(all)).toEqual(byKey(numbered(40) as unknown as Message[]))
        expect(byKey(await browseAll(bus, 3))).toEqual(byKey(all))
        expect(await bus.lag(topic, 'ingest')).toBe(40)
      })

      test('goes on after any message that it has seen', async () => {
        await bus.publish(topic, numbered(20))
        const all = await browseAll(bus, 1_000)
        for (const [index, { cursor }] of all.entries()) {
          const rest = await browseAll(bus, 1_000, cursor)
          expect(values(rest).sort()).toEqual(values(all.slice(index + 1)).sort())
        }
      })

      test('finds what was published since', async () => {
        expect(await bus.read({ topic, after: beginning, limit: 10 })).toEqual([])
        await bus.publish(topic, numbered(7))
        const last = (await browseAll(bus, 10)).at(-1) as BrowsedMessage
        expect(await bus.read({ topic, after: last.cursor, limit: 10 })).toEqual([])
        await bus.publish(topic, [{ key: 'ann', value: 'new' }])
        expect(values(await bus.read({ topic, after: last.cursor, limit: 10 }))).toEqual(['new'])
      })

      test('begins at the beginning with the cursor of every bus', async () => {
        await bus.publish(topic, numbered(7))
        expect(await bus.read({ topic, after: beginning, limit: 10 })).toHaveLength(7)
      })

      test('is refused with a cursor that is none', async () => {
        for (const after of ['', 'tomorrow', '-1', '1,2']) {
          await expect(bus.read({ topic, after, limit: 10 })).rejects.toMatchObject({ code: 'invalid-request' })
        }
      })
    })

    if (!shared) return
    describe('between connections and processes', () => {
      test('what was published is there when the bus is opened again, for a group where it stopped', async () => {
        await bus.publish(
          topic,
          numbered(20, () => 'ann'),
        )
        let seen = 0
        await expect(
          consumeAll(bus, 'ingest', (batch) => {
            if (seen === 10) throw new Error('power cut')
            seen += batch.length
          }),
        ).rejects.toThrow('power cut')
        await bus.close()
        const again = await place.open()
        const rest: unknown[] = []
        await consumeAll(again, 'ingest', (batch) => void rest.push(...values(batch)))
        expect(rest).toEqual(
          numbered(20)
            .slice(10)
            .map(({ value }) => value),
        )
      })

      test('what a consumer handled comes again when it dies before it is acknowledged', async () => {
        await bus.publish(
          topic,
          numbered(25, () => 'ann'),
        )
        const arguments_ = JSON.stringify({ opening: place.elsewhere, topic, group: 'ingest', batchMax: 10, diesInBatch: 2 })
        const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', dyingConsumer, arguments_], { stdio: 'inherit' })
        expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
        const handled: unknown[] = []
        await consumeAll(bus, 'ingest', (batch) => void handled.push(...values(batch)))
        expect(handled).toEqual(
          numbered(25)
            .slice(10)
            .map(({ value }) => value),
        )
      })

      test('a consumer sees what another process publishes, all of it, the messages of a key in order', async () => {
        const perPublisher = 400
        const children = [1, 2].map((name) =>
          spawn(
            process.execPath,
            [
              '--disable-warning=ExperimentalWarning',
              publisher,
              JSON.stringify({ opening: place.elsewhere, name, topic, count: perPublisher }),
            ],
            { stdio: 'inherit' },
          ),
        )
        const exits = Promise.all(children.map((child) => once(child, 'exit')))
        const stop = new AbortController()
        const seen: Message[] = []
        const consuming = bus.consume({
          topic,
          group: 'ingest',
          batchMax: 50,
          signal: stop.signal,
          async handle(batch) {
            seen.push(...batch)
            if (seen.length >= perPublisher * 2) stop.abort()
          },
        })
        await consuming
        expect(await exits).toEqual([
          [0, null],
          [0, null],
        ])
        expect(seen).toHaveLength(perPublisher * 2)
        for (const ofPartition of Map.groupBy(seen, ({ partition }) => partition).values()) {
          const offsets = ofPartition.map(({ offset }) => offset)
          expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
        }
        for (const ofKey of Map.groupBy(seen, ({ key }) => key).values()) {
          const order = values(ofKey).map(Number)
          expect(order).toEqual(order.toSorted((a, b) => a - b))
        }
      })
    })
  })
}
