import type { ChurnRiskRow, CloudEvent, LifecycleRow, PointsRow, Programme, TierRow } from '@perennial/contracts'
import type { MemberEvent } from '@perennial/domain'
import { streamOf } from './history.ts'
import { live, type Member } from './member.ts'
import { pointsRow, tierRow } from './rows.ts'
import { churnRiskRow, lifecycleRow } from './shopping.ts'
import { tellStory } from './story.ts'

export interface MemberRows {
  tier: TierRow
  points: PointsRow
  lifecycle: LifecycleRow
  'churn-risk': ChurnRiskRow
}

/**
 * state(member, asOf), computed the slow and obvious way from the meaning alone (docs/rules.md): everything from the
 * events, every time, with exact fractions and the calendar. It shares no code with the folds, which must agree with it.
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
  const story = tellStory(streamOf(memberId, events), programmes, asOf)
  const member = live(story, programmes, asOf)
  if (!member) return undefined
  return {
    tier: tierRow(memberId, story, member, asOf),
    points: pointsRow(memberId, member, asOf),
    lifecycle: lifecycleRow(memberId, story, programmes, asOf),
    'churn-risk': churnRiskRow(memberId, story, programmes, asOf),
  }
}

/** The rows that follow the rules of points and tiers, of a stream with facts and decisions, in any order. */
export function rowsByTheRules(
  memberId: string,
  stream: readonly MemberEvent[],
  programmes: readonly Programme[],
  asOf: number,
): Pick<MemberRows, 'tier' | 'points'> | undefined {
  const story = tellStory(stream, programmes, asOf)
  const member = live(story, programmes, asOf)
  return member && { tier: tierRow(memberId, story, member, asOf), points: pointsRow(memberId, member, asOf) }
}

/** What the rows are made of, after every event and at the end. */
export function lifeOf(
  stream: readonly MemberEvent[],
  programmes: readonly Programme[],
  asOf: number,
  look: (member: Member) => void,
): Member | undefined {
  return live(tellStory(stream, programmes, asOf), programmes, asOf, look)
}
