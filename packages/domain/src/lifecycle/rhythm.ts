import type { Purchase } from '../member/occurrence.ts'
import type { Rules } from '../programme/rules.ts'

/** What is known of how often a member buys. Several purchases on one day are one shopping day. */
export interface ShoppingDays {
  count: number
  firstAt: number
  lastAt: number
  /** Local day of `lastAt`. */
  lastDay: number
}

export function noShoppingDays(): ShoppingDays {
  return { count: 0, firstAt: 0, lastAt: 0, lastDay: 0 }
}

/** Counts a purchase; true when it falls on a new shopping day. */
export function addShoppingDay(days: ShoppingDays, purchase: Purchase, rules: Rules): boolean {
  const day = rules.calendar.dayOf(purchase.at)
  const isNew = days.count === 0 || day !== days.lastDay
  if (days.count === 0) days.firstAt = purchase.at
  if (isNew) days.count++
  days.lastAt = purchase.at
  days.lastDay = day
  return isNew
}

/**
 * The member's usual time between shopping days, in milliseconds: the mean of the gaps seen, drawn towards the
 * programme's prior as if `weight` gaps of that length had been seen too, within the programme's bounds.
 * (The posterior mean of a conjugate gamma prior on the rate of buying.)
 */
export function rhythmMs(days: ShoppingDays, rules: Rules): number {
  const { priorMs, weight, shortestMs, longestMs } = rules.rhythm
  const gaps = Math.max(0, days.count - 1)
  const mean = (priorMs * weight + (days.lastAt - days.firstAt)) / (weight + gaps)
  return Math.round(Math.min(longestMs, Math.max(shortestMs, mean)))
}
