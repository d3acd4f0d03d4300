import { PerennialError } from '@perennial/contracts'
import type { EventStore } from '@perennial/event-store'
import type { ReadModel, ReadStore } from '@perennial/read-store'
import { type Clock, idle, type Logger } from '@perennial/runtime'
import type { Projector } from './projector.ts'
import { rebuild } from './rebuild.ts'

/** Lets one process at a time do something; undefined where another one has the lock. */
export type TryLock = (name: string) => Promise<{ release(): Promise<void>; readonly lost?: AbortSignal } | undefined>

export interface LiveTablesOptions {
  projector: Projector
  eventStore: EventStore
  readStore: ReadStore
  clock: Clock
  logger: Logger
  /** Whether other processes write these tables, too: perhaps of another version. */
  shared: boolean
  tryLock?: TryLock
}

/** How often whoever waits for somebody else's rebuild looks whether it is through. */
const lookMs = 1_000

/**
 * The live tables, made by this version of the projector. Tables of another version are rebuilt first; where several
 * processes share them, by one of those that are newer, while the others wait.
 *
 * @returns undefined when the signal came first
 * @throws PerennialError `read-model-version` where the tables are shared and newer than this process: processes of two
 * versions would rebuild to and fro
 */
export async function openLiveTables(options: LiveTablesOptions, signal?: AbortSignal): Promise<ReadModel | undefined> {
  const { projector, readStore, shared } = options
  while (!signal?.aborted) {
    const live = await readStore.live(projector)
    if (live.version === projector.version) return live
    if (shared && live.version > projector.version) throw newerTables(projector, live.version)
    if (!(await rebuildAlone(options, live.version, signal))) await idle(lookMs, signal)
  }
  return undefined
}

function newerTables({ name, version }: Projector, found: number): PerennialError {
  return new PerennialError('read-model-version', {
    where: name,
    message: `Its tables are of version ${found}, this process has version ${version}.`,
  })
}

/** False where somebody else does it, or the lock was lost on the way. */
async function rebuildAlone(options: LiveTablesOptions, from: number, signal?: AbortSignal): Promise<boolean> {
  const { projector, eventStore, readStore, clock, logger, tryLock } = options
  const { name, version } = projector
  const lock = tryLock && (await tryLock(`rebuild-${name}`))
  if (tryLock && !lock) return false
  try {
    // Whoever had the lock before may have done it.
    if ((await readStore.live(projector)).version !== from) return true
    logger.warn({ projector: name, from, to: version }, 'rebuilding for a new version')
    const signals = [signal, lock?.lost].filter((each) => each !== undefined)
    return await rebuild({
      projectors: [projector],
      readStores: new Map([[name, readStore]]),
      eventStore,
      clock,
      ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
    })
  } finally {
    await lock?.release()
  }
}
