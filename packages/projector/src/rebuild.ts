import { PerennialError, partitionOf } from '@perennial/contracts'
import { type EventStore, memberOfStream, memberStream } from '@perennial/event-store'
import type { Checkpoint, ReadModel, ReadStore, StoredMember } from '@perennial/read-store'
import { foldMember } from './fold-member.ts'
import { digestOf } from './member-digest.ts'
import { loadProgrammes } from './programme-log.ts'
import type { Projector } from './projector.ts'
import { saveState, storedMember } from './stored-state.ts'
import { sweep } from './sweep.ts'

export interface RebuildOptions {
  projectors: readonly Projector[]
  /** By name of the projector. */
  readStores: ReadonlyMap<string, ReadStore>
  eventStore: EventStore
  clock(): number
  onProgress?(events: number): void
  signal?: AbortSignal
}

/** How often a rebuild runs after tables that move on while it fills its own. */
const chasesMax = 100

/**
 * Blue/green: fills new tables while the old ones serve, up to exactly where the old ones stand, then swaps them.
 * Nothing is announced: what the old tables had announced is taken as announced. A rebuild that was cut off goes on
 * where it stopped.
 *
 * @returns false when the signal stopped it before the swap
 */
export async function rebuild(options: RebuildOptions): Promise<boolean> {
  const { projectors, readStores, eventStore, signal } = options
  const rebuilds = await Promise.all(
    projectors.map(async (projector) => {
      const readStore = readStores.get(projector.name) as ReadStore
      const live = await readStore.live(projector)
      return { projector, readStore, live, building: await readStore.building(projector), checkpoints: await live.checkpoints() }
    }),
  )
  // Projectors that stand at the same place share one pass over the log.
  const groups = Map.groupBy(rebuilds, ({ checkpoints }) => checkpoints.map(({ position }) => position).join())
  for (const group of groups.values()) {
    const [first] = group
    if (!first) continue
    for (const [upTo, partitions] of Map.groupBy(first.checkpoints, ({ position }) => position)) {
      if (upTo === 0) continue
      await sweep({
        eventStore,
        targets: group.map(({ projector, building }) => ({ projector, readModel: building })),
        versions: await loadProgrammes(eventStore, upTo),
        upTo,
        now: clockOf(first.checkpoints, options.clock()),
        announce: false,
        partitions: partitions.map(({ partition }) => partition),
        ...(options.onProgress && { onProgress: options.onProgress }),
        ...(signal && { signal }),
      })
      if (signal?.aborted) return false
    }
  }
  for (const { projector, readStore, building } of rebuilds) await chaseAndSwap(projector, readStore, building, options)
  return true
}

/** What was shown as of the old tables' clock is what they had announced; later things are due, and announced, after the swap. */
function clockOf(checkpoints: readonly Checkpoint[], now: number): number {
  const earliest = Math.min(...checkpoints.map(({ clock }) => clock))
  return earliest > 0 ? Math.min(earliest, now) : now
}

async function chaseAndSwap(projector: Projector, readStore: ReadStore, building: ReadModel, options: RebuildOptions): Promise<void> {
  for (let chase = 0; chase < chasesMax; chase++) {
    if (await readStore.swap()) return
    const live = await readStore.live(projector)
    await followLive(projector, await live.checkpoints(), building, options)
  }
  await readStore.abandonBuild()
  throw new PerennialError('data-busy', {
    where: projector.name,
    message: 'The live tables moved on faster than the rebuild could follow.',
  })
}

/** Folds again the members that had events between the two checkpoints. */
async function followLive(
  projector: Projector,
  target: readonly Checkpoint[],
  building: ReadModel,
  { eventStore, clock }: RebuildOptions,
): Promise<void> {
  const goals = new Map(target.map(({ partition, position }) => [partition, position]))
  const reached = await building.checkpoints()
  let after = Math.min(...reached.map(({ position }) => position))
  const upTo = Math.max(...goals.values())
  const touched = new Set<string>()
  while (after < upTo) {
    const records = await eventStore.readAll({ after, limit: 5_000 })
    const last = records.at(-1)
    if (!last) break
    for (const { stream } of records) {
      const memberId = memberOfStream(stream)
      if (memberId !== undefined) touched.add(memberId)
    }
    after = last.position
  }
  const now = clockOf(target, clock())
  const members: StoredMember[] = []
  for (const memberId of touched) {
    const goal = goals.get(partitionOf(memberId)) ?? 0
    const records = await eventStore.readStream(memberStream(memberId), { upTo: goal })
    const versions = await loadProgrammes(eventStore, goal)
    const folded = foldMember(records, [projector.fold(versions)], versions)
    if (!folded) continue
    const text = saveState(projector, digestOf(folded.history, folded.last), folded.states[0])
    members.push(storedMember(projector, versions, { memberId, text, state: folded.states[0] }, now))
  }
  await building.commit({ members })
  for (const [position, partitions] of Map.groupBy(goals.keys(), (partition) => goals.get(partition) ?? 0)) {
    await building.commit({ members: [], checkpoint: { partitions, position, clock: now } })
  }
}
