import type { DeadLetters } from '@perennial/dead-letters'
import type { Locks } from '@perennial/runtime'
import type { SettlementProgress } from '@perennial/settle'
import type { WaitingRoom } from '@perennial/waiting-room'
import { openDatabase } from './database.ts'
import { deadLettersIn } from './dead-letters.ts'
import { homesTablesIn } from './homes-tables.ts'
import { locksIn } from './locks.ts'
import { type LogMemory, logMemoryIn } from './log-memory.ts'
import { migrate } from './migrations.ts'
import { doingOnce } from './once.ts'
import { type PostgresOptions, settingsOf } from './options.ts'
import { settlementProgressIn } from './settlement-progress.ts'
import { tablesIn } from './tables.ts'
import { untilItWorks } from './until-it-works.ts'
import { waitingRoomIn } from './waiting-room.ts'

/** What has to be kept beside the log and the read models, where all processes see it. */
export interface PostgresHomes {
  deadLetters: DeadLetters
  waitingRoom: WaitingRoom
  settlementProgress: SettlementProgress
  locks: Locks
  logMemory: LogMemory
  /** Releases locks and closes the connections; so does the last of the three others that is closed. */
  close(): Promise<void>
}

export interface HomesOptions extends PostgresOptions {
  /** How long a process that fell silent keeps its locks; milliseconds. */
  lockMs?: number
}

/** Several may wait for the server at once, and a lock must not wait behind them. */
const connectionsMax = 4
const defaultLockMs = 6_000

/**
 * Opens them in the schema of the read stores. Connects when it is first asked for something, and makes its tables
 * where there are none.
 *
 * @param address such as `postgresql://user:password@host:5432/database`; it is never logged
 * @throws PerennialError `store-address`; later, from every method, `store-unavailable`, `store-refused`,
 * `data-version`, `disk-full`
 */
export function openPostgresHomes(address: string, { lockMs = defaultLockMs, ...options }: HomesOptions = {}): PostgresHomes {
  const settings = settingsOf({ poolMax: connectionsMax, ...options })
  const database = openDatabase(address, settings)
  const tables = tablesIn(settings.schema)
  const homes = homesTablesIn(settings.schema)
  const ready = untilItWorks(() => migrate(database, tables))
  const locks = locksIn(database, homes, { lockMs, onTrouble: settings.onTrouble })

  let closed: Promise<void> | undefined
  const close = () => (closed ??= locks.releaseAll().then(() => database.close()))
  const open = new Set(['dead letters', 'waiting room', 'settlement progress'])
  const closer = (name: string) => ({
    close: async () => {
      if (open.delete(name) && open.size === 0) await close()
    },
  })

  return {
    deadLetters: { ...whenReady(ready, deadLettersIn(database, homes, doingOnce(database, tables.writers))), ...closer('dead letters') },
    waitingRoom: { ...whenReady(ready, waitingRoomIn(database, homes)), ...closer('waiting room') },
    settlementProgress: { ...whenReady(ready, settlementProgressIn(database, homes)), ...closer('settlement progress') },
    locks: whenReady(ready, { tryLock: locks.tryLock }),
    logMemory: whenReady(ready, logMemoryIn(database, homes)),
    close,
  }
}

type AsyncMethods = Record<string, (...args: never[]) => Promise<unknown>>

/** The same, each method only behind the tables being there. */
function whenReady<Port extends { [Name in keyof Port]: (...args: never[]) => Promise<unknown> }>(
  ready: () => Promise<void>,
  port: Port,
): Port {
  const wrapped = Object.entries(port as AsyncMethods).map(([name, method]) => [
    name,
    async (...args: never[]) => {
      await ready()
      return method(...args)
    },
  ])
  return Object.fromEntries(wrapped) as Port
}
