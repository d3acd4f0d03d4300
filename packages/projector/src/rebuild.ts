import { randomUUID } from 'node:crypto'
import { PerennialError, partitionOf } from '@perennial/contracts'
import type { ProgrammeVersions } from '@perennial/domain'
import { type EventStore, type MemberRecords, memberOfStream, memberStream } from '@perennial/event-store'
import {
  type Checkpoint,
  GenerationRetired,
  type ReadModel,
  type ReadStore,
  reachedPosition,
  type StoredMember,
} from '@perennial/read-store'
import { idle } from '@perennial/runtime'
import { changesRules, loadProgrammes } from './programme-log.ts'
import type { Projector } from './projector.ts'
import { restoreState, storedMember } from './stored-state.ts'
import { endSwap, intendSwap } from './swap-intent.ts'
import { allPartitions, foldAndCommit, type SweepOptions, sweep } from './sweep.ts'

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
/** After so many in vain, those who share the partitions are asked to stand still until it has caught up. */
const chasesInPassing = 10
const standStillWaitMs = 200
/** Members that a chase writes in one transaction. */
const membersPerCommit = 64

/**
 * Blue/green: fills new tables while the old ones serve, up to exactly where the old ones stand, then swaps them.
 * Nothing is announced: what the old tables had announced is taken as announced. A rebuild that was cut off goes on
 * where it stopped.
 *
 * @returns false when the signal stopped it before the swap, or another one has taken over
 */
export async function rebuild(options: RebuildOptions): Promise<boolean> {
  try {
    return await fillAndSwap(options)
  } catch (error) {
    if (error instanceof GenerationRetired || (error instanceof PerennialError && error.code === 'partition-lost')) return false
    throw error
  }
}

async function fillAndSwap(options: RebuildOptions): Promise<boolean> {
  const { projectors, readStores, eventStore, signal } = options
  const rebuilds = await Promise.all(
    projectors.map(async (projector) => {
      const readStore = readStores.get(projector.name) as ReadStore
      const live = await readStore.live(projector)
      return {
        projector,
        readStore,
        live,
        building: await takeOver(await readStore.building(projector)),
        checkpoints: await live.checkpoints(),
      }
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
        now: clockOf(
          group.flatMap(({ checkpoints }) => checkpoints),
          options.clock(),
        ),
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
    if (!(await chaseAndSwap(projector, readStore, building, options))) return false
    await options.failPoint?.('rebuild-swapped')
  }
  return true
}

/**
 * All partitions of the new tables, for no time at all, but under an epoch that every commit names: nobody ever waits for
 * a rebuild that has died, and one that was asleep while another took over is refused whatever it still writes, also when
 * these tables serve already.
 */
async function takeOver(building: ReadModel): Promise<ReadModel> {
  const { epoch } = await building.claim({ owner: `rebuild ${randomUUID()}`, partitions: allPartitions, ttlMs: 0 })
  return { ...building, commit: (changes) => building.commit({ ...changes, epoch }) }
}

/**
 * What was shown as of the old tables' clock is what they had announced; later things are due, and announced, after the
 * swap. Where partitions have clocks of their own, the earliest: nothing is taken as announced that was not.
 */
function clockOf(checkpoints: readonly Checkpoint[], now: number): number {
  return Math.min(now, ...checkpoints.map(({ clock }) => clock).filter((clock) => clock > 0))
}

/** @returns false when the signal stopped it before the swap */
async function chaseAndSwap(projector: Projector, readStore: ReadStore, building: ReadModel, options: RebuildOptions): Promise<boolean> {
  const { signal } = options
  try {
    for (let chase = 0; chase < chasesMax; chase++) {
      if (signal?.aborted) return false
      const live = await readStore.live(projector)
      if (await isSweeping(live, projector)) {
        await endSwap(building)
        await idle(sweepWaitMs, signal)
        continue
      }
      if (chase >= chasesInPassing) {
        await intendSwap(live)
        await idle(standStillWaitMs, signal)
      }
      await followLive(projector, live, building, options)
      await intendSwap(live)
      if (!(await isSweeping(live, projector)) && (await readStore.swap())) return true
      if (chase < chasesInPassing) await endSwap(building)
    }
  } finally {
    // Of the projector, whichever tables are live by now.
    await endSwap(building)
  }
  await readStore.abandonBuild()
  throw new PerennialError('data-busy', {
    where: projector.name,
    message: 'The live tables moved on faster than the rebuild could follow.',
  })
}

/**
 * A projector in the middle of a sweep has announced some members by rules that its position does not know of yet: swapped
 * now, they would be announced once more. Tables of another version of the projector are swept by those who still hold
 * partitions of them, or by nobody any more.
 */
export async function isSweeping(live: ReadModel, projector: Projector): Promise<boolean> {
  if (!(await live.checkpoints()).some(({ sweep }) => sweep !== null)) return false
  if (live.version === projector.version) return true
  return (await live.leases()).some(({ over }) => !over)
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
    const versions = await loadProgrammes(eventStore, upTo)
    const options = {
      eventStore,
      targets: [{ projector, readModel: building }],
      versions,
      upTo,
      now: clockOf(group, clock()),
      announce: false,
      partitions,
    }
    // New rules may change every member's past.
    if (news.rules) await sweep(options)
    else await foldAgain(news.members, options)
    await building.commit({ members: [], checkpoint: { partitions, position: upTo } })
    await followClocks(projector, versions, live, building, { goals: group, now: clock() })
  }
}

/** Without this, what had become due and was announced by the living projector would be announced again after the swap. */
async function followClocks(
  projector: Projector,
  versions: ProgrammeVersions,
  live: ReadModel,
  building: ReadModel,
  { goals, now }: { goals: readonly Checkpoint[]; now: number },
): Promise<void> {
  for (const [at, group] of Map.groupBy(goals, ({ clock }) => clock)) {
    const partitions = group.map(({ partition }) => partition)
    await letTimePass(projector, versions, building, { at, partitions })
    await building.commit({ members: [], checkpoint: { partitions, clock: at } })
  }
  const partitions = goals.map(({ partition }) => partition)
  await followAhead(projector, versions, live, building, { now, partitions })
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

/** Only members of its partitions, in transactions of some members each: a way to the store for each would be too slow to catch up. */
async function foldAgain(memberIds: ReadonlySet<string>, options: SweepOptions): Promise<void> {
  const { eventStore, upTo, partitions = [] } = options
  const own = new Set(partitions)
  let members: MemberRecords[] = []
  for (const memberId of memberIds) {
    if (!own.has(partitionOf(memberId))) continue
    const events = await eventStore.readStream(memberStream(memberId), { upTo })
    if (events.length > 0) members.push({ memberId, events })
    if (members.length < membersPerCommit) continue
    await foldAndCommit(members, options)
    members = []
  }
  if (members.length > 0) await foldAndCommit(members, options)
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
  { now, partitions }: { now: number; partitions: readonly number[] },
): Promise<void> {
  const due = await building.due({ at: now, limit: aheadMax, partitions })
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
