import { join } from 'node:path'
import { topics } from '@perennial/contracts'
import { type DeadLetters, openSqliteDeadLetters } from '@perennial/dead-letters'
import { type EventStore, openSqliteEventStore } from '@perennial/event-store'
import { type MessageBus, openSqliteMessageBus } from '@perennial/message-bus'
import type { LogMemory } from '@perennial/postgres'
import { openSqliteReadStore, type ReadStore } from '@perennial/read-store'
import { fileLocks, type Locks } from '@perennial/runtime'
import { openSqliteSettlementProgress, type SettlementProgress } from '@perennial/settle'
import { openSqliteWaitingRoom, type WaitingRoom } from '@perennial/waiting-room'

/** Everything that keeps something, and what follows from where it is kept. */
export interface Adapters {
  eventStore: EventStore
  bus: MessageBus
  deadLetters: DeadLetters
  waitingRoom: WaitingRoom
  settlementProgress: SettlementProgress
  /** By name of the projector. */
  readStores: ReadonlyMap<string, ReadStore>
  locks: Locks
  /** Remembers which log everything else was made from, where that is kept elsewhere than the log. */
  logMemory?: LogMemory
  sharing: Sharing
  /** Topics that ingest reads, and where it publishes what it refuses besides keeping it. */
  intake: { topics: readonly string[]; deadLetterTopic?: string }
  /** Whether the relay also publishes the rows of the read models. */
  publishRows: boolean
}

/** What several processes may do at the same time. */
export interface Sharing {
  /** Several processes run one projector and divide its partitions; absent where only one may. */
  partitions?: { owner: string; ttlMs: number }
  /** Several processes may run ingest: the bus divides the messages between them. */
  ingest: boolean
  /** Several processes may run the API. */
  api: boolean
  /** Whether a second process waits until it can take over from the first, or is refused. */
  standBy: boolean
}

/** The adapters of one process that has its data to itself: SQLite files in one directory, or in memory. */
export function embeddedAdapters(dataDirectory: string, projectorNames: readonly string[]): Adapters {
  return {
    eventStore: openSqliteEventStore(fileIn(dataDirectory, 'log.db')),
    bus: openSqliteMessageBus(fileIn(dataDirectory, 'bus.db')),
    ...embeddedHomes(dataDirectory),
    readStores: embeddedReadStores(dataDirectory, projectorNames),
    sharing: { ingest: false, api: false, standBy: false },
    intake: { topics: [topics.events] },
    publishRows: false,
  }
}

/** What is small and has to be kept somewhere: beside the read models. */
export type Homes = Pick<Adapters, 'deadLetters' | 'waitingRoom' | 'settlementProgress' | 'locks' | 'logMemory'>

export function embeddedHomes(dataDirectory: string): Homes {
  return {
    deadLetters: openSqliteDeadLetters(fileIn(dataDirectory, 'dead-letters.db')),
    waitingRoom: openSqliteWaitingRoom(fileIn(dataDirectory, 'waiting-room.db')),
    settlementProgress: openSqliteSettlementProgress(fileIn(dataDirectory, 'settlement.db')),
    locks: fileLocks(dataDirectory),
  }
}

export function embeddedReadStores(
  dataDirectory: string,
  projectorNames: readonly string[],
  options: { trackRows?: boolean } = {},
): ReadonlyMap<string, ReadStore> {
  return new Map(projectorNames.map((name) => [name, openSqliteReadStore(fileIn(dataDirectory, `${name}.db`), options)]))
}

/** A directory, or `:memory:` for an engine that leaves nothing behind. */
export function fileIn(dataDirectory: string, name: string): string {
  return dataDirectory === ':memory:' ? ':memory:' : join(dataDirectory, name)
}

/** Closes what was opened, all of it even where some of it fails. */
export async function closeAdapters(adapters: Partial<Adapters>): Promise<void> {
  const { eventStore, bus, deadLetters, waitingRoom, settlementProgress, readStores } = adapters
  const closing = [eventStore, bus, deadLetters, waitingRoom, settlementProgress, ...(readStores?.values() ?? [])].map((part) =>
    part?.close(),
  )
  const failed = (await Promise.allSettled(closing)).find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}
