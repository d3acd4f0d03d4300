import { promisify } from 'node:util'
import { zstdCompress } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { partitionOf, rowsTopic, topics } from '@perennial/contracts'
import { type KafkaMessageBusOptions, openKafkaMessageBus } from '@perennial/kafka'
import type { Message, MessageBus } from '@perennial/message-bus'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { describeWithKafka, type RealKafka } from '../support/kafka.ts'
import { type BusAdapter, messageBusContract } from './message-bus-contract.ts'
import type { Place } from './place.ts'

/** Sessions as short as brokers allow, so that the consumer that dies is not waited for longer than need be. */
const options: KafkaMessageBusOptions = { sessionMs: 6_000, fetchWaitMs: 50 }
const topic = 'retail-events'
const values = (messages: readonly Message[]) => messages.map(({ value }) => value)

let places = 0

interface KafkaPlace extends Place<MessageBus> {
  open(more?: KafkaMessageBusOptions): Promise<MessageBus>
  prefix: string
  /** As the brokers know the topic. */
  topic: string
  client: Kafka
  admin: Admin
}

/** Topics and groups of its own on the broker. */
async function makePlace(kafka: RealKafka): Promise<KafkaPlace> {
  const prefix = `t${process.pid}-${++places}-`
  const address = kafka.address()
  const client = new kafkajs.Kafka({ brokers: address.slice('kafka://'.length).split(','), logLevel: kafkajs.logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  const opened: MessageBus[] = []
  return {
    prefix,
    topic: prefix + topic,
    client,
    admin,
    async open(more) {
      const bus = await openKafkaMessageBus(address, { ...options, ...more, prefix })
      opened.push(bus)
      return bus
    },
    async remove() {
      for (const bus of opened) await bus.close()
      const own = (await admin.listTopics()).filter((name) => name.startsWith(prefix))
      if (own.length > 0) await admin.deleteTopics({ topics: own })
      await admin.disconnect()
    },
    elsewhere: { module: '@perennial/kafka', name: 'openKafkaMessageBus', args: [address, { ...options, prefix }] },
  }
}

describeWithKafka('the bus', (kafka) => {
  const adapter: BusAdapter = { name: 'Kafka', makePlace: () => makePlace(kafka), shared: true, knowsIds: false }
  messageBusContract(adapter)
  describe('beyond that', () => kafkaAlone(kafka))
})

function kafkaAlone(kafka: RealKafka): void {
  let place: KafkaPlace
  beforeEach(async () => {
    place = await makePlace(kafka)
  })
  afterEach(() => place.remove())

  describe('a topic', () => {
    const partitions = async () => (await place.admin.fetchTopicMetadata({ topics: [place.topic] })).topics[0]?.partitions.length

    test('has 64 partitions when it is new, and keys are where Kafka itself puts them', async () => {
      const bus = await place.open()
      const keys = ['ann', 'çağla', 'm-1', '', '日本', '🫖']
      await bus.publish(
        topic,
        keys.map((key) => ({ key, value: key })),
      )
      expect(await partitions()).toBe(64)
      const found = Object.fromEntries((await bus.read({ topic, limit: 10 })).map(({ key, partition }) => [key, partition]))
      expect(found).toEqual(Object.fromEntries(keys.map((key) => [key, partitionOf(key)])))
    })

    test('has as many as were asked for', async () => {
      const bus = await place.open({ newTopics: { partitions: 3 } })
      await bus.publish(topic, [{ key: 'ann', value: '1' }])
      expect(await partitions()).toBe(3)
    })

    const settingsOf = async (name: string) => {
      const { ConfigResourceTypes } = kafkajs
      const { resources } = await place.admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: place.prefix + name }],
      })
      return Object.fromEntries(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]) ?? [])
    }

    test('of rows keeps the last message of every key for ever, others keep all for a time', async () => {
      const bus = await place.open()
      await bus.publish(rowsTopic('tier'), [{ key: 'ann', value: 'gold' }])
      await bus.publish(topics.announcements, [{ key: 'ann', value: '1' }])
      expect(await settingsOf(rowsTopic('tier'))).toMatchObject({ 'cleanup.policy': 'compact', 'delete.retention.ms': '604800000' })
      expect(await settingsOf(topics.announcements)).toMatchObject({ 'cleanup.policy': 'delete' })
    })

    test('of dead letters takes the largest message of the others, with the reason beside it', async () => {
      const bus = await place.open()
      const largest = 'x'.repeat(2 * 1_024 * 1_024 - 200)
      await bus.publish(topic, [{ key: 'ann', value: largest }])
      const letter = { key: 'ann', value: largest, headers: { message: 'y'.repeat(10_000) } }
      await expect(bus.publish(topic, [letter])).rejects.toMatchObject({ code: 'store-refused' })
      await bus.publish(topics.deadLetters, [letter])
      expect(await bus.read({ topic: topics.deadLetters, limit: 1 })).toMatchObject([{ headers: letter.headers }])
    })

    test('of others may have a name that is not one of ours', async () => {
      const bus = await place.open()
      await bus.publish('Shop.web_orders', [{ key: 'ann', value: '1' }])
      expect(values(await bus.read({ topic: 'Shop.web_orders', limit: 10 }))).toEqual(['1'])
    })

    test('has its lag told also where several are asked about at once', async () => {
      const names = ['one', 'two', 'three', 'four']
      const bus = await place.open()
      for (const name of names) await bus.publish(name, [{ key: 'ann', value: '1' }])
      const other = await place.open()
      for (let again = 0; again < 5; again++) {
        expect(await Promise.all(names.map((name) => other.lag(name, 'ingest')))).toEqual([1, 1, 1, 1])
      }
    })

    test('that is there already stays as it is, and is used as it is', async () => {
      // To wait for leaders fails where the broker has not heard of the topic yet.
      await place.admin.createTopics({ topics: [{ topic: place.topic, numPartitions: 2 }], waitForLeaders: false })
      const bus = await place.open()
      await bus.publish(
        topic,
        Array.from({ length: 20 }, (_, n) => ({ key: `m${n}`, value: String(n) })),
      )
      expect(await partitions()).toBe(2)
      const read = await bus.read({ topic, limit: 100 })
      expect(new Set(read.map(({ partition }) => partition))).toEqual(new Set([0, 1]))
      expect(read).toHaveLength(20)
    })
  })

  describe('two consumers of a group', () => {
    test('share the partitions while they work; nobody loses or mixes up a message when one comes and one goes', async () => {
      const [first, second] = [await place.open(), await place.open()]
      const perKey = 60
      const keys = Array.from({ length: 20 }, (_, n) => `m${n}`)
      const seen: { by: string; messages: readonly Message[] }[] = []
      const consumer = (by: string, bus: MessageBus, stop: AbortSignal) =>
        bus.consume({
          topic,
          group: 'ingest',
          batchMax: 15,
          signal: stop,
          async handle(messages) {
            await new Promise((resolve) => setTimeout(resolve, 5))
            seen.push({ by, messages })
          },
        })
      const handled = () => seen.reduce((sum, { messages }) => sum + messages.length, 0)
      const stops = [new AbortController(), new AbortController()] as const
      const publishing = (async () => {
        for (let n = 0; n < perKey; n++) {
          await first.publish(
            topic,
            keys.map((key) => ({ key, value: String(n) })),
          )
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      })()
      const consumers = [consumer('first', first, stops[0].signal)]
      await until(() => handled() > 100)
      consumers.push(consumer('second', second, stops[1].signal))
      await until(() => seen.some(({ by }) => by === 'second'))
      const both = seen.length
      await until(() => seen.slice(both).some(({ by }) => by === 'first'))
      stops[0].abort()
      await consumers[0]
      await publishing
      await until(async () => (await second.lag(topic, 'ingest')) === 0)
      stops[1].abort()
      await Promise.all(consumers)

      const expected = Array.from({ length: perKey }, (_, n) => String(n))
      const byKey = Map.groupBy(
        seen.flatMap(({ messages }) => messages),
        ({ key }) => key,
      )
      // Delivery is at least once: what comes again does not count as out of order.
      for (const key of keys) expect([...new Set(values(byKey.get(key) ?? []))]).toEqual(expected)
    })
  })

  describe('what others publish', () => {
    test('compressed is read, whatever they compress with', async () => {
      const bus = await place.open()
      await bus.lag(topic, 'ingest')
      await publishCompressed(place)
      expect(values(await bus.read({ topic, limit: 10 }))).toEqual(['squeezed'])
    })

    test('so that it cannot be read ends the consumer with an error, not in silence', async () => {
      const bus = await place.open({ newTopics: { config: { 'compression.type': 'producer' } } })
      await bus.lag(topic, 'ingest')
      await publishCompressed(place)
      const consuming = bus.consume({ topic, group: 'ingest', batchMax: 10, signal: new AbortController().signal, handle: async () => {} })
      await expect(consuming).rejects.toMatchObject({ code: 'store-refused', where: 'Kafka' })
    })

    test('in transactions is read when they are committed, and their marks are no messages', async () => {
      const bus = await place.open()
      await bus.lag(topic, 'ingest')
      await publishInTransactions(place)
      const stop = new AbortController()
      const handled: unknown[] = []
      await bus.consume({
        topic,
        group: 'ingest',
        batchMax: 10,
        signal: stop.signal,
        handle: async (messages) => void handled.push(...values(messages)),
        onIdle: () => stop.abort(),
      })
      expect(handled).toEqual(['committed'])
      expect(await bus.lag(topic, 'ingest')).toBe(0)
    })

    test('without a value is read as such; an event in binary mode needs none', async () => {
      const bus = await place.open()
      await bus.lag(topic, 'ingest')
      const producer = place.client.producer()
      await producer.connect()
      const headers = { ce_specversion: '1.0', ce_id: 'a-1', ce_type: 'retail.member.enrolled.v1' }
      await producer.send({
        topic: place.topic,
        messages: [
          { key: 'ann', value: null },
          { key: 'ann', value: null, headers },
        ],
      })
      await producer.disconnect()
      const [nothing, event] = values(await bus.read({ topic, limit: 10 }))
      expect(nothing).toBeNull()
      expect(JSON.parse(String(event))).toEqual({ specversion: '1.0', id: 'a-1', type: 'retail.member.enrolled.v1' })
    })

    test('as a CloudEvent in binary mode is read as the whole event', async () => {
      const bus = await place.open()
      const headers = { ce_specversion: '1.0', ce_id: 'a-1', ce_type: 'retail.purchase.v1', 'content-type': 'application/json' }
      await bus.publish(topic, [{ key: 'ann', value: '{"orderId":"o-1"}', headers }])
      const [message] = await bus.read({ topic, limit: 1 })
      expect(JSON.parse(String(message?.value))).toEqual({
        specversion: '1.0',
        id: 'a-1',
        type: 'retail.purchase.v1',
        datacontenttype: 'application/json',
        data: { orderId: 'o-1' },
      })
      expect(message?.headers).toEqual(headers)
    })
  })

  test('a message that is too large for the brokers is refused, and the next one is not', async () => {
    const bus = await place.open()
    await expect(bus.publish(topic, [{ key: 'ann', value: 'x'.repeat(3_000_000) }])).rejects.toMatchObject({ code: 'store-refused' })
    await bus.publish(topic, [{ key: 'ann', value: 'next' }])
    expect(values(await bus.read({ topic, limit: 10 }))).toEqual(['next'])
  })

  test('a cursor whose messages are gone goes on with those that are left', async () => {
    const bus = await place.open()
    const publish = (...values: string[]) =>
      bus.publish(
        topic,
        values.map((value) => ({ key: 'ann', value })),
      )
    await publish('1', '2', '3', '4')
    const [first] = await bus.read({ topic, limit: 1 })
    await place.admin.fetchTopicMetadata({ topics: [place.topic] })
    await place.admin.deleteTopicRecords({ topic: place.topic, partitions: [{ partition: partitionOf('ann'), offset: '3' }] })
    expect(values(await bus.read({ topic, after: first?.cursor ?? '', limit: 10 }))).toEqual(['4'])
    expect(await bus.lag(topic, 'ingest')).toBe(1)
  })

  test('a consumer that stops leaves the group at once: another one has its partitions before its session is over', async () => {
    const [first, second] = [await place.open(), await place.open()]
    const seen = { first: 0, second: 0 }
    const stops = { first: new AbortController(), second: new AbortController() }
    const consume = (bus: MessageBus, name: 'first' | 'second') =>
      bus.consume({
        topic,
        group: 'ingest',
        batchMax: 100,
        signal: stops[name].signal,
        handle: async (batch) => void (seen[name] += batch.length),
      })
    const keys = Array.from({ length: 200 }, (_, n) => `m${n}`)
    const publish = () =>
      first.publish(
        topic,
        keys.map((key) => ({ key, value: key })),
      )
    const consuming = [consume(first, 'first'), consume(second, 'second')]
    while (seen.first === 0 || seen.second === 0) {
      await publish()
      await until(async () => (await first.lag(topic, 'ingest')) === 0)
    }
    stops.first.abort()
    await consuming[0]
    const left = Date.now()
    await publish()
    await until(async () => (await first.lag(topic, 'ingest')) === 0)
    expect(Date.now() - left).toBeLessThan(4_000)
    stops.second.abort()
    await consuming[1]
  })

  test('closing ends consumers', async () => {
    const bus = await place.open()
    const consuming = bus.consume({ topic, group: 'ingest', batchMax: 10, signal: new AbortController().signal, handle: async () => {} })
    await bus.publish(topic, [{ key: 'ann', value: '1' }])
    await until(async () => (await bus.lag(topic, 'ingest')) === 0)
    await bus.close()
    await consuming
  })
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** The client itself cannot compress like this, and no more can it read it. */
async function publishCompressed({ client, topic }: KafkaPlace): Promise<void> {
  const { ZSTD } = kafkajs.CompressionTypes
  const cannot = kafkajs.CompressionCodecs[ZSTD]
  kafkajs.CompressionCodecs[ZSTD] = () => ({ compress: ({ buffer }: { buffer: Buffer }) => promisify(zstdCompress)(buffer) })
  const producer = client.producer({ allowAutoTopicCreation: false })
  try {
    await producer.connect()
    await producer.send({ topic, compression: ZSTD, messages: [{ key: 'ann', value: 'squeezed' }] })
  } finally {
    await producer.disconnect()
    kafkajs.CompressionCodecs[ZSTD] = cannot
  }
}

async function publishInTransactions({ client, topic }: KafkaPlace): Promise<void> {
  const producer = client.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true, allowAutoTopicCreation: false })
  await producer.connect()
  for (const end of ['aborted', 'committed'] as const) {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ key: 'ann', value: end }] })
    await (end === 'aborted' ? transaction.abort() : transaction.commit())
  }
  await producer.disconnect()
}
