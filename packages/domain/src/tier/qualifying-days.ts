import { exact } from '../money/exact.ts'
import type { Rules } from '../programme/rules.ts'
import type { QualifyingAmount } from './qualifying-amounts.ts'
import { firstDayOfWindow, leavesWindowAt, windowBeginsAnewAfter, windowHolds } from './qualifying-window.ts'
import type { Basis, DayAmount, Metric, TierState } from './tier-state.ts'
import type { TierVersions } from './tier-versions.ts'

/** Stands for all days where none of them matters: earlier than any instant. */
const anyDay = -100_000_001

/** Adds to the day of the amount, or takes from it, if the day counts now or under a later version. */
export function countAmount(state: TierState, tiers: TierVersions, rules: Rules, metric: Metric, { at, amount }: QualifyingAmount): void {
  const day = at === state.at && tiers.byDay ? rules.calendar.dayOf(at) : dayOfAmount(at, tiers)
  const decides = metric === rules.programme.tiers.metric
  const counts = decides && windowHolds(day, rules, state.joined, state.at)
  if (!counts && !countsAgain(day, metric, state, tiers)) return
  if (counts) state.qualifying = exact(state.qualifying + amount)
  const isNew = addToDays((state.days[metric] ??= []), day, amount)
  if (isNew && decides && !counts) state.daysOutside++
}

/** The day that it was by the rules of its time, whatever zone a later version has. */
export function dayOfAmount(at: number, { byDay, versions }: TierVersions): number {
  return byDay ? versions.judging(at).calendar.dayOf(at) : anyDay
}

/** Whether the day was not there before. */
function addToDays(days: DayAmount[], day: number, amount: number): boolean {
  let index = days.length
  while (index > 0 && (days[index - 1] as DayAmount)[0] > day) index--
  const entry = days[index - 1]
  if (entry?.[0] === day) {
    entry[1] = exact(entry[1] + amount)
    return false
  }
  if (index === days.length) days.push([day, amount])
  else days.splice(index, 0, [day, amount])
  return true
}

/** Whether a version that takes effect later counts the day when it does, or reviews it then. */
function countsAgain(day: number, metric: Metric, state: TierState, { versions }: TierVersions): boolean {
  return versions.after(state.at).some((rules) => {
    if (rules.programme.tiers.metric !== metric) return false
    const { joined, at } = state
    const counts = (from: TierState['joined']) =>
      windowHolds(day, rules, from, rules.effectiveFrom) || windowHolds(day, rules, from, rules.effectiveFrom - 1)
    // Whoever is not enrolled may yet be, today: then the member's own years begin with today.
    return counts(joined) || (joined?.enrolled === false && counts({ day: versions.judging(at).calendar.dayOf(at), enrolled: true }))
  })
}

function decidingDays(state: TierState, rules: Rules): DayAmount[] {
  return state.days[rules.programme.tiers.metric] ?? []
}

/** Several days may leave at once: 28 and 29 February plus a year, or a whole year. */
export function leaveWindow(state: TierState, rules: Rules): void {
  const days = decidingDays(state, rules)
  for (;;) {
    const oldest = days[state.daysOutside]
    if (!oldest || windowHolds(oldest[0], rules, state.joined, state.at)) return
    state.qualifying -= oldest[1]
    state.daysOutside++
  }
}

/** A new version may have a longer window, or another metric: all its days are in it until they are looked at. */
export function openWindow(state: TierState, rules: Rules): void {
  state.daysOutside = 0
  state.qualifying = decidingDays(state, rules).reduce((sum, [, amount]) => exact(sum + amount), 0)
}

/** Days that no version will count again need not be remembered. */
export function forgetDays(state: TierState, tiers: TierVersions, rules: Rules): void {
  const days = decidingDays(state, rules)
  while (state.daysOutside > 0 && !countsAgain((days[0] as DayAmount)[0], rules.programme.tiers.metric, state, tiers)) {
    days.shift()
    state.daysOutside--
  }
}

/** The same for the metrics that do not decide now. */
export function forgetDaysOfOthers(state: TierState, tiers: TierVersions, rules: Rules): void {
  for (const metric of tiers.metrics) {
    if (metric === rules.programme.tiers.metric) continue
    state.days[metric] = state.days[metric]?.filter(([day]) => countsAgain(day, metric, state, tiers)) ?? []
  }
}

/** When days next leave the window; infinity if none ever do. */
export function daysLeaveAt(state: TierState, rules: Rules): number {
  const oldest = decidingDays(state, rules)[state.daysOutside]
  if (!oldest) return Number.POSITIVE_INFINITY
  const { window } = rules.programme.tiers
  if ('rolling' in window) return leavesWindowAt(oldest[0], rules, window.rolling)
  return windowBeginsAnewAfter(state.at, rules, state.joined)
}

/** When the level that is earned next changes because days leave the window; infinity if it never does. */
export function earnedLevelChangesAt(state: TierState, rules: Rules): number {
  const { levelFor } = rules.in(state.currency)
  const { window } = rules.programme.tiers
  const level = levelFor(state.qualifying)
  if (!('rolling' in window)) return levelFor(0) === level ? Number.POSITIVE_INFINITY : windowBeginsAnewAfter(state.at, rules, state.joined)
  const days = decidingDays(state, rules)
  let left = state.qualifying
  for (let index = state.daysOutside; index < days.length; index++) {
    const [day, amount] = days[index] as DayAmount
    left -= amount
    if (levelFor(left) !== level) return leavesWindowAt(day, rules, window.rolling)
  }
  return Number.POSITIVE_INFINITY
}

/** The window as it is now. */
export function windowNow(state: TierState, rules: Rules): Basis {
  const from = decidingDays(state, rules)[state.daysOutside]?.[0] ?? rules.calendar.dayOf(state.at)
  return { total: state.qualifying, from, at: state.at }
}

/**
 * The window that a review looks at: of a year that ends now, that year; else the window as it is now.
 * Must be asked before the days that left it are forgotten.
 */
export function windowUnderReview(state: TierState, rules: Rules): Basis {
  const { window } = rules.programme.tiers
  if ('rolling' in window || 'lifetime' in window) return windowNow(state, rules)
  const before = state.at - 1
  const from = firstDayOfWindow(rules, state.joined, before)
  // After a move to a zone further west, a day may be known that has not begun yet, and is not of that year.
  const until = rules.calendar.dayOf(windowBeginsAnewAfter(before, rules, state.joined))
  const days = decidingDays(state, rules)
  let total = 0
  for (let index = days.length - 1; index >= 0; index--) {
    const [day, amount] = days[index] as DayAmount
    if (day < from) break
    if (day < until) total = exact(total + amount)
  }
  return { total, from, until, at: before }
}
