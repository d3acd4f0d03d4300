import { never } from '../time/calendar.ts'
import type { Lot } from './ledger.ts'
import type { LotDates } from './lot-dates.ts'
import type { PointsState } from './points-state.ts'

/** Puts points that were booked together among the others. */
export function bookLot(state: PointsState, booked: Pick<Lot, 'at' | 'left' | 'released'> & LotDates): Lot {
  const lot: Lot = { ...booked, number: state.booked++, expired: 0 }
  putInOrder(state.lots, lot)
  return lot
}

/** Earliest expiry first, of equals the one earned first, of equals the one booked first. */
export function compareLots(a: Lot, b: Lot): number {
  return a.expiresAt - b.expiresAt || a.at - b.at || a.number - b.number
}

/** Puts a lot into its place among the others; nothing where it stands there already. */
export function putInOrder(lots: Lot[], lot: Lot): void {
  let index = lots.length
  while (index > 0 && compareLots(lots[index - 1] as Lot, lot) > 0) index--
  if (lots[index - 1] !== lot) lots.splice(index, 0, lot)
}

/**
 * Forgets lots with nothing left. One whose expiry follows activity is remembered while it lives: points that come
 * back to it must find it where later activity has moved it.
 */
export function dropEmptyLots(state: PointsState): void {
  if (state.lots.some(isSpent)) state.lots = state.lots.filter((lot) => !isSpent(lot))
}

function isSpent({ left, followsActivity }: Lot): boolean {
  return left === 0 && !followsActivity
}

/** The points that expire next, all of one instant together; undefined when none ever do. */
export function nextExpiry({ lots }: PointsState): { points: number; at: number; lot: Lot } | undefined {
  const first = lots.find(({ left }) => left > 0)
  if (!first || first.expiresAt === never) return undefined
  return { points: expiringUntil(lots, first.expiresAt), at: first.expiresAt, lot: first }
}

/** Points, available or pending, that expire up to an instant. */
export function expiringUntil(lots: readonly Lot[], instant: number): number {
  let points = 0
  for (const { left, expiresAt } of lots) if (expiresAt <= instant) points += left
  return points
}
