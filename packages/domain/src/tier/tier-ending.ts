import type { Rules } from '../programme/rules.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import { earnedLevelChangesAt } from './qualifying-days.ts'
import { earnedLevel, heldLevel, type TierState } from './tier-state.ts'
import { type TierVersions, tierVersions } from './tier-versions.ts'
import { nextOfHeld, nextVersion, passInstant } from './time-passes.ts'

/** How far ahead is looked, in instants at which something is due; a tier that is renewed each day would never end. */
const instantsMax = 1_000

/** What becomes of the tier if nothing more happens. */
export interface TierChange {
  at: number
  to: string
  /** Whether the tier is lower then, by the levels of that time. */
  falls: boolean
}

/** When the tier ends, and what it is then, if it is time to say so and nothing more happens. */
export function tierEnding(state: TierState, versions: ProgrammeVersions, asOf: number): { at: number; to: string } | undefined {
  const rules = versions.judging(state.at)
  if (!warns(rules)) return undefined
  const change = nextTierChange(state, tierVersions(versions))
  return change?.falls && warnsAt(change, rules) <= asOf ? { at: change.at, to: change.to } : undefined
}

/** The next instant at which the tier changes by itself, or it is time to say that it ends. */
export function tierDue(state: TierState, tiers: TierVersions): number | undefined {
  if (state.tier === '') return undefined
  const rules = tiers.versions.judging(state.at)
  const version = nextVersion(state, tiers)
  let due = version
  if (followsAtOnce(state, rules)) {
    due = Math.min(due, earnedLevelChangesAt(state, rules))
  } else {
    const change = nextTierChange(state, tiers, warns(rules) ? Number.POSITIVE_INFINITY : version)
    if (change) due = Math.min(due, change.at)
    const from = change?.falls && warns(rules) ? warnsAt(change, rules) : 0
    if (from > state.at) due = Math.min(due, from)
  }
  return due === Number.POSITIVE_INFINITY ? undefined : due
}

function warns(rules: Rules): boolean {
  return rules.programme.tiers.downgrade.warnBefore !== 'P0D'
}

function warnsAt({ at }: TierChange, { calendar, programme }: Rules): number {
  return calendar.addToInstant(at, `-${programme.tiers.downgrade.warnBefore}`)
}

/** Whether the tier is, and goes on being, what the window earns: then there is nothing to look ahead for. */
function followsAtOnce({ keptUntil, falling, granted }: TierState, rules: Rules): boolean {
  const { upgrade, keepUntil, downgrade } = rules.programme.tiers
  const plain = upgrade === 'immediately' && keepUntil === undefined && downgrade.grace === 'P0D' && !warns(rules)
  return plain && keptUntil === undefined && !falling && !granted
}

function nextTierChange(state: TierState, tiers: TierVersions, until = Number.POSITIVE_INFINITY): TierChange | undefined {
  const future = copyOf(state)
  for (let count = 0; count < instantsMax; count++) {
    const next = nextTurn(future, tiers)
    if (next > until || next === Number.POSITIVE_INFINITY) return undefined
    passInstant(future, tiers, next)
    if (future.tier !== state.tier) return { at: next, to: future.tier, falls: isLower(future, state.tier, tiers) }
  }
  return { at: future.at, to: future.tier, falls: false }
}

function isLower({ at, currency, tier }: TierState, before: string, { versions }: TierVersions): boolean {
  const { levelNamed } = versions.judging(at).in(currency)
  return levelNamed(tier).index < levelNamed(before).index
}

/** Like letting time pass, but days that leave without changing what is earned are passed over. */
function nextTurn(state: TierState, tiers: TierVersions): number {
  const rules = tiers.versions.judging(state.at)
  const window = earnedLevelChangesAt(state, rules)
  const version = nextVersion(state, tiers)
  const atRest = !state.falling && earnedLevel(state, rules) === heldLevel(state, rules)
  // What is earned for good is renewed for ever.
  if (atRest && Math.min(window, version) === Number.POSITIVE_INFINITY) return state.granted?.until ?? Number.POSITIVE_INFINITY
  return Math.min(window, version, nextOfHeld(state, rules))
}

/** Time takes whole days away; it does not change them. */
function copyOf(state: TierState): TierState {
  const days: TierState['days'] = {}
  for (const metric of Object.keys(state.days) as (keyof typeof days)[]) days[metric] = state.days[metric]?.slice() ?? []
  return { ...state, days }
}
