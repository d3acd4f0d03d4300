import { partitionCount } from '@perennial/contracts'
import type { Fold, ProgrammeVersions } from '@perennial/domain'
import type { EventRecord, EventStore, MemberRecords } from '@perennial/event-store'
import type { ParkedMember, ReadModel, StoredMember } from '@perennial/read-store'
import { yieldTurn } from '@perennial/runtime'
import { FoldFailure, foldMember } from './fold-member.ts'
import { digestOf, type MemberDigest } from './member-digest.ts'
import type { Projector } from './projector.ts'
import { announcementsOf, saveState, storedMember } from './stored-state.ts'

export interface SweepTarget {
  projector: Projector
  readModel: ReadModel
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
 * was cut off goes on behind the last member that it wrote.
 */
export async function sweep(options: SweepOptions): Promise<void> {
  const { eventStore, targets, upTo, now, signal, partitions = allPartitions } = options
  const pass = passName(options)
  const marks = await Promise.all(targets.map(({ readModel }) => readModel.passMark(pass)))
  // Where it died between two projectors, the one that is ahead folds a page again and finds nothing new.
  const after = firstInBytes(marks.map((mark) => (mark?.upTo === upTo ? mark.after : '')))
  const histories = eventStore.readHistories({
    upTo,
    ...(partitions.length < partitionCount && { partitions }),
    after,
  })
  for await (const members of histories) {
    if (signal?.aborted) return
    await foldAndCommit(members, options, pass)
    await yieldTurn()
  }
  for (const { readModel } of targets) {
    await readModel.commit({ members: [], checkpoint: { partitions, position: upTo, clock: now }, pass: { pass, mark: null } })
  }
}

function firstInBytes(memberIds: readonly string[]): string {
  return memberIds.reduce((first, memberId) => (Buffer.compare(Buffer.from(memberId), Buffer.from(first)) < 0 ? memberId : first))
}

/** Two sweeps that divide the members between them keep marks of their own. */
export function passName({ partitions = allPartitions }: Pick<SweepOptions, 'partitions'>): string {
  return `${partitions[0]}+${partitions.length}`
}

/** Without `pass`, for members out of turn. */
export async function foldAndCommit(members: readonly MemberRecords[], options: SweepOptions, pass?: string): Promise<void> {
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

  for (const [index, { projector, readModel }] of targets.entries()) {
    const { stored, remove, park } = changes[index] as (typeof changes)[number]
    let announcements: string[] = []
    if (options.announce) {
      const before = await readModel.load(stored.map(({ memberId }) => memberId))
      announcements = stored.flatMap(({ memberId, shown }) => announcementsOf(projector, memberId, before.get(memberId)?.shown, shown, now))
    }
    const failed = new Set(park.map(({ memberId }) => memberId))
    const parkedBefore = await readModel.parked()
    const swept = parkedBefore.length === 0 ? undefined : new Set(members.map(({ memberId }) => memberId))
    const unpark = parkedBefore.map(({ memberId }) => memberId).filter((memberId) => swept?.has(memberId) && !failed.has(memberId))
    await readModel.commit({ members: stored, remove, announcements, park, unpark, ...(pass && { pass: { pass, mark: { upTo, after } } }) })
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
