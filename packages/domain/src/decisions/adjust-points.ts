import type { Rules } from '../programme/rules.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import { checkAvailable } from './check-spending.ts'
import { type CommandOf, type Decided, type Refused, refuse } from './decision.ts'
import type { Proposal, Standing } from './standing.ts'

/** Points by hand. Above the programme's limit the adjustment is proposed only, and waits for a second person. */
export function adjustPoints(
  standing: Standing,
  { points, reason, by }: CommandOf<'adjust'>,
  versions: ProgrammeVersions,
  at: number,
): Decided<'PointsAdjusted' | 'AdjustmentProposed'> {
  const rules = versions.judging(at)
  const missing = checkTaking(standing, points, rules)
  if (missing) return missing
  const waits = Math.abs(points) > rules.programme.points.adjust.approvalAbove
  return { type: waits ? 'AdjustmentProposed' : 'PointsAdjusted', data: { points, reason, by } }
}

export function approveAdjustment(
  standing: Standing,
  { adjustment: id, by: approvedBy }: CommandOf<'approve'>,
  versions: ProgrammeVersions,
  at: number,
): Decided<'PointsAdjusted'> {
  const proposal = waitingProposal(standing, id)
  if ('refused' in proposal) return proposal
  const { points, reason, by } = proposal
  // However the id is written: it is the same person.
  if (approvedBy.toLowerCase() === by.toLowerCase()) return refuse('same-person', `It was proposed by ${by}.`)
  // Days may have passed since the proposal.
  const missing = checkTaking(standing, points, versions.judging(at))
  return missing ?? { type: 'PointsAdjusted', data: { points, reason, by, approvedBy, adjustment: id } }
}

/** By anybody: who proposed it may withdraw it. */
export function rejectAdjustment(standing: Standing, { adjustment: id, by }: CommandOf<'reject'>): Decided<'AdjustmentRejected'> {
  const proposal = waitingProposal(standing, id)
  return 'refused' in proposal ? proposal : { type: 'AdjustmentRejected', data: { adjustment: id, by } }
}

/** Where debts are carried, more may be taken than there is. */
function checkTaking(standing: Standing, points: number, { programme }: Rules): Refused | undefined {
  return points < 0 && programme.points.returns.debt === 'clamp' ? checkAvailable(standing, -points) : undefined
}

function waitingProposal({ past }: Standing, id: string): Proposal | Refused {
  const proposal = past.proposals.get(id)
  if (!proposal) return refuse('adjustment-unknown', `No adjustment "${id}" was proposed.`)
  return proposal.answered ? refuse('adjustment-over') : proposal
}
