import { type Decided, type DecisionType, digitsOf, formatMinor, type MadeDecision, type PointsRow } from '@perennial/contracts'
import { formatInstant, type ProgrammeVersions } from '@perennial/domain'
import { type EventRecord, memberOfStream } from '@perennial/event-store'
import { inOrder, namingTheEvent, type Projector } from '@perennial/projector'
import { foldPoints } from './member-standing.ts'

/** A decision as its caller sees it. */
export function madeDecision({ stream, id, type, occurredAt, data }: EventRecord): MadeDecision {
  const { worth, currency } = data as { worth?: number; currency?: string }
  return {
    id,
    memberId: memberOfStream(stream) as string,
    type: type as DecisionType,
    at: formatInstant(occurredAt),
    data: data as MadeDecision['data'],
    ...(worth !== undefined && { worth: worthText(worth, currency) }),
  }
}

export function worthText(worth: number, currency: string | undefined): NonNullable<MadeDecision['worth']> {
  return { amount: formatMinor(worth, digitsOf(currency ?? null)), currency: currency ?? null }
}

/**
 * The member's points as they are when these events are all there is, at the last of them: so the answer to a decision
 * is the same whenever it is asked for again. null for a member who is part of another one.
 */
export function pointsAfter(projector: Projector, records: readonly EventRecord[], versions: ProgrammeVersions): Decided['points'] {
  return namingTheEvent(() => {
    const history = inOrder(records)
    const [first] = records
    if (history.length === 0 || !first) return null
    const at = records.reduce((latest, { occurredAt }) => Math.max(latest, occurredAt), 0)
    const { points } = foldPoints(history, versions, at)
    return projector.row(memberOfStream(first.stream) as string, points, at, versions) as PointsRow
  })
}
