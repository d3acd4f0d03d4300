import { addToInstant } from './calendar.ts'
import type { Lot } from './lots.ts'
import { smaller, sum } from './money.ts'
import { type Account, type Debt, makeAvailable, move, owe, type Spending, takeFromLots, type Wallet } from './wallet.ts'

/** From released lots in their order; what is missing becomes a debt. */
export function spend(wallet: Wallet, to: Account, points: bigint): Spending {
  const parts: Spending['parts'] = takeFromLots(wallet, to, points)
  const missing = points - pointsOf({ parts })
  if (missing > 0n) parts.push({ debt: owe(wallet, to, missing), points: missing })
  return { parts }
}

/** What is left of a spending. */
export function pointsOf({ parts }: Spending): bigint {
  return sum(parts.map(({ points }) => points))
}

/** Gives back so many points of a spending: what was taken last comes back first. */
export function giveBack(wallet: Wallet, spending: Spending, from: Account, points: bigint, now: number): void {
  let left = points
  for (const part of spending.parts.toReversed()) {
    const back = smaller(left, part.points)
    part.points -= back
    left -= back
    if (back === 0n) continue
    if ('lot' in part) giveBackToLot(wallet, part.lot, from, back, now)
    else giveBackDebt(wallet, part.debt, from, back, now)
  }
}

/** What is still owed is cancelled; what lots have paid goes back to them, the last payment first. */
function giveBackDebt(wallet: Wallet, debt: Debt, from: Account, points: bigint, now: number): void {
  const cancelled = smaller(points, debt.owed)
  debt.owed -= cancelled
  move(wallet, from, 'debt', cancelled)
  let left = points - cancelled
  for (const payment of debt.payments.toReversed()) {
    const back = smaller(left, payment.points)
    payment.points -= back
    left -= back
    if (back > 0n) giveBackToLot(wallet, payment.lot, from, back, now)
  }
}

/** Alive, or expired a short while ago: available again. Otherwise the points are expired with their lot. */
function giveBackToLot(wallet: Wallet, lot: Lot, from: Account, points: bigint, now: number): void {
  if (lot.expiresAt <= now) reinstate(lot, now)
  if (lot.expiresAt > now) return makeAvailable(wallet, lot, from, points)
  move(wallet, from, 'expired', points)
  lot.expired += points
}

/** A lot that expired a short while ago lives a little longer: once, and whatever the member does. */
function reinstate(lot: Lot, now: number): void {
  const { points, timeZone } = lot.programme
  const until = addToInstant(lot.expiresAt, points.returns.reinstateExpired, timeZone)
  if (lot.isReinstated || until <= now) return
  lot.isReinstated = true
  lot.movesWithActivity = false
  lot.expiresAt = until
}

/** Holds that lapse, oldest first. */
export function lapseDue(wallet: Wallet, now: number): void {
  for (const hold of wallet.holds.filter(({ lapsesAt }) => lapsesAt <= now)) {
    wallet.holds = wallet.holds.filter((other) => other !== hold)
    giveBack(wallet, hold, 'held', pointsOf(hold), now)
  }
}
