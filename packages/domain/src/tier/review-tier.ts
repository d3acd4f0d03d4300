import type { Rules } from '../programme/rules.ts'
import { beginToFall, drop, renew, rise } from './keep-tier.ts'
import { windowUnderReview } from './qualifying-days.ts'
import { nextEvaluation } from './qualifying-window.ts'
import { earnedLevel, heldLevel, type TierState } from './tier-state.ts'

/** Does what is due for the held level at this instant. The window has moved; days that left it are still there. */
export function reviewTier(state: TierState, rules: Rules): void {
  if (state.falling?.at === state.at) endGrace(state, rules, state.falling.to)
  if (state.keptUntil === state.at) endKeeping(state, rules)
  if (rules.programme.tiers.upgrade === 'at-evaluation' && isEvaluation(state, rules)) evaluate(state, rules)
}

function isEvaluation({ at, joined }: TierState, rules: Rules): boolean {
  return nextEvaluation(at - 1, rules, joined) === at
}

/** What was earned during the grace softens the fall. */
function endGrace(state: TierState, rules: Rules, to: string): void {
  const { levelNamed } = rules.in(state.currency)
  const earned = earnedLevel(state, rules)
  if (earned.index >= heldLevel(state, rules).index) return
  const lost = levelNamed(to)
  drop(state, rules, lost.index > earned.index ? lost : earned)
}

/** The time for which the level was kept is over: it is renewed by what was earned, or begins to fall. */
function endKeeping(state: TierState, rules: Rules): void {
  const reviewed = windowUnderReview(state, rules)
  const earned = rules.in(state.currency).levelFor(reviewed.total)
  if (earned.index >= heldLevel(state, rules).index) {
    rise(state, rules, earned, true)
    state.basis = reviewed
    return
  }
  state.keptUntil = undefined
  if (!state.falling) beginToFall(state, rules, earned, true)
}

function evaluate(state: TierState, rules: Rules): void {
  const reviewed = windowUnderReview(state, rules)
  const earned = rules.in(state.currency).levelFor(reviewed.total)
  if (earned.index <= heldLevel(state, rules).index) return
  rise(state, rules, earned, true)
  state.basis = reviewed
}

/** A programme that begins to keep levels keeps those that are earned. */
export function beginKeeping(state: TierState, rules: Rules): void {
  if (rules.programme.tiers.keepUntil === undefined || state.keptUntil !== undefined) return
  const held = heldLevel(state, rules).index
  if (held > 0 && earnedLevel(state, rules).index >= held) renew(state, rules)
}
