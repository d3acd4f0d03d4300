import type { Occurrence } from '../member/occurrence.ts'
import { exact } from '../money/exact.ts'
import type { QualifyingPoints } from '../points/earning.ts'
import type { Level, Rules } from '../programme/rules.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import { grantTier, showTier } from './granted-tier.ts'
import { type QualifyingAmount, qualifyingAmounts } from './qualifying-amounts.ts'
import { countAmount, forgetDays, leaveWindow } from './qualifying-days.ts'
import { returnLowersTier } from './return-lowers-tier.ts'
import { settle } from './settle-tier.ts'
import { tierDue } from './tier-ending.ts'
import type { TierState } from './tier-state.ts'
import { type TierVersions, tierVersions } from './tier-versions.ts'
import { letTimePass } from './time-passes.ts'

export { grantedLevel } from './granted-tier.ts'
export { tierEnding } from './tier-ending.ts'
export { heldLevel, type Metric, type TierState } from './tier-state.ts'

/** The rules of tiers, for the tier's own fold and for that of points, which multiply by tier. */
export interface TierRules {
  initial(): TierState
  /** @param qualifying points that the occurrence earned and took back; asked for only where points qualify */
  evolve(state: TierState, occurrence: Occurrence, qualifying?: readonly QualifyingPoints[]): TierState
  advance(state: TierState, to: number): TierState
  nextDue(state: TierState): number | undefined
}

const noPoints: readonly QualifyingPoints[] = []

/** A level is held as it is earned in the window, kept as the programme says, and never below what was granted. */
export function tierRules(versions: ProgrammeVersions): TierRules {
  const tiers = tierVersions(versions)
  return {
    initial: () => initialState(tiers),

    evolve(state, occurrence, qualifying = noPoints) {
      const rules = versions.judging(occurrence.at)
      state.at = occurrence.at
      if (state.tier === '') state.held = (rules.in(state.currency).levels[0] as Level).name
      if (tiers.anniversaries) join(state, occurrence, rules)
      sumUp(state, occurrence)
      count(state, tiers, rules, occurrence, qualifying)
      if (occurrence.kind === 'decision' && occurrence.decision.type === 'TierGranted') grantTier(state, occurrence.decision.data)
      settle(state, rules, tiers)
      showTier(state, rules)
      return state
    },

    advance(state, to) {
      letTimePass(state, tiers, to)
      return state
    },

    nextDue: (state) => tierDue(state, tiers),
  }
}

function initialState({ metrics }: TierVersions): TierState {
  return {
    at: 0,
    tier: '',
    since: 0,
    currency: null,
    lifetimeSpend: 0,
    qualifying: 0,
    days: Object.fromEntries(metrics.map((metric) => [metric, []])),
    daysOutside: 0,
    held: '',
    keptUntil: undefined,
    falling: undefined,
    basis: undefined,
    granted: undefined,
    joined: undefined,
  }
}

/** The level that shows, under the version that judges the instant of the state: it multiplies points. */
export function currentLevel(state: TierState, versions: ProgrammeVersions): Level {
  return versions.judging(state.at).in(state.currency).levelNamed(state.tier)
}

/** The member's own years are counted from the first enrolment, or until there is one, from the first event. */
function join(state: TierState, { kind, at }: Occurrence, rules: Rules): void {
  if (state.joined && (state.joined.enrolled || kind !== 'enrolment')) return
  state.joined = { day: rules.calendar.dayOf(at), enrolled: kind === 'enrolment' }
}

function sumUp(state: TierState, occurrence: Occurrence): void {
  if (occurrence.kind !== 'purchase' && occurrence.kind !== 'return') return
  state.currency ??= occurrence.currency
  const amount = occurrence.kind === 'purchase' ? occurrence.amount : -occurrence.amount
  state.lifetimeSpend = exact(state.lifetimeSpend + amount)
}

function count(state: TierState, tiers: TierVersions, rules: Rules, occurrence: Occurrence, qualifying: readonly QualifyingPoints[]): void {
  let deciding: readonly QualifyingAmount[] = []
  for (const metric of tiers.metrics) {
    const amounts = qualifyingAmounts(metric, occurrence, qualifying)
    for (const amount of amounts) countAmount(state, tiers, rules, metric, amount)
    if (metric === rules.programme.tiers.metric) deciding = amounts
  }
  if (tiers.anniversaries && occurrence.kind === 'enrolment') {
    leaveWindow(state, rules)
    forgetDays(state, tiers, rules)
  }
  if (occurrence.kind === 'return') returnLowersTier(state, tiers, rules, deciding)
}
