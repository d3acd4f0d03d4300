import { describe, expect, test } from '@jest/globals'
import { partitionOf } from '@perennial/contracts'
import type { Kafka, Message, ProducerConfig } from 'kafkajs'
import { createPublisher, partitionOfKey, rounds } from './publisher.ts'

const text = (message: Message) => String(message.value)

/** Producers that answer as they are told to; each request names the producer that sent it. */
function brokers(answer: (messages: Message[], request: number) => number[] | Promise<number[]>) {
  const requests: { producer: number; values: string[] }[] = []
  const state = { underWay: 0, most: 0, producers: 0, disconnected: [] as number[] }
  const producer = (config?: ProducerConfig) => {
    const number = ++state.producers
    const partitioner = config?.createPartitioner?.()
    return {
      connect: async () => {},
      disconnect: async () => void state.disconnected.push(number),
      async send({ topic, messages }: { topic: string; messages: Message[] }) {
        state.most = Math.max(state.most, ++state.underWay)
        const partitionMetadata = Array.from({ length: 64 }, (_, partitionId) => ({ partitionId })) as never
        for (const message of messages) partitioner?.({ topic, partitionMetadata, message })
        requests.push({ producer: number, values: messages.map(text) })
        try {
          await new Promise((resolve) => setTimeout(resolve, 5))
          return (await answer(messages, requests.length)).map((partition) => ({ topicName: topic, partition, errorCode: 0 }))
        } finally {
          state.underWay--
        }
      },
    }
  }
  return { requests, state, kafka: { producer } as unknown as Kafka }
}

const partitionsOf = (messages: readonly Message[]) => messages.map(({ key }) => partitionOfKey(key, 64))
const publisherOf = (kafka: Kafka) => createPublisher(kafka, async (topic) => ({ name: topic, partitions: 64 }))
const refused = (message: string) =>
  Object.assign(new Error(message), { name: 'KafkaJSProtocolError', type: 'MESSAGE_TOO_LARGE', retriable: false })

describe('publishing', () => {
  test('sends one request after the other, in order, through one producer', async () => {
    const { kafka, requests, state } = brokers(partitionsOf)
    const publisher = publisherOf(kafka)
    await Promise.all(['1', '2', '3'].map((value) => publisher.publish('retail-events', [{ key: 'ann', value }])))
    expect(requests).toEqual([
      { producer: 1, values: ['1'] },
      { producer: 1, values: ['2'] },
      { producer: 1, values: ['3'] },
    ])
    expect(state.most).toBe(1)
    await publisher.close()
    expect(state.disconnected).toEqual([1])
  })

  test('after a failure goes on with another producer, as the sequence numbers of the old one are not to be trusted', async () => {
    const { kafka, requests, state } = brokers((messages, request) => {
      if (request === 2) throw refused('The message is too large')
      return partitionsOf(messages)
    })
    const publisher = publisherOf(kafka)
    const publish = (value: string) => publisher.publish('retail-events', [{ key: 'ann', value }])
    await publish('1')
    const [second, third] = await Promise.allSettled([publish('2'), publish('3')])
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'store-refused' } })
    expect(third).toMatchObject({ status: 'fulfilled' })
    expect(requests.map(({ producer }) => producer)).toEqual([1, 1, 2])
    expect(state.disconnected).toEqual([1])
  })

  const both = [
    { key: 'ann', value: '1' },
    { key: 'bob', value: '2' },
  ]
  const withoutBob = (messages: Message[]) => partitionsOf(messages).filter((partition) => partition !== partitionOf('bob'))

  test('sends once more, through another producer, what nobody answered for', async () => {
    const { kafka, requests } = brokers((messages, request) => (request === 1 ? withoutBob(messages) : partitionsOf(messages)))
    await publisherOf(kafka).publish('retail-events', both)
    expect(requests).toEqual([
      { producer: 1, values: ['1', '2'] },
      { producer: 2, values: ['2'] },
    ])
  })

  test('fails where nobody answers for one of the partitions', async () => {
    const { kafka, requests } = brokers(withoutBob)
    await expect(publisherOf(kafka).publish('retail-events', both)).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(requests).toHaveLength(5)
  })

  test('a message without a value fails before anything is sent', async () => {
    const { kafka, requests } = brokers(partitionsOf)
    const publishing = publisherOf(kafka).publish('retail-events', [
      { key: 'ann', value: '1' },
      { key: 'ann', value: null as never },
    ])
    await expect(publishing).rejects.toThrow('A message needs a value')
    expect(requests).toEqual([])
  })
})

describe('a request', () => {
  const message = (key: string | null, bytes: number) => ({ key, value: Buffer.alloc(bytes) })
  const sizes = (messages: Iterable<Message[]>) => [...messages].map((round) => round.map(({ value }) => (value as Buffer).length))

  test('holds no more of a partition than brokers take at once', () => {
    const [ann, bob] = [message('ann', 400_000), message('bob', 400_000)]
    expect(sizes(rounds([ann, bob, ann, bob, ann, bob], 64))).toEqual([
      [400_000, 400_000, 400_000, 400_000],
      [400_000, 400_000],
    ])
  })

  test('holds a message that is too large by itself, alone of its partition', () => {
    expect(sizes(rounds([message('ann', 1), message('ann', 1_000_000), message('ann', 1)], 64))).toEqual([[1], [1_000_000], [1]])
  })

  test('counts headers, too', () => {
    const headers = { trace: 'x'.repeat(500_000) }
    expect([
      ...rounds(
        [
          { ...message(null, 1), headers },
          { ...message(null, 1), headers },
        ],
        64,
      ),
    ]).toHaveLength(2)
  })
})

test.each([
  ['ann', 64, partitionOf('ann')],
  ['çağla', 64, partitionOf('çağla')],
  [null, 64, 0],
  // From Kafka's own tests of its murmur2, of 1,000 partitions.
  ['21', 1_000, (-973932308 & 0x7fffffff) % 1_000],
  ['foobar', 1_000, (-790332482 & 0x7fffffff) % 1_000],
])('the key %j of %i partitions goes to %i', (key, partitions, expected) => {
  expect(partitionOfKey(key, partitions)).toBe(expected)
})
