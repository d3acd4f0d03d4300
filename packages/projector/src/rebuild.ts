import { PerennialError, partitionOf } from '@perennial/contracts'
import type { ProgrammeVersions } from '@perennial/domain'
import { type EventStore, memberOfStream, memberStream } from '@perennial/event-store'
import { type Checkpoint, type ReadModel, type ReadStore, reachedPosition, type StoredMember } from '@perennial/read-store'
import { idle } from '@perennial/runtime'
import { changesRules, loadProgrammes } from './programme-log.ts'
import type { Projector } from './projector.ts'
import { restoreState, storedMember } from './stored-state.ts'
import { allPartitions, foldAndCommit, passName, type SweepOptions, sweep } from './sweep.ts'

export interface RebuildOptions {
  projectors: readonly Projector[]
  /** By name of the projector. */
  readStores: ReadonlyMap<string, ReadStore>
  eventStore: EventStore
  clock(): number
  onProgress?(events: number): void
  signal?: AbortSignal
  /** A place to die, for tests. */
  failPoint?(name: 'sweep-committed' | 'rebuild-filled' | 'rebuild-swapped'): void | Promise<void>
}

/** How often a rebuild runs after tables that move on while it fills its own, or waits for a sweep of theirs. */
const chasesMax = 100
const sweepWaitMs = 500

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
        ...(options.failPoint && { failPoint: options.failPoint }),
      })
      if (signal?.aborted) return false
    }
  }
  await options.failPoint?.('rebuild-filled')
  for (const { projector, readStore, building } of rebuilds) {
    await chaseAndSwap(projector, readStore, building, options)
    await options.failPoint?.('rebuild-swapped')
  }
  return true
}

/** What was shown as of the old tables' clock is what they had announced; later things are due, and announced, after the swap. */
function clockOf(checkpoints: readonly Checkpoint[], now: number): number {
  const earliest = Math.min(...checkpoints.map(({ clock }) => clock))
  return earliest > 0 ? Math.min(earliest, now) : now
}

async function chaseAndSwap(projector: Projector, readStore: ReadStore, building: ReadModel, options: RebuildOptions): Promise<void> {
  for (let chase = 0; chase < chasesMax; chase++) {
    const live = await readStore.live(projector)
    if (await isSweeping(live, projector)) {
      await idle(sweepWaitMs, options.signal)
      continue
    }
    await followLive(projector, live, building, options)
    if (!(await isSweeping(live, projector)) && (await readStore.swap())) return
  }
  await readStore.abandonBuild()
  throw new PerennialError('data-busy', {
    where: projector.name,
    message: 'The live tables moved on faster than the rebuild could follow.',
  })
}

/**
 * A projector in the middle of a sweep has announced some members by rules that its position does not know of yet: swapped
 * now, they would be announced once more. Tables of another version of the projector are swept by nobody any more.
 */
export async function isSweeping(live: ReadModel, projector: Projector): Promise<boolean> {
  return live.version === projector.version && (await live.passMark(passName({ partitions: allPartitions }))) !== undefined
}

/** Brings the new tables to where the living ones stand: their events, their programme, and their clock. */
async function followLive(
  projector: Projector,
  live: ReadModel,
  building: ReadModel,
  { eventStore, clock }: RebuildOptions,
): Promise<void> {
  const goals = await live.checkpoints()
  const head = Math.max(...goals.map(({ position }) => position))
  const reached = await building.checkpoints()
  const from = reachedPosition(reached)
  const news = await newsBetween(projector, eventStore, from, head)
  for (const [upTo, group] of Map.groupBy(goals, ({ position }) => position)) {
    const partitions = group.map(({ partition }) => partition)
    const options = {
      eventStore,
      targets: [{ projector, readModel: building }],
      versions: await loadProgrammes(eventStore, upTo),
      upTo,
      now: clockOf(group, clock()),
      announce: false,
      partitions,
    }
    // New rules may change every member's past.
    if (news.rules) await sweep(options)
    else await foldAgain(news.members, options)
    await building.commit({ members: [], checkpoint: { partitions, position: upTo } })
  }
  const versions = await loadProgrammes(eventStore, head)
  // Without this, what had become due and was announced by the living projector would be announced again after the swap.
  for (const [at, group] of Map.groupBy(goals, ({ clock }) => clock)) {
    const partitions = group.map(({ partition }) => partition)
    await letTimePass(projector, versions, building, { at, partitions })
    await building.commit({ members: [], checkpoint: { partitions, clock: at } })
  }
  await followAhead(projector, versions, live, building, clock())
}

/** Members with events between two positions, and whether the projector goes by other rules since. */
async function newsBetween(
  projector: Projector,
  eventStore: EventStore,
  from: number,
  upTo: number,
): Promise<{ members: Set<string>; rules: boolean }> {
  const members = new Set<string>()
  let rules = false
  for (let after = from; after < upTo; ) {
    const records = await eventStore.readHeadings({ after, limit: 5_000 })
    const last = records.at(-1)
    if (!last) break
    for (const { stream, type } of records) {
      const memberId = memberOfStream(stream)
      if (memberId !== undefined) members.add(memberId)
      if (changesRules(projector, type)) rules = true
    }
    after = last.position
  }
  return { members, rules }
}

async function foldAgain(memberIds: ReadonlySet<string>, options: SweepOptions): Promise<void> {
  const { eventStore, upTo, partitions = [] } = options
  const own = new Set(partitions)
  for (const memberId of memberIds) {
    if (!own.has(partitionOf(memberId))) continue
    const events = await eventStore.readStream(memberStream(memberId), { upTo })
    if (events.length > 0) await foldAndCommit([{ memberId, events }], options)
  }
}

/** Silently: whatever this changes has been announced. */
async function letTimePass(
  projector: Projector,
  versions: ProgrammeVersions,
  building: ReadModel,
  { at, partitions }: { at: number; partitions: readonly number[] },
): Promise<void> {
  for (;;) {
    const due = await building.due({ at, limit: 1_000, partitions })
    if (due.length === 0) return
    const members = due.map((member) => asOf(projector, versions, member, at))
    await building.commit({ members })
  }
}

/** Members looked at that way at the most; there are few, since the living projector's clock is seldom far behind it. */
const aheadMax = 10_000

/** The living projector shows some members as of a later instant than its clock: those with events since, above all. */
async function followAhead(
  projector: Projector,
  versions: ProgrammeVersions,
  live: ReadModel,
  building: ReadModel,
  now: number,
): Promise<void> {
  const due = await building.due({ at: now, limit: aheadMax, partitions: allPartitions })
  const shown = await live.load(due.map(({ memberId }) => memberId))
  const done = due.filter(({ memberId }) => {
    const member = shown.get(memberId)
    return member !== undefined && (member.nextDue === null || member.nextDue > now)
  })
  if (done.length > 0) await building.commit({ members: done.map((member) => asOf(projector, versions, member, now)) })
}

function asOf(projector: Projector, versions: ProgrammeVersions, { memberId, state: text }: StoredMember, at: number): StoredMember {
  return storedMember(projector, versions, { memberId, text, state: restoreState(projector, text).state }, at)
}
