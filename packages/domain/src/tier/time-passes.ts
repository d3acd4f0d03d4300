import type { Rules } from '../programme/rules.ts'
import { endGrant, showTier } from './granted-tier.ts'
import { daysLeaveAt, forgetDays, forgetDaysOfOthers, leaveWindow, openWindow } from './qualifying-days.ts'
import { nextEvaluation } from './qualifying-window.ts'
import { beginKeeping, reviewTier } from './review-tier.ts'
import { settle } from './settle-tier.ts'
import { earnedLevel, heldLevel, type TierState } from './tier-state.ts'
import type { TierVersions } from './tier-versions.ts'

/** Lets time pass from one instant at which anything can happen to the next. */
export function letTimePass(state: TierState, tiers: TierVersions, to: number): void {
  while (state.tier !== '') {
    const rules = tiers.versions.judging(state.at)
    const next = Math.min(daysLeaveAt(state, rules), nextVersion(state, tiers), nextOfHeld(state, rules))
    if (next > to) break
    passInstant(state, tiers, next)
  }
  state.at = Math.max(state.at, to)
}

export function nextVersion({ at }: TierState, { versions }: TierVersions): number {
  return versions.nextChange(at) ?? Number.POSITIVE_INFINITY
}

/** The next instant at which something is due for the held or the granted level, whatever the window does. */
export function nextOfHeld(state: TierState, rules: Rules): number {
  const { keptUntil, falling, granted } = state
  let next = Number.POSITIVE_INFINITY
  if (keptUntil !== undefined) next = keptUntil
  if (falling && falling.at < next) next = falling.at
  if (granted && granted.until < next) next = granted.until
  if (rules.programme.tiers.upgrade === 'at-evaluation' && earnedLevel(state, rules).index > heldLevel(state, rules).index) {
    next = Math.min(next, nextEvaluation(state.at, rules, state.joined))
  }
  return next
}

/** Does what is due at an instant: nothing can be due between the state's own and this. */
export function passInstant(state: TierState, tiers: TierVersions, at: number): void {
  const rules = tiers.versions.judging(at)
  const newVersion = rules.effectiveFrom === at
  if (newVersion) takeEffect(state, tiers.versions.judging(state.at), rules)
  state.at = at
  leaveWindow(state, rules)
  reviewTier(state, rules)
  if (newVersion) beginKeeping(state, rules)
  settle(state, rules, tiers)
  endGrant(state)
  showTier(state, rules)
  forgetDays(state, tiers, rules)
  if (newVersion) forgetDaysOfOthers(state, tiers, rules)
}

function takeEffect(state: TierState, before: Rules, rules: Rules): void {
  state.held = heldLevel(state, rules).name
  // A later version may have the level again: it stands for this one's lowest until then, and from then on.
  if (state.falling) state.falling = { ...state.falling, to: rules.in(state.currency).levelNamed(state.falling.to).name }
  // Points cannot be taken from a total of money.
  if (before.programme.tiers.metric !== rules.programme.tiers.metric) state.basis = undefined
  openWindow(state, rules)
}
