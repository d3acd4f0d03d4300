/** Names on the message bus. They are promises to the outside, like the schemas. */
export const topics = {
  /** Retail systems publish here; the key is the member id. */
  events: 'retail-events',
  /** Perennial publishes every change of a read model here; the key is the member id. */
  announcements: 'perennial-announcements',
} as const

/** Who reads what, and remembers how far. */
export const consumerGroups = { ingest: 'ingest' } as const

/** Partitions of every topic, and of the members within a projector. */
export const partitionCount = 64
