import { isCompacted, partitionCount, topics } from '@perennial/contracts'
import type { MessageBus } from '@perennial/message-bus'
import { atMost } from './at-most.ts'
import { createClient, type KafkaLog } from './client.ts'
import { consume } from './consumer.ts'
import { asPerennialError, withRetries } from './faults.ts'
import { readKafkaAddress } from './kafka-address.ts'
import { lagOf } from './lag.ts'
import { oneAfterTheOther } from './one-after-the-other.ts'
import { createPublisher } from './publisher.ts'
import { createReader } from './reader.ts'
import { topicOpener } from './topics.ts'

export interface KafkaMessageBusOptions {
  /** How Perennial calls itself towards the brokers. */
  clientId?: string
  /** Stands before the names of topics and groups, so that several installations can share brokers. */
  prefix?: string
  /** Topics that are missing are created like this; those that are there stay as they are. */
  newTopics?: { partitions?: number; replicationFactor?: number; config?: Readonly<Record<string, string>> }
  /** A consumer that was not heard of for so long counts as dead, and others get its partitions; brokers take no less than 6 s, unless told to. */
  sessionMs?: number
  /** How often a consumer that waits for messages says that it does. */
  fetchWaitMs?: number
  /** Tries after the first one, where brokers do not answer: after 0.3 s, and twice as long each time. */
  retries?: number
  /** Hears what there is to tell: brokers that do not answer, partitions that are shared out anew. */
  log?: KafkaLog
}

/** Brokers that are away are not waited for when there is nothing more to say to them. */
const closeMaxMs = 3_000
const [day, week] = [24 * 3_600_000, 7 * 24 * 3_600_000]
/** An event as large as the HTTP API takes fits, with what goes around it; Kafka's default is a little less than that. */
const messageBytesMax = 2 * 1_024 * 1_024
/** A dead letter is a message that was on another topic, and says why besides. */
const deadLetterMore = 128 * 1_024

function configOf(topic: string): Record<string, string> {
  return {
    // Whatever a producer compresses with, the brokers keep it so that this client can read it.
    'compression.type': 'uncompressed',
    'max.message.bytes': String(messageBytesMax + (topic === topics.deadLetters ? deadLetterMore : 0)),
    ...(isCompacted(topic) ? compaction : { 'cleanup.policy': 'delete' }),
  }
}

/** How long messages are kept on other topics is for the brokers to say: a week, unless they were told otherwise. */
const compaction = {
  'cleanup.policy': 'compact',
  // A segment that is written to is not compacted: who reads the topic from its beginning meets a day's changes at most.
  'segment.ms': String(day),
  'max.compaction.lag.ms': String(day),
  // Who was away for a week still hears of the rows that have gone.
  'delete.retention.ms': String(week),
}

/**
 * The bus on Apache Kafka. Differences to the embedded one:
 *
 * - Several processes may consume for the same group; they share the partitions.
 * - It cannot tell whether a message is in a topic already: `id` is left aside, consumers tell by the event's own id.
 * - Events of the CloudEvents Kafka binding, in either mode, are read as the whole event in JSON.
 *
 * @param address such as `kafka://user:password@host:9093?tls=true`; see `readKafkaAddress`
 * @throws PerennialError `store-address`, `store-unavailable`, `store-refused`
 */
export async function openKafkaMessageBus(address: string, options: KafkaMessageBusOptions = {}): Promise<MessageBus> {
  const { clientId = 'perennial', prefix = '', newTopics = {}, sessionMs = 6_000, fetchWaitMs = 200, retries = 5, log } = options
  const parts = readKafkaAddress(address)
  const client = () => createClient(parts, { clientId, retries, ...(log && { log }) })

  const admin = client().admin()
  try {
    await admin.connect()
  } catch (error) {
    throw asPerennialError(error)
  }
  // Asked about several topics at once, the client forgets the partitions of one while it learns those of another.
  const inTurn = oneAfterTheOther()
  const openTopic = topicOpener(admin, inTurn, {
    prefix,
    partitions: newTopics.partitions ?? partitionCount,
    replicationFactor: newTopics.replicationFactor ?? -1,
    config: (topic) => ({ ...configOf(topic), ...newTopics.config }),
  })
  const open = (topic: string) => withRetries(() => openTopic(topic))
  const publisher = createPublisher(client(), open)
  const reader = createReader(client())
  const closing = new AbortController()
  const consuming = new Set<Promise<void>>()

  return {
    publish: publisher.publish,

    async consume(consumption) {
      const topic = await open(consumption.topic)
      const group = prefix + consumption.group
      const signal = AbortSignal.any([consumption.signal, closing.signal])
      const lag = (partitions: ReadonlySet<number>) => inTurn(() => lagOf(admin, topic.name, group, partitions))
      const running = consume({ ...consumption, signal }, { kafka: client(), topic, group, retries, sessionMs, fetchWaitMs, lag })
      const ended = running.catch(() => {})
      consuming.add(ended)
      await running.finally(() => consuming.delete(ended))
    },

    async read(browsing) {
      const { name } = await open(browsing.topic)
      return withRetries(() => reader.read({ ...browsing, topic: name }))
    },

    async lag(topic, group) {
      const { name } = await open(topic)
      return withRetries(() => inTurn(() => lagOf(admin, name, prefix + group)))
    },

    async close() {
      closing.abort()
      await Promise.all(consuming)
      const parting = publisher.close().then(() => Promise.all([admin.disconnect(), reader.close()]))
      await atMost(closeMaxMs, parting)
      // Where brokers are away, it may fail when nobody waits for it any longer.
      parting.catch(() => {})
    },
  }
}
