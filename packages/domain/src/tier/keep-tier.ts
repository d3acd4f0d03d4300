import type { Level, Rules } from '../programme/rules.ts'
import { heldLevel, type TierState } from './tier-state.ts'

/**
 * Until when a level lasts that is reached now. A review at the end of a year is about that year: what it gives lasts
 * from there, not from the new year's first instant.
 */
function keepUntil(state: TierState, { calendar, programme }: Rules, inReview: boolean): number | undefined {
  const until = programme.tiers.keepUntil
  if (until === undefined) return undefined
  if (until !== 'end-of-next-year') return calendar.startOfDayAfter(calendar.dayOf(state.at), until)
  const year = calendar.startOfYear(calendar.dayOf(inReview ? state.at - 1 : state.at))
  return calendar.startOfDayAfter(year, 'P2Y')
}

/** Kept again from now on, whether it was falling or not. */
export function renew(state: TierState, rules: Rules, inReview = false): void {
  state.keptUntil = keepUntil(state, rules, inReview)
  state.falling = undefined
}

export function rise(state: TierState, rules: Rules, to: Level, inReview = false): void {
  state.held = to.name
  renew(state, rules, inReview)
}

/** With grace the level stays for a while; without, it falls at once. */
export function beginToFall(state: TierState, rules: Rules, to: Level, inReview = false): void {
  const { calendar, programme } = rules
  const at = calendar.startOfDayAfter(calendar.dayOf(state.at), programme.tiers.downgrade.grace)
  if (at > state.at) state.falling = { at, to: to.name }
  else drop(state, rules, to, inReview)
}

/** To what was earned, or one level down, which is kept in its turn. */
export function drop(state: TierState, rules: Rules, to: Level, inReview = false): void {
  const { levels } = rules.in(state.currency)
  const below = levels[heldLevel(state, rules).index - 1]
  const softly = rules.programme.tiers.downgrade.to === 'one-down' && below && below.index > to.index
  state.basis = undefined
  rise(state, rules, softly ? below : to, inReview)
}

/** Whether the held level stays although it is earned no longer. */
export function isKept({ at, keptUntil }: TierState): boolean {
  return keptUntil !== undefined && keptUntil > at
}
