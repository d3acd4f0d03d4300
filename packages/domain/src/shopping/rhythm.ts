import { dayMs } from '../time/calendar.ts'
import type { ShoppingFacts } from './shopping-facts.ts'

/** What a rhythm is drawn towards, and the bounds it keeps. */
export interface RhythmRules {
  priorMs: number
  weight: number
  shortestMs: number
  longestMs: number
}

/**
 * The member's usual time between shopping days, in whole milliseconds: the mean of the gaps seen, drawn towards the
 * prior as if `weight` gaps of that length had been seen too, within the bounds. (The posterior mean of a conjugate
 * gamma prior on the rate of buying.) At least one shopping day.
 */
export function rhythmOf({ days, firstDay, lastDay }: Pick<ShoppingFacts, 'days' | 'firstDay' | 'lastDay'>, rules: RhythmRules): number {
  const { priorMs, weight, shortestMs, longestMs } = rules
  const mean = (weight * priorMs + (lastDay - firstDay) * dayMs) / (weight + days - 1)
  return Math.round(Math.min(longestMs, Math.max(shortestMs, mean)))
}
