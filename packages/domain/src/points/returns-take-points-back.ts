import type { TakenBack } from '../member/occurrence.ts'
import { multiplyDivide } from '../money/exact.ts'
import { type Account, type Accounts, type Lot, move } from './ledger.ts'

/** An order's award as it is remembered while the member's history is folded. */
export interface AwardedOrder {
  lot: Lot
  byLine: number[]
  takenBackByLine: number[]
}

/**
 * How many points a return takes back on one line: what that line was awarded, in proportion to the money given back.
 * Rounded down while part of the line is kept, all of it once all the money is back: never more than was awarded.
 */
export function pointsToTakeBack(award: AwardedOrder, taken: TakenBack): number {
  const awarded = award.byLine[taken.lineIndex] ?? 0
  const before = award.takenBackByLine[taken.lineIndex] ?? 0
  const amount = taken.order.lines[taken.lineIndex]?.line.amount ?? 0
  if (amount === 0) return 0
  const inAll = multiplyDivide(awarded, taken.refundedInAll, amount, 'floor')
  award.takenBackByLine[taken.lineIndex] = inAll
  return inAll - before
}

/** Told of each part that was taken; without a lot where the points were missing. */
export type TakingNote = (points: number, from: Account, lot?: Lot) => void

/**
 * Takes points back: first from the order's own lot, pending or not. What of the lot has expired is gone already and
 * is not asked for again; what was spent is taken from the member's other points, earliest expiry first; what is
 * missing then is debt.
 */
export function takePointsBack(accounts: Accounts, lots: readonly Lot[], lot: Lot, points: number, note?: TakingNote): void {
  let missing = points - takeFromLot(accounts, lot, points, note)
  const expired = Math.min(missing, lot.expired)
  lot.expired -= expired
  missing -= expired
  for (const other of lots) {
    if (missing === 0) return
    if (other.released) missing -= takeFromLot(accounts, other, missing, note)
  }
  if (missing > 0) {
    move(accounts, missing, 'debt', 'clawedBack')
    note?.(missing, 'debt')
  }
}

function takeFromLot(accounts: Accounts, lot: Lot, points: number, note?: TakingNote): number {
  const taken = Math.min(points, lot.left)
  lot.left -= taken
  if (taken === 0) return 0
  const from = lot.released ? 'available' : 'pending'
  move(accounts, taken, from, 'clawedBack')
  note?.(taken, from, lot)
  return taken
}
