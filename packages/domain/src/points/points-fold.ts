import type { Fold } from '../fold.ts'
import type { Engagement, Occurrence, Purchase } from '../member/occurrence.ts'
import type { Level, Rules } from '../programme/rules.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import { currentLevel, tierRules } from '../tier/tier-rules.ts'
import { isActivity, movePoints } from './decisions-move-points.ts'
import { type Earnings, earning, type QualifyingPoints, qualifyingPoints } from './earning.ts'
import { firstWarning } from './expiry-warnings.ts'
import { explainActivity, explainAward } from './explain-award.ts'
import { type Cause, type Journal, nameOf } from './journal.ts'
import { type Lot, move, noPoints } from './ledger.ts'
import { lotDates } from './lot-dates.ts'
import { bookLot } from './lots.ts'
import type { PointsStateInFull } from './points-state.ts'
import { takePointsBack } from './returns-take-points-back.ts'
import type { Source } from './source.ts'
import { letTimePass, nextChange, noteActivity } from './time-passes.ts'

const nothingQualifies: readonly QualifyingPoints[] = []

/**
 * Points balance: lots with a pending time and an expiry, in a double-entry ledger.
 *
 * @param journal is told of every movement, for a state that is folded from nothing. Rebuilds have none and must not
 * pay for it: nothing is put together where there is no journal.
 */
export function pointsFold(versions: ProgrammeVersions, journal?: Journal): Fold<PointsStateInFull> {
  const tiers = tierRules(versions)
  const { earn, initial } = earning(versions)
  const pointsQualify = versions.all.some((rules) => rules.programme.tiers.metric === 'points')
  const activityMatters = versions.all.some(({ programme: { points } }) => points.expiry !== 'never' && 'inactivity' in points.expiry)

  function tell(lot: Lot, source: Source, cause: Cause): void {
    lot.source = source
    journal?.({ at: lot.at, points: lot.left, from: 'issued', to: 'pending', cause })
  }

  function bookAward(
    state: PointsStateInFull,
    occurrence: Purchase | Engagement,
    level: Level,
    award: NonNullable<Earnings['award']>,
  ): void {
    const { at } = occurrence
    const rules = versions.inForce(at) as Rules
    const lot = bookLot(state, { at, left: award.points, released: false, ...lotDates(rules, at) })
    move(state.accounts, award.points, 'issued', 'pending')
    if (occurrence.kind === 'purchase') {
      const { order } = occurrence
      state.lotOf.set(order, lot)
      if (journal) tell(lot, { order: nameOf(order) }, explainAward(order, rules, level, award))
    } else if (journal) {
      const { activity, reference } = occurrence.data
      tell(lot, { activity, ...(reference !== undefined && { reference }) }, explainActivity(occurrence, rules, award))
    }
  }

  /** What an order or an activity earns, and what a return takes back. The level held before it decides. */
  function book(state: PointsStateInFull, occurrence: Occurrence): readonly QualifyingPoints[] {
    const { at } = occurrence
    const level = currentLevel(state.tier, versions)
    const earned = earn(state.earning, occurrence, level)
    if (!earned) return nothingQualifies
    if (earned.award) bookAward(state, occurrence as Purchase | Engagement, level, earned.award)
    for (const returned of earned.returns) takePointsBack(state, returned, { at, versions, journal })
    return pointsQualify ? qualifyingPoints(earned, at) : nothingQualifies
  }

  return {
    initial: () => ({
      tier: tiers.initial(),
      earning: initial(),
      accounts: noPoints(),
      lots: [],
      holds: [],
      debts: [],
      booked: 0,
      at: 0,
      redemptions: new Map(),
      lotOf: new Map(),
    }),

    evolve(state, occurrence) {
      const { at } = occurrence
      state.at = at
      const qualifying = occurrence.kind === 'decision' ? nothingQualifies : book(state, occurrence)
      if (occurrence.kind === 'decision') movePoints(state, occurrence, versions, journal)
      if (activityMatters && keepsPointsAlive(occurrence)) noteActivity(state, at, versions)
      state.tier = tiers.evolve(state.tier, occurrence, qualifying)
      // Without a pending period, points are there at once.
      letTimePass(state, at, versions, journal)
      return state
    },

    advance(state, to) {
      state.tier = tiers.advance(state.tier, to)
      letTimePass(state, to, versions, journal)
      state.at = Math.max(state.at, to)
      return state
    },

    nextDue(state) {
      const due = Math.min(nextChange(state), firstWarning(state, versions))
      return due === Number.POSITIVE_INFINITY ? undefined : due
    },
  }
}

function keepsPointsAlive(occurrence: Occurrence): boolean {
  switch (occurrence.kind) {
    case 'purchase':
    case 'engagement':
    case 'enrolment':
      return true
    case 'decision':
      return isActivity(occurrence.decision)
    default:
      return false
  }
}
