import { partitionCount } from '@perennial/contracts'
import type { MessageBus } from '@perennial/message-bus'
import { createClient } from './client.ts'
import { consume } from './consumer.ts'
import { asPerennialError, withRetries } from './faults.ts'
import { readKafkaAddress } from './kafka-address.ts'
import { lagOf } from './lag.ts'
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
  /** A consumer that was not heard of for so long counts as dead, and others get its partitions. */
  sessionMs?: number
  /** How often a consumer that waits for messages says that it does. */
  fetchWaitMs?: number
  /** Tries after the first one, where brokers do not answer: after 0.3 s, and twice as long each time. */
  retries?: number
  /** Hears what there is to warn of: brokers that do not answer, partitions that are shared out anew. */
  log?: (message: string, details: Record<string, unknown>) => void
}

const newTopicConfig = {
  // Whatever a producer compresses with, the brokers keep it so that this client can read it.
  'compression.type': 'uncompressed',
  // An event as large as the HTTP API takes fits, with what goes around it; the default is a little less than that.
  'max.message.bytes': String(2 * 1_024 * 1_024),
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
  const { clientId = 'perennial', prefix = '', newTopics = {}, sessionMs = 15_000, fetchWaitMs = 200, retries = 5, log } = options
  const parts = readKafkaAddress(address)
  const client = () => createClient(parts, { clientId, retries, ...(log && { log }) })

  const admin = client().admin()
  try {
    await admin.connect()
  } catch (error) {
    throw asPerennialError(error)
  }
  const openTopic = topicOpener(admin, {
    prefix,
    partitions: newTopics.partitions ?? partitionCount,
    replicationFactor: newTopics.replicationFactor ?? -1,
    config: { ...newTopicConfig, ...newTopics.config },
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
      const lag = (partitions: ReadonlySet<number>) => lagOf(admin, topic.name, group, partitions)
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
      return withRetries(() => lagOf(admin, name, prefix + group))
    },

    async close() {
      closing.abort()
      await Promise.all(consuming)
      await publisher.close()
      await Promise.all([admin.disconnect(), reader.close()])
    },
  }
}
