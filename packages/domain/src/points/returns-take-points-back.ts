import type { Order, TakenBack } from '../member/occurrence.ts'
import { multiplyDivide } from '../money/exact.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import type { ReturnedPoints } from './earning.ts'
import { type Cause, type Journal, ofReturn } from './journal.ts'
import { type Lot, move } from './ledger.ts'
import { dropEmptyLots } from './lots.ts'
import type { PointsStateInFull } from './points-state.ts'
import { giveBack, owe } from './spend-points.ts'

interface TakingBack {
  at: number
  versions: ProgrammeVersions
  journal: Journal | undefined
}

/**
 * A return gives the points back that paid for the goods, and takes the points back that the goods earned: first
 * from the order's own lot, pending or not. What of that lot has expired is gone already and is not asked for again;
 * what was spent is taken from the member's other points, earliest expiry first; what is missing then is debt, or is
 * forgiven, as the programme says.
 */
export function takePointsBack(state: PointsStateInFull, returned: ReturnedPoints, how: TakingBack): void {
  const { returnId, taken, points, atBaseRate } = returned
  for (const order of new Set(taken.map(({ order }) => order))) giveRedeemedPointsBack(state, order, how)
  taken.forEach((part, index) => {
    const missing = takeFromOwnLot(state, part, points[index] ?? 0, returnId, how)
    takeFromOthers(state, missing, how, (lot) => ofReturn(returnId, part, lot))
  })
  for (const { sku, points: unmatched } of atBaseRate) {
    const causeOf = (lot?: Lot): Cause => ({ kind: 'taken-back-unmatched', returnId, sku, ...(lot?.source && { source: lot.source }) })
    takeFromOthers(state, unmatched, how, causeOf)
  }
  dropEmptyLots(state)
}

/** @returns what the lot could not give and has not lost by expiry */
function takeFromOwnLot(state: PointsStateInFull, part: TakenBack, points: number, returnId: string, how: TakingBack): number {
  const lot = state.lotOf.get(part.order)
  // The order earned nothing, or no programme was in force.
  if (!lot) return 0
  const missing = points - takeFromLot(state, lot, points, how, () => ofReturn(returnId, part, lot))
  const forgiven = Math.min(missing, lot.expired)
  lot.expired -= forgiven
  return missing - forgiven
}

function takeFromOthers(state: PointsStateInFull, points: number, how: TakingBack, causeOf: (lot?: Lot) => Cause): void {
  let missing = points
  for (const lot of state.lots) {
    if (missing === 0) return
    if (lot.released) missing -= takeFromLot(state, lot, missing, how, () => causeOf(lot))
  }
  const { at, versions, journal } = how
  if (missing === 0 || versions.inForce(at)?.programme.points.returns.debt === 'clamp') return
  owe(state, missing)
  move(state.accounts, missing, 'debt', 'clawedBack')
  journal?.({ at, points: missing, from: 'debt', to: 'clawedBack', cause: causeOf() })
}

function takeFromLot(state: PointsStateInFull, lot: Lot, wanted: number, { at, journal }: TakingBack, causeOf: () => Cause): number {
  const points = Math.min(wanted, lot.left)
  if (points === 0) return 0
  const from = lot.released ? 'available' : 'pending'
  lot.left -= points
  move(state.accounts, points, from, 'clawedBack')
  journal?.({ at, points, from, to: 'clawedBack', cause: causeOf() })
  return points
}

/** Points that paid for an order come back as points, in proportion to what came back of it: never as money. */
function giveRedeemedPointsBack(state: PointsStateInFull, order: Order, { at, versions, journal }: TakingBack): void {
  for (const redemption of state.redemptions.values()) {
    if (redemption.orderId !== order.orderId) continue
    const inAll = shareBack(order, redemption.original)
    const before = redemption.original - redemption.points
    if (inAll > before) giveBack(state, redemption, inAll - before, { at, versions, kind: 'order-returned', journal })
  }
}

function shareBack({ lines }: Order, points: number): number {
  let money = 0
  let refundedInAll = 0
  let quantity = 0
  let left = 0
  for (const { line, refunded, quantityLeft } of lines) {
    money += line.amount
    refundedInAll += refunded
    quantity += Math.round(line.quantity * 1e6)
    left += quantityLeft
  }
  return money > 0 ? multiplyDivide(points, refundedInAll, money, 'floor') : multiplyDivide(points, quantity - left, quantity, 'floor')
}
