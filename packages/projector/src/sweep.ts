import { partitionCount } from '@perennial/contracts'
import type { Fold, ProgrammeVersions } from '@perennial/domain'
import type { EventRecord, EventStore, MemberRecords } from '@perennial/event-store'
import type { ParkedMember, ReadModel, StoredMember } from '@perennial/read-store'
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
  /** Also partitions that stand at `upTo` already: for a changed programme. */
  again?: boolean
  partitions?: readonly number[]
  onProgress?(events: number): void
  signal?: AbortSignal
}

export const allPartitions: readonly number[] = Array.from({ length: partitionCount }, (_, partition) => partition)

/**
 * Folds every member from its stream, partition by partition, for several projectors in one pass over the log.
 * Each state is written once however long the history is, and late events cost nothing extra. A sweep that was cut
 * off goes on with the partitions that it had not finished.
 */
export async function sweep(options: SweepOptions): Promise<void> {
  const { eventStore, targets, upTo, now } = options
  const done = await Promise.all(targets.map(async ({ readModel }) => (await readModel.checkpoints()).map(({ position }) => position)))
  for (const partition of options.partitions ?? allPartitions) {
    const open = options.again ? targets : targets.filter((_, index) => (done[index]?.[partition] ?? 0) < upTo)
    if (open.length === 0) continue
    for await (const members of eventStore.readHistories({ partition, upTo })) {
      if (options.signal?.aborted) return
      await foldAndCommit(members, open, options)
    }
    for (const { readModel } of open) {
      await readModel.commit({ members: [], checkpoint: { partitions: [partition], position: upTo, clock: now } })
    }
  }
}

async function foldAndCommit(members: readonly MemberRecords[], targets: readonly SweepTarget[], options: SweepOptions): Promise<void> {
  const { now, versions } = options
  const folds = targets.map(({ projector }) => projector.fold(versions))
  const results = members.map(({ memberId, events }) => ({ memberId, outcome: foldForEach(events, folds, versions) }))

  for (const [index, { projector, readModel }] of targets.entries()) {
    const stored: StoredMember[] = []
    const park: ParkedMember[] = []
    for (const { memberId, outcome } of results) {
      const state = outcome.states[index]
      if (state instanceof FoldFailure) {
        park.push(parkedMember(memberId, state, now))
      } else {
        const text = saveState(projector, outcome.digest as MemberDigest, state)
        stored.push(storedMember(projector, versions, { memberId, text, state }, now))
      }
    }
    let announcements: string[] = []
    if (options.announce) {
      const before = await readModel.load(stored.map(({ memberId }) => memberId))
      announcements = stored.flatMap(({ memberId, shown }) => announcementsOf(projector, memberId, before.get(memberId)?.shown, shown, now))
    }
    const parked = new Set((await readModel.parked()).map(({ memberId }) => memberId))
    const unpark = parked.size === 0 ? [] : stored.map(({ memberId }) => memberId).filter((memberId) => parked.has(memberId))
    await readModel.commit({ members: stored, announcements, park, unpark })
  }
  options.onProgress?.(members.reduce((sum, { events }) => sum + events.length, 0))
}

export function parkedMember(memberId: string, failure: FoldFailure, now: number): ParkedMember {
  const { position, id } = failure.record
  return { memberId, position, eventId: id, reason: failure.message, parkedAt: now, retryRequested: false }
}

/** One pass for all folds; only if one of them fails, one pass each, so that nobody is parked for another's fault. */
function foldForEach(
  records: readonly EventRecord[],
  folds: readonly Fold<unknown>[],
  versions: ProgrammeVersions,
): { states: unknown[]; digest: MemberDigest | undefined } {
  try {
    const folded = foldMember(records, folds, versions)
    if (!folded) throw new Error('a history has at least one event')
    return { states: folded.states, digest: digestOf(folded.history, folded.last) }
  } catch (error) {
    if (!(error instanceof FoldFailure)) throw error
    if (folds.length === 1) return { states: [error], digest: undefined }
    const each = folds.map((fold) => foldForEach(records, [fold], versions))
    return { states: each.flatMap(({ states }) => states), digest: each.find(({ digest }) => digest)?.digest }
  }
}
