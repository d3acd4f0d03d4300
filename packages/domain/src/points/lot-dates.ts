import type { Rules } from '../programme/rules.ts'
import { type Calendar, never } from '../time/calendar.ts'

export interface LotDates {
  releasesAt: number
  expiresAt: number
  /** Whether later activity of the member moves the expiry. */
  followsActivity: boolean
}

/** When points earned at an instant are released and when they expire, in the programme's calendar. */
export function lotDates(rules: Rules, at: number, pending = rules.programme.points.pending): LotDates {
  const { calendar } = rules
  const { expiry } = rules.programme.points
  const releasesAt = pending === 'P0D' ? at : calendar.addToInstant(at, pending)
  if (expiry === 'never') return { releasesAt, expiresAt: never, followsActivity: false }
  if ('on' in expiry) return { releasesAt, expiresAt: fixedDay(expiry, calendar, at, releasesAt), followsActivity: false }
  // Points must not expire before they could be spent: then their life begins with the release.
  const first = lifeFrom(expiry, calendar, at)
  const expiresAt = first > releasesAt ? first : lifeFrom(expiry, calendar, releasesAt)
  return { releasesAt, expiresAt, followsActivity: 'inactivity' in expiry }
}

type Expiry = Exclude<Rules['programme']['points']['expiry'], 'never'>
type LivingExpiry = Exclude<Expiry, { on: string }>

function lifeFrom(expiry: LivingExpiry, calendar: Calendar, start: number): number {
  const period = 'after' in expiry ? expiry.after : expiry.inactivity
  const day = calendar.addToDay(calendar.dayOf(start), period)
  return calendar.startOf(expiry.at === 'end-of-month' ? calendar.nextMonth(day) : day + 1)
}

/** The end of the first such day of the year that lies behind the release. */
function fixedDay({ on, yearsLater }: Extract<Expiry, { on: string }>, calendar: Calendar, at: number, releasesAt: number): number {
  const earned = calendar.dateOf(calendar.dayOf(at)).year
  const endIn = (year: number) =>
    calendar.startOf(calendar.dayOfDate({ year, month: Number(on.slice(0, 2)), day: Number(on.slice(3)) }) + 1)
  for (let year = earned + yearsLater; ; year++) {
    const expiresAt = endIn(year)
    if (expiresAt > releasesAt) return expiresAt
  }
}

/** The new expiry of a lot that follows activity, after an activity. */
export function expiryAfterActivity(rules: Rules, releasesAt: number, activity: number): number {
  const { expiry } = rules.programme.points
  if (expiry === 'never' || !('inactivity' in expiry)) return never
  const first = lifeFrom(expiry, rules.calendar, activity)
  return first > releasesAt ? first : lifeFrom(expiry, rules.calendar, releasesAt)
}
