import type { DeadLetters } from '@perennial/dead-letters'
import type { EventStore } from '@perennial/event-store'
import type { MessageBus } from '@perennial/message-bus'
import type { Projector } from '@perennial/projector'
import type { ReadStore } from '@perennial/read-store'
import type { Clock, Logger, Metrics } from '@perennial/runtime'

export interface ApiDependencies {
  eventStore: EventStore
  bus: MessageBus
  deadLetters: DeadLetters
  /** By name of the projector. */
  readStores: ReadonlyMap<string, ReadStore>
  projectors: readonly Projector[]
  /** How far what was decided has been settled. */
  settlementProgress: { position(): Promise<number> }
  clock: Clock
  metrics: Metrics
  logger: Logger
  /** Names of the services that run in this process beside the API, for its readiness. */
  beside?: readonly string[]
  /** Topics that ingest reads, and the API publishes to the first of; `retail-events` without it. */
  intake?: { topics: readonly string[] }
}

export interface ApiLimits {
  /** Bytes of a request's body at the most. */
  bodyBytesMax: number
  /** Events in one batch at the most. */
  batchMax: number
  /** Events that may wait to be published; more are turned away. */
  waitingMax: number
  /** Announcement streams that are open at the same time. */
  streamsMax: number
  /** Events that anything may be behind, while the API calls itself ready. */
  maxLag: number
}

export const defaultLimits: ApiLimits = {
  bodyBytesMax: 1024 * 1024,
  batchMax: 1_000,
  waitingMax: 20_000,
  streamsMax: 1_000,
  maxLag: 10_000,
}
