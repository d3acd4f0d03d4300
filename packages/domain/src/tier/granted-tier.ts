import type { DecisionDataOf } from '@perennial/contracts'
import type { Level, Rules } from '../programme/rules.ts'
import { heldLevel, type TierState } from './tier-state.ts'

/** By hand, for a time: replaces what was granted before. */
export function grantTier(state: TierState, { tier, until }: DecisionDataOf['TierGranted']): void {
  state.granted = { tier, until: Date.parse(until) }
  endGrant(state)
}

export function endGrant(state: TierState): void {
  if (state.granted && state.granted.until <= state.at) state.granted = undefined
}

/** The level that was granted and counts now; undefined where there is none, or the programme does not have it. */
export function grantedLevel({ granted, currency }: TierState, rules: Rules): Level | undefined {
  return granted && rules.in(currency).levels.find(({ name }) => name === granted.tier)
}

/** A member has one tier: the higher of what is held and what was granted. */
export function showTier(state: TierState, rules: Rules): void {
  const granted = grantedLevel(state, rules)
  const tier = granted && granted.index > heldLevel(state, rules).index ? granted.name : state.held
  if (tier === state.tier) return
  state.tier = tier
  state.since = state.at
}
