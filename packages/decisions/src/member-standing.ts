import { PerennialError } from '@perennial/contracts'
import {
  compareEvents,
  emptyHistory,
  interpret,
  type MemberEvent,
  mergesOf,
  type PointsStateInFull,
  type ProgrammeVersions,
  pastDecisions,
  pointsFold,
  type Standing,
} from '@perennial/domain'
import { type EventRecord, type EventStore, memberStream } from '@perennial/event-store'
import { inOrder, namingTheEvent, refuseMerged, toMemberEvent } from '@perennial/projector'

/** @throws PerennialError `member-unknown` */
export async function readMember(eventStore: EventStore, memberId: string): Promise<EventRecord[]> {
  const records = await eventStore.readStream(memberStream(memberId))
  if (records.length === 0) throw new PerennialError('member-unknown', { where: memberId })
  return records
}

/** @throws PerennialError `member-unknown`, `member-merged` */
export async function requireMember(eventStore: EventStore, memberId: string): Promise<EventRecord[]> {
  const records = await readMember(eventStore, memberId)
  await refuseMerged(eventStore, memberId)
  return records
}

/**
 * How a member stands when the next decision is made, and when that is: now, or at the last thing that has happened to
 * the member where the clock lies behind it. So a decision always follows everything that it was made from.
 *
 * @param records the member's stream; at least one event
 */
export function standingOf(
  memberId: string,
  records: readonly EventRecord[],
  versions: ProgrammeVersions,
  now: number,
): { standing: Standing; at: number } {
  return namingTheEvent(() => {
    const history = inOrder(records)
    const at = instantOfDecision(records, history.at(-1), now)
    const { points, currency } = foldPoints(history, versions, at)
    const merges = mergesOf(records.map(toMemberEvent))
    return { standing: { memberId, points, currency, past: pastDecisions(history), merges }, at }
  })
}

function instantOfDecision(records: readonly EventRecord[], last: MemberEvent | undefined, now: number): number {
  let at = now
  for (const { occurredAt } of records) at = Math.max(at, occurredAt)
  if (!last) return at
  at = Math.max(at, last.occurredAt)
  // A decision that was adopted with another member's history may stand behind ours at the same instant.
  const next = { occurredAt: at, type: 'PointsRedeemed', source: '', id: '', revision: records.length }
  return compareEvents(last, next) < 0 ? at : at + 1
}

/** @param history what counts for the member, in order; nothing of it after `at` */
export function foldPoints(
  history: readonly MemberEvent[],
  versions: ProgrammeVersions,
  at: number,
): { points: PointsStateInFull; currency: string | null } {
  const fold = pointsFold(versions)
  const told = emptyHistory()
  let points = fold.initial()
  for (const event of history) {
    interpret(told, event, versions.currencyAt(event.occurredAt), (occurrence) => {
      points = fold.evolve(fold.advance(points, occurrence.at), occurrence)
    })
  }
  return { points: fold.advance(points, at), currency: told.currency ?? versions.currencyAt(at) ?? null }
}
