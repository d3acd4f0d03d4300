import { isDeepStrictEqual } from 'node:util'
import { PerennialError, partitionOf } from '@perennial/contracts'
import type { ProgrammeVersions } from '@perennial/domain'
import { type EventStore, memberStream } from '@perennial/event-store'
import type { ReadModel, StoredMember } from '@perennial/read-store'
import { FoldFailure, foldMember } from './fold-member.ts'
import { digestOf } from './member-digest.ts'
import { loadProgrammes } from './programme-log.ts'
import type { Projector } from './projector.ts'
import { saveState, storedMember } from './stored-state.ts'

export interface VerifyOptions {
  projector: Projector
  readModel: ReadModel
  eventStore: EventStore
  clock(): number
  onProgress?(members: number): void
}

/** One place in which a read model does not say what the streams say. */
export interface Difference {
  memberId: string
  /** Path within the stored state, such as `state.accounts.available`; `row` where one of the two is missing. */
  field: string
  stored: unknown
  recomputed: unknown
}

export interface Verification {
  projector: string
  members: number
  /** Left out of the comparison: they wait behind an event that could not be folded. */
  parked: number
  differences: Difference[]
}

const differencesMax = 100

/**
 * Folds every member from its stream and compares with what is stored: state, shown values and next due time.
 * Live projectors may go on meanwhile: a member that differs is looked at again where its projector now stands.
 *
 * @throws PerennialError `read-model-version`
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const { projector, readModel, eventStore, onProgress } = options
  refuseOtherVersion(projector, readModel)
  const positions = await positionsOf(readModel)
  const upTo = Math.max(...positions)
  const versions = await loadProgrammes(eventStore, upTo)
  const parked = new Set((await readModel.parked()).map(({ memberId }) => memberId))
  const result: Verification = { projector: projector.name, members: 0, parked: parked.size, differences: [] }
  let rows = 0

  for await (const members of eventStore.readHistories({ upTo })) {
    const stored = await readModel.load(members.map(({ memberId }) => memberId))
    rows += stored.size
    for (const { memberId, events } of members) {
      if (parked.has(memberId)) continue
      result.members++
      const first = compare(options, versions, memberId, events, stored.get(memberId))
      if (first.length > 0 && result.differences.length < differencesMax) result.differences.push(...(await lookAgain(options, memberId)))
    }
    onProgress?.(members.length)
  }

  // Rows of members without events are looked for only where there are more rows than were met.
  if ((await readModel.counts()).members === rows) return result
  for (let after = ''; ; ) {
    const page = await readModel.page({ after, limit: 1_000 })
    for (const { memberId } of page) {
      if ((await eventStore.readStream(memberStream(memberId))).length === 0) {
        result.differences.push({ memberId, field: 'row', stored: 'present', recomputed: 'no events' })
      }
    }
    const last = page.at(-1)
    if (!last) return result
    after = last.memberId
  }
}

/** What another version folded differs everywhere, and that is no fault. @throws PerennialError `read-model-version` */
export function refuseOtherVersion({ name, version }: Projector, readModel: ReadModel): void {
  if (readModel.version !== version) throw new PerennialError('read-model-version', { where: name })
}

/** By partition. */
async function positionsOf(readModel: ReadModel): Promise<number[]> {
  return (await readModel.checkpoints()).map(({ position }) => position)
}

/** A projector that is running may have been between two reads of ours: only a difference that stays is one. */
async function lookAgain(options: VerifyOptions, memberId: string): Promise<Difference[]> {
  const { readModel, eventStore } = options
  for (;;) {
    const before = await positionsOf(readModel)
    const stored = (await readModel.load([memberId])).get(memberId)
    const after = await positionsOf(readModel)
    if (!isDeepStrictEqual(before, after)) continue
    // Its own partition may stand elsewhere than the others, where several processes share them.
    const upTo = after[partitionOf(memberId)] ?? 0
    return compare(
      options,
      await loadProgrammes(eventStore, upTo),
      memberId,
      await eventStore.readStream(memberStream(memberId), { upTo }),
      stored,
    )
  }
}

function compare(
  { projector, clock }: VerifyOptions,
  versions: ProgrammeVersions,
  memberId: string,
  events: Parameters<typeof foldMember>[0],
  stored: StoredMember | undefined,
): Difference[] {
  const recomputed = recompute(projector, versions, memberId, events, clock())
  if (!stored || !recomputed)
    return stored === recomputed ? [] : [{ memberId, field: 'row', stored: stored && 'present', recomputed: recomputed && 'present' }]
  const differences = diff('', JSON.parse(stored.state), JSON.parse(recomputed.state))
  // What is overdue was right when it was stored; the clock loop has not come to it yet.
  const overdue = stored.nextDue !== null && stored.nextDue <= clock()
  if (!overdue) {
    differences.push(...diff('shown', stored.shown, recomputed.shown), ...diff('nextDue', stored.nextDue, recomputed.nextDue))
  }
  return differences.map((difference) => ({ memberId, ...difference }))
}

function recompute(
  projector: Projector,
  versions: ProgrammeVersions,
  memberId: string,
  events: Parameters<typeof foldMember>[0],
  now: number,
): StoredMember | undefined {
  try {
    const folded = foldMember(events, [projector.fold(versions)], versions)
    if (!folded) return undefined
    const state = folded.states[0]
    const text = saveState(projector, digestOf(folded.history, folded.last), state)
    return storedMember(projector, versions, { memberId, text, state }, now)
  } catch (error) {
    if (!(error instanceof FoldFailure)) throw error
    return undefined
  }
}

function diff(field: string, stored: unknown, recomputed: unknown): Omit<Difference, 'memberId'>[] {
  if (isDeepStrictEqual(stored, recomputed)) return []
  if (!isObject(stored) || !isObject(recomputed)) return [{ field, stored, recomputed }]
  const keys = new Set([...Object.keys(stored), ...Object.keys(recomputed)])
  return [...keys].flatMap((key) => diff(field === '' ? key : `${field}.${key}`, stored[key], recomputed[key]))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
