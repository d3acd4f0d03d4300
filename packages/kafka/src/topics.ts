import { PerennialError } from '@perennial/contracts'
import type { Admin } from 'kafkajs'
import type { InTurn } from './one-after-the-other.ts'

export interface TopicOptions {
  /** Stands before the names of topics and groups, so that several installations can share brokers. */
  prefix: string
  partitions: number
  /** Copies of a new topic; -1 is what the brokers say. */
  replicationFactor: number
  /** Settings of a new topic by its name, as Kafka names them. */
  config(topic: string): Readonly<Record<string, string>>
}

export interface Topic {
  /** As the brokers know it. */
  name: string
  partitions: number
}

/** Makes sure that a topic exists. */
export type OpenTopic = (topic: string) => Promise<Topic>

const createMaxMs = 30_000

/**
 * Creates topics where they are missing. One that is there already is taken as it is, with the partitions that it has:
 * it may be somebody else's, and adding partitions would part messages of one key.
 */
export function topicOpener(admin: Admin, inTurn: InTurn, options: TopicOptions): OpenTopic {
  const opened = new Map<string, Promise<Topic>>()
  return (topic) => {
    const known = opened.get(topic)
    if (known) return known
    const opening = inTurn(() => openTopic(admin, topic, options))
    opened.set(topic, opening)
    opening.catch(() => opened.delete(topic))
    return opening
  }
}

async function openTopic(admin: Admin, topic: string, options: TopicOptions): Promise<Topic> {
  // What Kafka takes; topics of others are not named by our rules.
  if (!/^[\w.-]+$/.test(topic)) throw new Error(`not a topic name: ${topic}`)
  const { prefix, partitions, replicationFactor, config } = options
  const name = prefix + topic
  // Looked up first, so that a user who may not create topics can use those that are there.
  if (!(await listTopics(admin)).includes(name)) {
    const configEntries = Object.entries(config(topic)).map(([name, value]) => ({ name, value }))
    await admin.createTopics({
      topics: [{ topic: name, numPartitions: partitions, replicationFactor, configEntries }],
      timeout: createMaxMs,
    })
  }
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] })
  return { name, partitions: topics[0]?.partitions.length ?? 0 }
}

/** While brokers elect leaders, the client takes no answer for an answer, and stumbles over it. */
async function listTopics(admin: Admin): Promise<string[]> {
  try {
    return await admin.listTopics()
  } catch (error) {
    if (error instanceof TypeError) throw new PerennialError('store-unavailable', { where: 'Kafka', cause: error })
    throw error
  }
}
