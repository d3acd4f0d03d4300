import type { ChurnRiskRow, CloudEvent, LifecycleRow, PointsRow, Programme, TierRow } from '@perennial/contracts'
import { pointsRow } from './points.ts'
import { churnRiskRow, lifecycleRow } from './shopping.ts'
import { tellStory } from './story.ts'
import { tierRow } from './tier.ts'

export interface MemberRows {
  tier: TierRow
  points: PointsRow
  lifecycle: LifecycleRow
  'churn-risk': ChurnRiskRow
}

/**
 * state(member, asOf), computed the slow and obvious way from the meaning alone: everything from the events, every
 * time, with exact fractions and the calendar. It shares no code with the folds, which must agree with it.
 *
 * @param events that were accepted, in any order
 * @param programmes versions of the programme, at least one
 * @returns undefined for a member of whom nothing was known at `asOf`
 */
export function referenceRows(
  memberId: string,
  events: readonly CloudEvent[],
  programmes: readonly Programme[],
  asOf: number,
): MemberRows | undefined {
  const story = tellStory(events, memberId, programmes, asOf)
  if (story.moments.length === 0) return undefined
  return {
    tier: tierRow(memberId, story, programmes, asOf),
    points: pointsRow(memberId, story, programmes, asOf),
    lifecycle: lifecycleRow(memberId, story, programmes, asOf),
    'churn-risk': churnRiskRow(memberId, story, programmes, asOf),
  }
}
