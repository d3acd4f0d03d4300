import type { Rules } from '../programme/rules.ts'
import { beginToFall, isKept, renew, rise } from './keep-tier.ts'
import { windowNow } from './qualifying-days.ts'
import { earnedLevel, heldLevel, type TierState } from './tier-state.ts'
import type { TierVersions } from './tier-versions.ts'

/** Brings the held level to what is earned, as far as the rules let it go at once. */
export function settle(state: TierState, rules: Rules, { keepsLevels }: TierVersions): void {
  const earned = earnedLevel(state, rules)
  if (earned.name !== state.held || state.falling) follow(state, rules)
  // Only what is kept can be undone by a return later: otherwise it is lost as soon as it is not earned.
  if (keepsLevels && earned.index >= heldLevel(state, rules).index) state.basis = windowNow(state, rules)
}

function follow(state: TierState, rules: Rules): void {
  const earned = earnedLevel(state, rules)
  for (;;) {
    const held = heldLevel(state, rules)
    if (earned.index >= held.index) {
      if (earned.index > held.index && rules.programme.tiers.upgrade === 'immediately') rise(state, rules, earned)
      else if (state.falling) renew(state, rules)
      return
    }
    if (state.falling || isKept(state)) return
    beginToFall(state, rules, earned)
  }
}
