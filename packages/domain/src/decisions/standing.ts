import type { DecisionDataOf } from '@perennial/contracts'
import type { MemberEvent } from '../member/member-event.ts'
import type { PointsStateInFull } from '../points/points-state.ts'

/** How a member stands at the instant at which something is decided. */
export interface Standing {
  memberId: string
  /** What counts for the member, advanced to that instant: what has expired by then is gone. */
  points: PointsStateInFull
  /** null until the first purchase, where the programme names none. */
  currency: string | null
  past: PastDecisions
  merges: Merge[]
}

/** What was decided about a member before, by the ids that later decisions refer to. */
export interface PastDecisions {
  /** Also those that are over. */
  holds: Map<string, DecisionDataOf['PointsHeld']>
  proposals: Map<string, Proposal>
}

export interface Proposal {
  at: number
  points: number
  reason: string
  by: string
  /** Approved or rejected. */
  answered: boolean
}

export interface Merge {
  id: string
  into: string
  undone: boolean
}

/** @param history the events that count for the member, in the order of the folds */
export function pastDecisions(history: readonly MemberEvent[]): PastDecisions {
  const holds: PastDecisions['holds'] = new Map()
  const proposals: PastDecisions['proposals'] = new Map()
  const answered = (id: string | undefined) => {
    const proposal = id === undefined ? undefined : proposals.get(id)
    if (proposal) proposal.answered = true
  }
  for (const event of history) {
    if (event.type === 'PointsHeld') holds.set(event.id, event.data)
    if (event.type === 'AdjustmentProposed') {
      const { points, reason, by } = event.data
      proposals.set(event.id, { at: event.occurredAt, points, reason, by, answered: false })
    }
    if (event.type === 'AdjustmentRejected' || event.type === 'PointsAdjusted') answered(event.data.adjustment)
  }
  return { holds, proposals }
}

/** @param events the member's own stream, by revision */
export function mergesOf(events: readonly MemberEvent[]): Merge[] {
  const merges: Merge[] = []
  for (const event of events) {
    if (event.type === 'MergedInto') merges.push({ id: event.id, into: event.data.into, undone: false })
    if (event.type === 'MergeUndone') {
      const undone = merges.find(({ id }) => id === event.data.merge)
      if (undone) undone.undone = true
    }
  }
  return merges
}

/** The merge by which the member is part of another one now. */
export function standingMerge(merges: readonly Merge[]): Merge | undefined {
  return merges.find(({ undone }) => !undone)
}

export function mergedMessage(memberId: string, { into }: Pick<Merge, 'into'>): string {
  return `The history of "${memberId}" is that of "${into}" now.`
}
