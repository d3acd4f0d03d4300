import type {
  Decided,
  DecisionDataOf,
  DecisionType,
  MadeDecision,
  OpenHolds,
  OpenRedemptions,
  Pooled,
  WaitingAdjustments,
} from '@perennial/contracts'
import pc from 'picocolors'
import { toMinute } from './instant.ts'
import { count, table } from './table.ts'

/** What was decided, under which key, and what the member has now. */
export function describeDecided({ decision, points, repeated }: Decided): string {
  return [
    `${sentence(decision)}${repeated ? pc.yellow(' It was decided before; nothing is done again.') : ''}`,
    ...describeWorth(decision),
    `  key ${decision.id}`,
    ...describePoints(points),
  ].join('\n')
}

export function describePooled({ into, parts, points }: Pooled): string {
  const rows = parts.map(({ from, decision, why }) => [from, decision ? Number(decision.data.points) : 0, decision?.id ?? why])
  return [`Pooled into ${pc.bold(into)}.`, table(['from', 'points', 'key'], rows), ...describePoints(points)].join('\n')
}

function describePoints(points: Decided['points']): string[] {
  if (!points) return []
  const { memberId, available, held, pending, debt } = points
  const parts = [`${count(available)} available`]
  if (held > 0) parts.push(`${count(held)} held`)
  if (pending > 0) parts.push(`${count(pending)} pending`)
  if (debt > 0) parts.push(`${count(debt)} owed`)
  return [`  ${memberId} has ${parts.join(', ')}.`]
}

type Sentences = { [T in DecisionType]?: (data: DecisionDataOf[T], decision: MadeDecision) => string }

const sentences: Sentences = {
  PointsHeld: ({ points, lapsesAt }) => `Held ${pointsText(points)} until ${when(lapsesAt)}.`,
  HoldCaptured: ({ points, hold }) => `Captured ${pointsText(points)} of the hold ${hold}.`,
  HoldReleased: ({ hold }) => `Released the hold ${hold}.`,
  PointsRedeemed: ({ points }) => `Redeemed ${pointsText(points)}.`,
  RedemptionCancelled: ({ points, redemption }) => `Gave ${pointsText(points)} of the redemption ${redemption} back.`,
  PointsAdjusted: ({ points, approvedBy }) =>
    `${points > 0 ? 'Gave' : 'Took'} ${pointsText(Math.abs(points))} by hand${approvedBy ? `, approved by ${approvedBy}` : ''}.`,
  AdjustmentProposed: ({ points }, made) =>
    `Proposed to ${points > 0 ? 'give' : 'take'} ${pointsText(Math.abs(points))}; a second person must approve it:\n  perennial points approve ${made.memberId} ${made.id} --by …`,
  AdjustmentRejected: ({ adjustment }) => `Rejected the adjustment ${adjustment}.`,
  TierGranted: ({ tier, until }, { memberId }) => `${memberId} is ${tier} at least until ${when(until)}.`,
  PointsTransferredOut: ({ points, to }, made) => `Gave ${pointsText(points)} of ${made.memberId} to ${to}.`,
  MergedInto: ({ into }, { memberId, id }) => `Merged ${memberId} into ${into}. To undo it:\n  perennial unmerge ${memberId} ${id} --by …`,
  MergeUndone: ({ merge }, { memberId }) => `Undid the merge ${merge}: ${memberId} is a member again.`,
}

function sentence(decision: MadeDecision): string {
  const say = sentences[decision.type] as ((data: unknown, decision: MadeDecision) => string) | undefined
  return say?.(decision.data, decision) ?? decision.type
}

function describeWorth({ worth }: MadeDecision): string[] {
  return worth ? [`  worth ${worth.amount}${worth.currency === null ? '' : ` ${worth.currency}`}`] : []
}

function pointsText(points: number): string {
  return `${count(points)} ${points === 1 ? 'point' : 'points'}`
}

function when(instant: string): string {
  return `${toMinute(instant)} UTC`
}

export interface Open {
  memberId: string
  holds: OpenHolds['rows']
  redemptions: OpenRedemptions['rows']
  adjustments: WaitingAdjustments['rows']
}

/** What can still be captured, cancelled or approved. */
export function describeOpen({ memberId, holds, redemptions, adjustments }: Open): string {
  const rows = [
    ...holds.map(({ hold, points, at, lapsesAt, orderId }) => ['hold', hold, points, when(at), orderId, `lapses ${when(lapsesAt)}`]),
    ...redemptions.map(({ redemption, points, at, orderId }) => ['redemption', redemption, points, when(at), orderId, null]),
    ...adjustments.map(({ adjustment, points, at, reason, by }) => [
      'adjustment',
      adjustment,
      points,
      when(at),
      null,
      `${reason}, by ${by}`,
    ]),
  ]
  return rows.length === 0 ? `Nothing of ${memberId} is open.` : table(['what', 'id', 'points', 'when', 'order', ''], rows)
}
