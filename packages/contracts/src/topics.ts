import { readModelContracts } from './read-models/index.ts'

/** Names on the message bus. They are promises to the outside, like the schemas. */
export const topics = {
  /** Retail systems publish here; the key is the member id. */
  events: 'retail-events',
  /** Perennial publishes every change of a read model here; the key is the member id. */
  announcements: 'perennial-announcements',
  /** On a bus of servers, everything that was refused, as it came; the key is that of the message. */
  deadLetters: 'perennial-dead-letters',
} as const

/**
 * On a bus of servers, the current row of every member in a read model: a compacted topic, keyed by member, so that who
 * reads it from its beginning has the whole read model and then every change of it.
 */
export function rowsTopic(readModel: string): string {
  return `perennial-${readModel}`
}

const compacted: ReadonlySet<string> = new Set(Object.keys(readModelContracts).map(rowsTopic))

/** Whether a topic keeps the last message of every key, for ever, instead of all messages for a time. */
export function isCompacted(topic: string): boolean {
  return compacted.has(topic)
}

/** Who reads what, and remembers how far. */
export const consumerGroups = { ingest: 'ingest' } as const

/** The group that takes events from a topic: consumers of different topics must not be in one group. */
export function ingestGroup(topic: string): string {
  return topic === topics.events ? consumerGroups.ingest : `${consumerGroups.ingest}.${topic}`
}

/** Where Perennial itself puts events that it is handed: on the first of the topics that ingest reads. */
export function publishTopic({ topics: taken }: { topics: readonly string[] } = { topics: [] }): string {
  return taken[0] ?? topics.events
}

/** Partitions of every topic, and of the members within a projector. */
export const partitionCount = 64
