import { murmur2, PerennialError } from '@perennial/contracts'
import { assertPublishable, type NewMessage } from '@perennial/message-bus'
import type { Kafka, Message, Producer } from 'kafkajs'
import { asPerennialError } from './faults.ts'
import { toKafka } from './messages.ts'
import type { OpenTopic, Topic } from './topics.ts'

export interface Publisher {
  publish(topic: string, messages: readonly NewMessage[]): Promise<void>
  close(): Promise<void>
}

/** Kafka's own, `(murmur2 & 0x7fffffff) % partitions`; without a key 0. */
export function partitionOfKey(key: string | Uint8Array | null | undefined, partitions: number): number {
  if (key === null || key === undefined) return 0
  return (murmur2(typeof key === 'string' ? Buffer.from(key) : key) & 0x7fffffff) % partitions
}

/** Requests for messages for which nobody has answered. */
const requestsMax = 5

/**
 * Publishes with an idempotent producer that waits for all copies, one request after the other.
 *
 * The client keeps the sequence numbers by which brokers know a message that was sent twice. When a request fails it
 * winds them back, so another request that was under way beside it, or the next one after it was given up, could go out
 * under numbers that the broker has seen, and be dropped as known. So no two requests are under way at once, and a
 * producer that has failed is thrown away together with its numbers.
 */
export function createPublisher(kafka: Kafka, openTopic: OpenTopic): Publisher {
  let connected: Promise<SoleProducer> | undefined
  let last: Promise<unknown> = Promise.resolve()

  async function discard(): Promise<void> {
    const current = connected
    connected = undefined
    await current?.then(({ producer }) => producer.disconnect()).catch(() => {})
  }

  async function send(topic: Topic, messages: Message[]): Promise<void> {
    let left = messages
    for (let requests = 0; left.length > 0; requests++) {
      if (requests === requestsMax) throw new PerennialError('store-unavailable', { where: `Kafka, topic ${topic.name}` })
      if (requests > 0) await discard()
      connected ??= connect(kafka)
      left = await (await connected).send(topic.name, left)
    }
  }

  async function sendAll(topic: string, messages: readonly Message[]): Promise<void> {
    const opened = await openTopic(topic)
    try {
      for (const some of rounds(messages, opened.partitions)) await send(opened, some)
    } catch (error) {
      await discard()
      throw asPerennialError(error)
    }
  }

  return {
    async publish(topic, messages) {
      if (messages.length === 0) return
      assertPublishable(topic, messages)
      const outgoing = messages.map(toKafka)
      const sent = last.then(() => sendAll(topic, outgoing))
      last = sent.catch(() => {})
      await sent
    },
    async close() {
      await last
      await discard()
    },
  }
}

interface SoleProducer {
  producer: Producer
  /** Answers with the messages that nobody has answered for. */
  send(topic: string, messages: Message[]): Promise<Message[]>
}

/**
 * Where the leader of a partition moves, while a request is tried again, to a broker that has answered for others
 * already, the client takes that for its answer, leaves the partition out, and says that all went well. So its answers
 * are compared with what was sent.
 */
async function connect(kafka: Kafka): Promise<SoleProducer> {
  const partitionOf = new Map<Message, number>()
  const producer = kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    createPartitioner:
      () =>
      ({ partitionMetadata, message }) => {
        const partition = partitionOfKey(message.key, partitionMetadata.length)
        partitionOf.set(message, partition)
        return partition
      },
  })
  await producer.connect()
  return {
    producer,
    async send(topic, messages) {
      partitionOf.clear()
      const answers = await producer.send({ topic, messages, acks: -1 })
      const answered = new Set<number | undefined>(answers.map(({ partition }) => partition))
      return messages.filter((message) => !answered.has(partitionOf.get(message)))
    },
  }
}

/** All messages of a request for one partition are one batch to the broker, of 1,048,588 bytes at the most by default. */
const batchBytesMax = 900_000
/** Lengths, offsets and times of a message, and lengths of a header. */
const overhead = { message: 32, header: 8 }

/** Parts messages so that no batch of a partition becomes too large; a message that is too large by itself goes alone. */
export function* rounds(messages: readonly Message[], partitions: number): Generator<Message[]> {
  let round: Message[] = []
  let bytesOf = new Map<number, number>()
  for (const message of messages) {
    const partition = partitionOfKey(message.key, partitions)
    const bytes = bytesOf.get(partition) ?? 0
    const size = sizeOf(message)
    if (bytes > 0 && bytes + size > batchBytesMax) {
      yield round
      round = []
      bytesOf = new Map([[partition, size]])
    } else {
      bytesOf.set(partition, bytes + size)
    }
    round.push(message)
  }
  yield round
}

function sizeOf({ key, value, headers = {} }: Message): number {
  let size = overhead.message + (value?.length ?? 0) + Buffer.byteLength(key ?? '')
  for (const [name, text] of Object.entries(headers)) size += overhead.header + Buffer.byteLength(name) + Buffer.byteLength(String(text))
  return size
}
