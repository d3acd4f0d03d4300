import type { EventStore } from '@perennial/event-store'
import { type ReadStore, reachedPosition } from '@perennial/read-store'
import { loadProgrammes } from './programme-log.ts'
import type { Projector } from './projector.ts'
import { sweep } from './sweep.ts'

export interface CatchUpOptions {
  projectors: readonly Projector[]
  readStores: ReadonlyMap<string, ReadStore>
  eventStore: EventStore
  clock(): number
  onProgress?(events: number): void
  signal?: AbortSignal
  /** A place to die, for tests. */
  failPoint?(name: 'sweep-committed'): void
}

/** Further behind than this, and by more than this share of the log, folding whole histories is faster than event by event. */
const sweepFrom = { events: 20_000, share: 0.2 }

/** By numbers of events: positions have gaps. The whole log is counted only where that can still matter. */
export async function isFarBehind(eventStore: Pick<EventStore, 'countAfter' | 'counts'>, position: number): Promise<boolean> {
  const behind = await eventStore.countAfter(position)
  if (behind <= sweepFrom.events) return false
  const { events } = await eventStore.counts()
  return behind > events * sweepFrom.share
}

/**
 * Brings projectors that are far behind up to the head of the log in one shared pass, with announcements: the first
 * import of a shop's history. Projectors that are not far behind are left to follow event by event. Not for read models
 * that several processes share: there each sweeps what it holds.
 */
export async function catchUpTogether(options: CatchUpOptions): Promise<void> {
  const { eventStore, clock, onProgress, signal } = options
  const head = await eventStore.head()
  const targets = []
  for (const projector of options.projectors) {
    const readModel = await (options.readStores.get(projector.name) as ReadStore).live(projector)
    const position = reachedPosition(await readModel.checkpoints())
    if (readModel.version === projector.version && (await isFarBehind(eventStore, position))) targets.push({ projector, readModel })
  }
  if (targets.length === 0) return
  await sweep({
    eventStore,
    targets,
    versions: await loadProgrammes(eventStore, head),
    upTo: head,
    now: clock(),
    announce: true,
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
    ...(options.failPoint && { failPoint: options.failPoint }),
  })
}
