import type { DeadLetters } from '@perennial/dead-letters'
import { type HomesOptions, openPostgresHomes } from '@perennial/postgres'
import type { Locks } from '@perennial/runtime'
import type { SettlementProgress } from '@perennial/settle'
import type { WaitingRoom } from '@perennial/waiting-room'

/** One of what PostgreSQL keeps, opened alone: closing it closes its connections. */
type Alone<Port> = Port & { close(): Promise<void> }

export function openPostgresDeadLetters(url: string, options: HomesOptions): DeadLetters {
  const { deadLetters, close } = openPostgresHomes(url, options)
  return { ...deadLetters, close }
}

export function openPostgresWaitingRoom(url: string, options: HomesOptions): WaitingRoom {
  const { waitingRoom, close } = openPostgresHomes(url, options)
  return { ...waitingRoom, close }
}

export function openPostgresSettlementProgress(url: string, options: HomesOptions): SettlementProgress {
  const { settlementProgress, close } = openPostgresHomes(url, options)
  return { ...settlementProgress, close }
}

export function openPostgresLocks(url: string, options: HomesOptions): Alone<Locks> {
  const { locks, close } = openPostgresHomes(url, options)
  return { ...locks, close }
}
