import type { CloudEvent, PointsRow, Programme, TierRow } from '@perennial/contracts'
import type { MemberEvent } from '@perennial/domain'
import { streamOf } from './history.ts'
import { nothingLearnt } from './learnt.ts'
import { live, type Member } from './member.ts'
import type { ShopRules } from './rhythm.ts'
import { pointsRow, tierRow } from './rows.ts'
import { shoppingAfterEach } from './shopping-days.ts'
import { type ShoppingRows, shoppingRows } from './shopping-rows.ts'
import { type StageChange, stageChanges } from './stages.ts'
import { tellStory } from './story.ts'

export interface MemberRows extends ShoppingRows {
  tier: TierRow
  points: PointsRow
}

/**
 * state(member, asOf), computed the slow and obvious way from the meaning alone (docs/rules.md, docs/shopping.md):
 * everything from the events, every time, with exact fractions and the calendar. It shares no code with the folds, which
 * must agree with it.
 *
 * @param events that were accepted, in any order
 * @param programmes versions of the programme, at least one
 * @param learnt from the shop, if anything
 * @returns undefined for a member of whom nothing was known at `asOf`
 */
export function referenceRows(
  memberId: string,
  events: readonly CloudEvent[],
  programmes: readonly Programme[],
  asOf: number,
  learnt = nothingLearnt,
): MemberRows | undefined {
  const story = tellStory(streamOf(memberId, events), programmes, asOf)
  const member = live(story, programmes, asOf)
  if (!member) return undefined
  return {
    tier: tierRow(memberId, story, member, asOf),
    points: pointsRow(memberId, member, asOf),
    ...shoppingRows(memberId, story, { programmes, learnt }, asOf),
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

/** The rows that say how a member shops, of such a stream. */
export function rowsOfShopping(memberId: string, stream: readonly MemberEvent[], rules: ShopRules, asOf: number): ShoppingRows | undefined {
  const story = tellStory(stream, rules.programmes, asOf)
  return story.moments.length > 0 ? shoppingRows(memberId, story, rules, asOf) : undefined
}

/** Every stage that the member entered by then, the first one first. */
export function stagesOfShopping(stream: readonly MemberEvent[], rules: ShopRules, asOf: number): StageChange[] {
  return stageChanges(shoppingAfterEach(tellStory(stream, rules.programmes, asOf), rules.programmes), rules, asOf)
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
