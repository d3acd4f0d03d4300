import type { Rules } from '../programme/rules.ts'
import type { TierState } from './tier-state.ts'

type Joined = TierState['joined']

/**
 * Which days count. `rolling: P` has those that are less than P ago; `calendar: year` those of this year;
 * `anniversary: enrolment` those of the member's own year; `lifetime` all.
 */
export function windowHolds(day: number, rules: Rules, joined: Joined, at: number): boolean {
  const { window } = rules.programme.tiers
  if ('rolling' in window) return leavesWindowAt(day, rules, window.rolling) > at
  return day >= firstDayOfWindow(rules, joined, at)
}

/** The first instant at which a day is no longer in a rolling window. */
export function leavesWindowAt(day: number, { calendar }: Rules, rolling: string): number {
  return calendar.startOfDayAfter(day, rolling)
}

/** Of a window that is not rolling. */
export function firstDayOfWindow({ calendar, programme }: Rules, joined: Joined, at: number): number {
  const { window } = programme.tiers
  if ('calendar' in window) return calendar.startOfYear(calendar.dayOf(at))
  if ('anniversary' in window) return calendar.lastAnniversary(...ownYear(joined, calendar.dayOf(at)))
  return Number.NEGATIVE_INFINITY
}

/** When the window next begins anew; infinity for one that rolls or lasts a lifetime. */
export function windowBeginsAnewAfter(at: number, { calendar, programme }: Rules, joined: Joined): number {
  const { window } = programme.tiers
  const day = calendar.dayOf(at)
  if ('calendar' in window) return calendar.startOfDayAfter(calendar.startOfYear(day), 'P1Y')
  if ('anniversary' in window) return calendar.startOf(calendar.nextAnniversary(...ownYear(joined, day)))
  return Number.POSITIVE_INFINITY
}

/** Tiers are evaluated when the window begins anew, or where it never does, each month. */
export function nextEvaluation(at: number, rules: Rules, joined: Joined): number {
  const begins = windowBeginsAnewAfter(at, rules, joined)
  if (begins !== Number.POSITIVE_INFINITY) return begins
  const { calendar } = rules
  return calendar.startOf(calendar.nextMonth(calendar.dayOf(at)))
}

/** The member's years begin on the day of joining, also where a move to a zone further west puts the clock before it. */
function ownYear(joined: Joined, day: number): [of: number, day: number] {
  if (!joined) throw new Error('a member begins with an event')
  return [joined.day, Math.max(day, joined.day)]
}
