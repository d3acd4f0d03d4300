import type { BrowsedMessage, ReadOptions } from '@perennial/message-bus'
import kafkajs, { type Cluster, type Kafka, type KafkaMessage } from 'kafkajs'
import { fromKafka } from './messages.ts'
import { fromReadCursor, toReadCursor } from './read-cursor.ts'

export interface Reader {
  /** Names are those of the brokers. */
  read(options: ReadOptions): Promise<BrowsedMessage[]>
  close(): Promise<void>
}

interface Fetched {
  partition: number
  highWatermark: string
  messages: readonly (KafkaMessage & { isControlRecord?: boolean })[]
}

/** Bytes asked for at once: about what `limit` messages are, within bounds. */
const bytesPerMessage = 1_000
const fetchBytes = { min: 64 * 1_024, max: 8 * 1_024 * 1_024 }

/**
 * Reads without a group. A consumer would have to join one for every page, which takes longer than the reading; what
 * the client shows to a partition assigner is its connection to the brokers, and that can fetch.
 *
 * What is open or aborted of somebody's transaction may be among what is read here. It is for browsing.
 */
export function createReader(kafka: Kafka): Reader {
  const cluster = clusterOf(kafka)
  return {
    async read({ topic, after, limit }) {
      const given = after === undefined ? [] : fromReadCursor(after)
      const browsed: BrowsedMessage[] = []
      if (limit < 1) return browsed
      await cluster.connect()
      await cluster.addMultipleTargetTopics([topic])
      await cluster.refreshMetadataIfNecessary()
      // Another reader may have had it learn of other topics meanwhile.
      if (cluster.findTopicPartitionMetadata(topic).length === 0) await cluster.refreshMetadata()
      // A partition that was added later begins at its beginning.
      const positions = cluster.findTopicPartitionMetadata(topic).map((_, partition) => given[partition] ?? 0)
      for (;;) {
        const before = toReadCursor(positions)
        const fetched = await fetchWhatIsKept(cluster, topic, positions, limit - browsed.length)
        for (const message of inTurn(fetched, positions)) {
          browsed.push({ ...message, cursor: toReadCursor(positions) })
          if (browsed.length === limit) return browsed
        }
        const ended = fetched.every(({ partition, highWatermark }) => (positions[partition] ?? 0) >= Number(highWatermark))
        if (ended || toReadCursor(positions) === before) return browsed
      }
    },
    close: () => cluster.disconnect(),
  }
}

function clusterOf(kafka: Kafka): Cluster {
  let found: Cluster | undefined
  kafka.consumer({
    groupId: 'perennial-browsing',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      (shown) => {
        found = shown.cluster
        return kafkajs.PartitionAssigners.roundRobin(shown)
      },
    ],
  })
  return found as Cluster
}

/** What the brokers give at once behind these positions; nothing only where the topic ends. */
async function fetchFrom(cluster: Cluster, topic: string, positions: readonly number[], messages: number): Promise<Fetched[]> {
  const maxBytes = Math.min(Math.max(messages * bytesPerMessage, fetchBytes.min), fetchBytes.max)
  const leaders = Object.entries(cluster.findLeaderForPartitions(topic, [...positions.keys()]))
  const bytes = Math.ceil(maxBytes / leaders.length)
  const fetched = leaders.map(([nodeId, partitions]) => fetchOne(cluster, nodeId, topic, partitions, positions, bytes))
  return (await Promise.all(fetched)).flat()
}

/** The same, where some of it may be gone: moves positions whose messages are. */
async function fetchWhatIsKept(cluster: Cluster, topic: string, positions: number[], messages: number): Promise<Fetched[]> {
  try {
    return await fetchFrom(cluster, topic, positions, messages)
  } catch (error) {
    // Whatever it was, a leader may have moved; the caller tries again.
    await cluster.refreshMetadata()
    if ((error as Error).name !== 'KafkaJSOffsetOutOfRange') throw error
  }
  await moveToWhatIsKept(cluster, topic, positions)
  return fetchFrom(cluster, topic, positions, messages)
}

async function fetchOne(
  cluster: Cluster,
  nodeId: string,
  topic: string,
  partitions: readonly number[],
  positions: readonly number[],
  maxBytes: number,
): Promise<Fetched[]> {
  const broker = await cluster.findBroker({ nodeId })
  const wanted = partitions.map((partition) => ({ partition, fetchOffset: String(positions[partition]), maxBytes }))
  const answer: { responses: { partitions: Fetched[] }[] } = await broker.fetch({
    maxWaitTime: 0,
    minBytes: 0,
    maxBytes,
    topics: [{ topic, partitions: wanted }],
  })
  return answer.responses.flatMap(({ partitions }) => partitions)
}

/** Where messages have gone, or a topic was made anew, it goes on at the first one that is there. */
async function moveToWhatIsKept(cluster: Cluster, topic: string, positions: number[]): Promise<void> {
  const partitions = [...positions.keys()].map((partition) => ({ partition }))
  const [lows, highs] = await Promise.all(
    [true, false].map(async (fromBeginning) => {
      const [offsets] = await cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning }])
      return new Map(offsets?.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    }),
  )
  positions.forEach((position, partition) => {
    const low = lows?.get(partition) ?? 0
    if (position < low || position > (highs?.get(partition) ?? 0)) positions[partition] = low
  })
}

/** The messages in order of their time as far as partitions allow, moving the positions behind each. */
function* inTurn(fetched: readonly Fetched[], positions: number[]): Generator<ReturnType<typeof fromKafka>> {
  const queues = fetched.map(({ partition, messages }) => ({
    partition,
    // Batches come whole, also where the position is in the middle of one.
    left: messages.filter(({ offset }) => Number(offset) >= (positions[partition] ?? 0)),
    at: 0,
  }))
  for (;;) {
    let first: (typeof queues)[number] | undefined
    for (const queue of queues) {
      const head = queue.left[queue.at]
      if (head && (!first || Number(head.timestamp) < Number(first.left[first.at]?.timestamp))) first = queue
    }
    const message = first?.left[first.at++]
    if (!first || !message) return
    positions[first.partition] = Number(message.offset) + 1
    if (!message.isControlRecord) yield fromKafka(message, first.partition)
  }
}
