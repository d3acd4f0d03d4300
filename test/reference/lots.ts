import type { Programme } from '@perennial/contracts'
import { addToDay, addToInstant, dayInYear, firstOfNextMonth, localDay, nextDay, startOfDay, yearOf } from './calendar.ts'

/** Points that were booked together, and live and end together. */
export interface Lot {
  earnedAt: number
  releasesAt: number
  /** Infinity: never. */
  expiresAt: number
  /** By the version that was in force when it was earned. */
  programme: Programme
  /** Each activity of the member moves its expiry. */
  movesWithActivity: boolean
  /** It had expired, and lives again for a while. */
  isReinstated: boolean
  pending: bigint
  available: bigint
  expired: bigint
  /** Of what has expired, what returns have asked for. */
  forgiven: bigint
}

export interface NewLot {
  earnedAt: number
  programme: Programme
  /** A period, or none where the points are there at once. */
  pending?: string
  /** An expiry that the points have already; null: never. */
  brings?: number | null
}

export function newLot({ earnedAt, programme, pending = 'P0D', brings }: NewLot): Lot {
  const { expiry } = programme.points
  const releasesAt = addToInstant(earnedAt, pending, programme.timeZone)
  const movesWithActivity = typeof expiry === 'object' && 'inactivity' in expiry
  const keepsItsOwn = brings !== undefined && !movesWithActivity
  const expiresAt = keepsItsOwn ? (brings ?? Number.POSITIVE_INFINITY) : expiryOf(programme, earnedAt, releasesAt)
  return {
    earnedAt,
    releasesAt,
    expiresAt,
    programme,
    movesWithActivity,
    isReinstated: false,
    pending: 0n,
    available: 0n,
    expired: 0n,
    forgiven: 0n,
  }
}

/** The member was active: lots that live by activity, and are still alive, live anew. */
export function moveExpiry(lots: readonly Lot[], activeAt: number): void {
  for (const lot of lots) {
    const { programme, releasesAt } = lot
    if (!lot.movesWithActivity || lot.expiresAt <= activeAt) continue
    lot.expiresAt = Math.max(lot.expiresAt, expiryOf(programme, activeAt, releasesAt))
  }
}

/**
 * When a lot expires that counts its life from the instant at which it was earned, or at which the member was active.
 * What would expire at or before its release counts its life from the release instead.
 */
function expiryOf({ points: { expiry }, timeZone }: Programme, from: number, releasesAt: number): number {
  if (expiry === 'never') return Number.POSITIVE_INFINITY
  if ('on' in expiry) {
    const endIn = (year: number) => startOfDay(nextDay(dayInYear(expiry.on, year)), timeZone)
    const year = yearOf(localDay(from, timeZone)) + expiry.yearsLater
    if (endIn(year) > releasesAt) return endIn(year)
    const released = yearOf(localDay(releasesAt, timeZone))
    return endIn(released) > releasesAt ? endIn(released) : endIn(released + 1)
  }
  const period = 'after' in expiry ? expiry.after : expiry.inactivity
  const lifeFrom = (instant: number) => {
    const day = addToDay(localDay(instant, timeZone), period)
    return startOfDay(expiry.at === 'end-of-month' ? firstOfNextMonth(day) : nextDay(day), timeZone)
  }
  return lifeFrom(from) > releasesAt ? lifeFrom(from) : lifeFrom(releasesAt)
}

/** Earliest expiry first, of equals the one earned first, of equals the one booked first. */
export function inOrder(lots: readonly Lot[]): Lot[] {
  return lots.toSorted((a, b) => compare(a.expiresAt, b.expiresAt) || a.earnedAt - b.earnedAt)
}

/** Never and never are the same. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}
