import { partitionCount } from '@perennial/contracts'
import type { Fold, ProgrammeVersions } from '@perennial/domain'
import type { EventRecord, EventStore, MemberRecords } from '@perennial/event-store'
import type { Checkpoint, ParkedMember, ReadModel, StoredMember } from '@perennial/read-store'
import { idle, yieldTurn } from '@perennial/runtime'
import { FoldFailure, foldMember } from './fold-member.ts'
import { digestOf, type MemberDigest } from './member-digest.ts'
import type { Projector } from './projector.ts'
import { announcementsOf, saveState, storedMember } from './stored-state.ts'
import { isSwapIntended } from './swap-intent.ts'

export interface SweepTarget {
  projector: Projector
  readModel: ReadModel
  /** Of the lease under which it is written, where its partitions are shared. */
  epoch?: number
}

export interface SweepOptions {
  eventStore: EventStore
  targets: readonly SweepTarget[]
  versions: ProgrammeVersions
  /** Position of the log up to which members are folded. */
  upTo: number
  /** Instant at which the results are shown. */
  now: number
  /** Whether changes against what is stored are announced. */
  announce: boolean
  partitions?: readonly number[]
  onProgress?(events: number): void
  signal?: AbortSignal
  /** A place to die, for tests. */
  failPoint?(name: 'sweep-committed'): void
}

export const allPartitions: readonly number[] = Array.from({ length: partitionCount }, (_, partition) => partition)

/**
 * Folds every member from its stream, by member id, for several projectors in one pass over the log. Each state is
 * written once however long the history is, behind the one before, and late events cost nothing extra. A sweep that
 * was cut off goes on behind the last member that it wrote. Partitions that stand further on are left alone.
 */
export async function sweep(options: SweepOptions): Promise<void> {
  const { eventStore, targets, upTo, signal } = options
  const standing = await Promise.all(targets.map(({ readModel }) => readModel.checkpoints()))
  const ahead = new Set(standing.flat().flatMap(({ partition, position }) => (position > upTo ? [partition] : [])))
  const partitions = (options.partitions ?? allPartitions).filter((partition) => !ahead.has(partition))
  if (partitions.length === 0) return
  const own = new Set(partitions)
  const checkpoints = standing.map((all) => all.filter(({ partition }) => own.has(partition)))
  if (options.announce) for (const [index, target] of targets.entries()) await begin(target, checkpoints[index] ?? [], options)
  // Where it died between two projectors, the one that is ahead folds a page again and finds nothing new.
  const after = firstInBytes(checkpoints.flat().map(({ sweep }) => (sweep?.upTo === upTo ? sweep.after : '')))
  if (signal?.aborted) return
  const histories = eventStore.readHistories({
    upTo,
    ...(partitions.length < partitionCount && { partitions }),
    after,
  })
  for await (const members of histories) {
    if (signal?.aborted) return
    await foldAndCommit(members, options, partitions)
    await yieldTurn()
  }
  for (const [index, target] of targets.entries()) await finish(target, checkpoints[index] ?? [], options)
}

const swapWaitMs = 100

/** Before the first member is announced, a rebuild that is about to replace these tables is let go first. */
async function begin({ readModel, epoch }: SweepTarget, checkpoints: readonly Checkpoint[], { upTo, signal }: SweepOptions): Promise<void> {
  const partitions = checkpoints.filter(({ sweep }) => sweep?.upTo !== upTo).map(({ partition }) => partition)
  if (partitions.length > 0) {
    await readModel.commit({ members: [], sweep: { partitions, mark: { upTo, after: '' } }, ...(epoch !== undefined && { epoch }) })
  }
  while (!signal?.aborted && (await isSwapIntended(readModel))) await idle(swapWaitMs, signal)
}

/** In one commit for each partition, and no clock goes back: another process's may be ahead of ours. */
async function finish({ readModel, epoch }: SweepTarget, checkpoints: readonly Checkpoint[], { upTo, now }: SweepOptions): Promise<void> {
  for (const [passes, group] of Map.groupBy(checkpoints, ({ clock }) => clock < now)) {
    const partitions = group.map(({ partition }) => partition)
    await readModel.commit({
      members: [],
      checkpoint: { partitions, position: upTo, ...(passes && { clock: now }) },
      sweep: { partitions, mark: null },
      ...(epoch !== undefined && { epoch }),
    })
  }
}

