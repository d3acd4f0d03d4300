import type { ConsumeOptions } from '@perennial/message-bus'
import type { Batch, Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { atMost } from './at-most.ts'
import { type Batcher, createBatcher } from './batcher.ts'
import { asPerennialError } from './faults.ts'
import { fromKafka } from './messages.ts'
import type { Topic } from './topics.ts'

export interface ConsumerSettings {
  /** For this consumer alone: the client keeps what a group has acknowledged, and two consumers would mix it up. */
  kafka: Kafka
  topic: Topic
  /** As the brokers know it. */
  group: string
  retries: number
  sessionMs: number
  fetchWaitMs: number
  /** Messages of these partitions that the group has not acknowledged. */
  lag(partitions: ReadonlySet<number>): Promise<number>
}

/** Brokers that are away are not waited for: what was not acknowledged comes again. */
const leaveMaxMs = 3_000
/** Heartbeats in the time after which a silent member counts as dead. */
const beatsPerSession = 5

export async function consume(options: ConsumeOptions, settings: ConsumerSettings): Promise<void> {
  const { signal, batchMax, handle, onIdle } = options
  const { topic, group, kafka, sessionMs, fetchWaitMs, retries } = settings
  const heartbeatMs = sessionMs / beatsPerSession
  const end = Promise.withResolvers<void>()
  let over = signal.aborted
  const finish = () => {
    over = true
    end.resolve()
  }
  const fail = (error: unknown) => {
    over = true
    end.reject(error)
  }
  // It may be rejected before anybody waits for it.
  end.promise.catch(() => {})

  const consumer = kafka.consumer({
    groupId: group,
    allowAutoTopicCreation: false,
    sessionTimeout: sessionMs,
    heartbeatInterval: heartbeatMs,
    maxWaitTimeInMs: fetchWaitMs,
    // While somebody wants the messages, the client may begin anew after brokers were away.
    retry: { retries, restartOnFailure: async () => !over },
  })
  let idling = Promise.resolve()
  const batcher = createBatcher({
    topic: topic.name,
    batchMax,
    heartbeatMs,
    isOver: () => over,
    onFailure: fail,
    async handle(messages) {
      await idling
      await handle(messages)
    },
  })
  // After what it takes for final, the client just stops.
  consumer.on('consumer.crash', ({ payload }) => {
    if (!payload.restart) fail(asPerennialError(payload.error))
  })
  passOverMarkers(consumer)
  if (onIdle) {
    lookForTheEnd(consumer, {
      mayLook: () => !over && !batcher.busy(),
      hasEnded: async (partitions) => (await settings.lag(partitions)) === 0,
      reached() {
        idling = Promise.resolve().then(onIdle).catch(fail)
        return idling
      },
    })
  }
  signal.addEventListener('abort', finish)
  try {
    if (over) return
    const starting = start(consumer, topic, batcher)
    // Brokers that are away may keep it trying for longer than anybody waits who was told to stop. Should it begin after all,
    // it would be one of the group, and hold partitions for nobody.
    starting.then(() => (over ? consumer.disconnect() : undefined)).catch(() => {})
    await Promise.race([starting, end.promise])
    await end.promise
  } catch (error) {
    throw asPerennialError(error)
  } finally {
    over = true
    signal.removeEventListener('abort', finish)
    // Waits for the batch that is being handled, for its acknowledgement, and tells the others of the group.
    const leaving = consumer.disconnect().catch(() => {})
    await batcher.handled()
    await idling
    await atMost(leaveMaxMs, leaving)
  }
}

async function start(consumer: Consumer, topic: Topic, batcher: Batcher): Promise<void> {
  await consumer.connect()
  await consumer.subscribe({ topics: [topic.name], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    // All that a fetch brings is handed over at once, for the batcher to make few batches of.
    partitionsConsumedConcurrently: topic.partitions,
    eachBatch: (payload) => batcher.offer(toPartitionBatch(payload.batch, payload)),
  })
}

function toPartitionBatch(batch: Batch, payload: EachBatchPayload): Parameters<Batcher['offer']>[0] {
  const { partition } = batch
  return {
    partition,
    messages: batch.messages.map((message) => fromKafka(message, partition)),
    end: behind(batch.lastOffset()),
    payload,
  }
}

function behind(offset: string): string {
  return String(BigInt(offset) + 1n)
}

/**
 * Transactions of other producers leave markers that are nobody's messages. The client steps over them without
 * acknowledging that; a topic that ends with one would never be read to its end.
 */
function passOverMarkers(consumer: Consumer): void {
  consumer.on('consumer.end_batch_process', async ({ payload: { topic, partition, batchSize, lastOffset } }) => {
    if (batchSize === 0) await consumer.commitOffsets([{ topic, partition, offset: behind(lastOffset) }])
  })
}

interface End {
  mayLook(): boolean
  hasEnded(partitions: ReadonlySet<number>): Promise<boolean>
  reached(): Promise<void>
}

/**
 * The client does not say that a fetch brought nothing, and one that failed in passing looks the same. So whenever one
 * is over and nothing waits, the brokers are asked whether anything is left of this consumer's partitions.
 */
function lookForTheEnd(consumer: Consumer, { mayLook, hasEnded, reached }: End): void {
  let partitions: ReadonlySet<number> = new Set()
  consumer.on('consumer.group_join', ({ payload }) => {
    partitions = new Set(Object.values(payload.memberAssignment).flat())
  })
  let looking = false
  const look = async () => {
    if (looking || !mayLook()) return
    looking = true
    try {
      // A broker that does not answer now is asked again after the next fetch.
      if ((await hasEnded(partitions).catch(() => false)) && mayLook()) await reached()
    } finally {
      looking = false
    }
  }
  // What the fetch brought is offered right after it.
  consumer.on('consumer.fetch', () => void setImmediate(look))
}
