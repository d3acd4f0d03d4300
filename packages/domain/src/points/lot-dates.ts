import type { Rules } from '../programme/rules.ts'
import { never } from '../time/calendar.ts'

export interface LotDates {
  releasesAt: number
  /** When to say that they will expire. */
  warnsAt: number
  expiresAt: number
}

/** When points earned at an instant are released and when they expire, in the programme's calendar. */
export function lotDates(rules: Rules, at: number): LotDates {
  const { calendar } = rules
  const { pending, expiry, warnBefore } = rules.programme.points
  const releasesAt = calendar.addToInstant(at, pending)
  if (expiry === 'never') return { releasesAt, warnsAt: never, expiresAt: never }
  const expiryFrom = (start: number) => {
    const day = calendar.addToDay(calendar.dayOf(start), expiry.after)
    return calendar.startOf(expiry.at === 'end-of-month' ? calendar.nextMonth(day) : day + 1)
  }
  // Points must not expire before they could be spent: then their life begins with the release.
  const first = expiryFrom(at)
  const expiresAt = first > releasesAt ? first : expiryFrom(releasesAt)
  return { releasesAt, warnsAt: calendar.addToInstant(expiresAt, `-${warnBefore}`), expiresAt }
}