function firstInBytes(memberIds: readonly string[]): string {
  return memberIds.reduce((first, memberId) => (Buffer.compare(Buffer.from(memberId), Buffer.from(first)) < 0 ? memberId : first))
}

/** @param swept partitions of the sweep whose mark moves on to these members; none for members out of turn */
export async function foldAndCommit(members: readonly MemberRecords[], options: SweepOptions, swept?: readonly number[]): Promise<void> {
  const { now, versions, targets, upTo } = options
  const folds = targets.map(({ projector }) => projector.fold(versions))
  const after = members.at(-1)?.memberId ?? ''
  const changes = targets.map(() => ({ stored: [] as StoredMember[], remove: [] as string[], park: [] as ParkedMember[] }))
  for (const { memberId, events } of members) {
    // Each state becomes its row at once: a page of states would be memory that the next one has to move out of the way.
    for (const [index, { folded, failure }] of foldForEach(events, folds, versions).entries()) {
      const { projector } = targets[index] as SweepTarget
      const { stored, remove, park } = changes[index] as (typeof changes)[number]
      if (failure) park.push(parkedMember(memberId, failure, now))
      if (folded) {
        const text = saveState(projector, folded.digest, folded.state)
        stored.push(storedMember(projector, versions, { memberId, text, state: folded.state }, now))
      } else {
        remove.push(memberId)
      }
    }
  }

  for (const [index, { projector, readModel, epoch }] of targets.entries()) {
    const { stored, remove, park } = changes[index] as (typeof changes)[number]
    let announcements: string[] = []
    if (options.announce) {
      const before = await readModel.load(stored.map(({ memberId }) => memberId))
      announcements = stored.flatMap(({ memberId, shown }) => announcementsOf(projector, memberId, before.get(memberId)?.shown, shown, now))
    }
    const failed = new Set(park.map(({ memberId }) => memberId))
    const parkedBefore = await readModel.parked()
    const folded = parkedBefore.length === 0 ? undefined : new Set(members.map(({ memberId }) => memberId))
    const unpark = parkedBefore.map(({ memberId }) => memberId).filter((memberId) => folded?.has(memberId) && !failed.has(memberId))
    await readModel.commit({
      members: stored,
      remove,
      announcements,
      park,
      unpark,
      ...(swept && { sweep: { partitions: swept, mark: { upTo, after } } }),
      ...(epoch !== undefined && { epoch }),
    })
    options.failPoint?.('sweep-committed')
  }
  options.onProgress?.(members.reduce((sum, { events }) => sum + events.length, 0))
}

export function parkedMember(memberId: string, failure: FoldFailure, now: number): ParkedMember {
  const { position, id } = failure.record
  return { memberId, position, eventId: id, reason: failure.message, parkedAt: now, retryRequested: false }
}

/** What could be folded of a member, unless it is merged into another one, and the event at which it ended, if it did. */
export interface FoldOutcome {
  folded?: { state: unknown; digest: MemberDigest }
  failure?: FoldFailure
}

/** One pass for all folds; only if one of them fails, one pass each, so that nobody is parked for another's fault. */
function foldForEach(records: readonly EventRecord[], folds: readonly Fold<unknown>[], versions: ProgrammeVersions): FoldOutcome[] {
  try {
    const folded = foldMember(records, folds, versions)
    // Merged into another member: there is nothing of this one to show.
    if (!folded) return folds.map(() => ({}))
    const digest = digestOf(folded.history, folded.last)
    return folded.states.map((state) => ({ folded: { state, digest } }))
  } catch (error) {
    if (!(error instanceof FoldFailure)) throw error
    return folds.map((fold) => foldAsFarAsPossible(records, fold, versions))
  }
}

/**
 * Folds what was recorded before the first event that cannot be folded: that event and the later ones wait, whatever
 * batch they came in.
 */
export function foldAsFarAsPossible(records: readonly EventRecord[], fold: Fold<unknown>, versions: ProgrammeVersions): FoldOutcome {
  try {
    const folded = foldMember(records, [fold], versions)
    return folded ? { folded: { state: folded.states[0], digest: digestOf(folded.history, folded.last) } } : {}
  } catch (error) {
    if (!(error instanceof FoldFailure)) throw error
    const before = records.filter(({ position }) => position < error.record.position)
    return { failure: error, ...foldAsFarAsPossible(before, fold, versions) }
  }
}
