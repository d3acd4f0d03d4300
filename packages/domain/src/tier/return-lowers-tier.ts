import { exact } from '../money/exact.ts'
import type { Rules } from '../programme/rules.ts'
import { isKept } from './keep-tier.ts'
import type { QualifyingAmount } from './qualifying-amounts.ts'
import { dayOfAmount } from './qualifying-days.ts'
import { nextEvaluation } from './qualifying-window.ts'
import { type Basis, earnedLevel, heldLevel, type TierState } from './tier-state.ts'
import type { TierVersions } from './tier-versions.ts'

/**
 * What a return does to a level that is held, beside lowering the window: with `recalculate` it undoes a level whose
 * own purchases came back, even one that is kept; with `at-evaluation` the level stays until the next evaluation.
 *
 * @param taken what the return took, by the metric that decides; the window has been lowered by it
 */
export function returnLowersTier(state: TierState, tiers: TierVersions, rules: Rules, taken: readonly QualifyingAmount[]): void {
  if (rules.programme.tiers.onReturn === 'recalculate') undoWhatCameBack(state, tiers, rules, taken)
  else keepToEvaluation(state, rules)
}

function undoWhatCameBack(state: TierState, tiers: TierVersions, rules: Rules, taken: readonly QualifyingAmount[]): void {
  const { basis } = state
  if (!basis) return
  let total = basis.total
  for (const amount of taken) {
    if (isOf(basis, amount, tiers)) total = exact(total + amount.amount)
  }
  state.basis = { ...basis, total }

  const { levels, levelFor } = rules.in(state.currency)
  const held = heldLevel(state, rules).index
  const left = Math.max(levelFor(total).index, earnedLevel(state, rules).index)
  if (levelFor(basis.total).index < held || left >= held) return
  state.held = (levels[left] as (typeof levels)[number]).name
  state.falling = undefined
}

/** Whether the total has in it what a return took. What it did not match was never there, also at the basis' own instant. */
function isOf(basis: Basis, { at, unmatched }: QualifyingAmount, tiers: TierVersions): boolean {
  if (unmatched || at > basis.at) return false
  const day = dayOfAmount(at, tiers)
  return day >= basis.from && (basis.until === undefined || day < basis.until)
}

function keepToEvaluation(state: TierState, rules: Rules): void {
  if (state.falling || isKept(state)) return
  if (earnedLevel(state, rules).index < heldLevel(state, rules).index) state.keptUntil = nextEvaluation(state.at, rules, state.joined)
}
