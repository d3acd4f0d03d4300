import type { Programme } from '@perennial/contracts'
import { inForce } from './calendar.ts'
import { pointsPerMajor } from './earning.ts'
import { addUp, round, times } from './fraction.ts'
import type { Lot } from './lots.ts'
import { larger, major, smaller, sum } from './money.ts'
import { isBackInFull, isOrderBackInFull, type MemberRecord, noteBack, post, shareBack } from './record.ts'
import { giveBack, pointsOf } from './spending.ts'
import type { Line, Purchase, Refund } from './story.ts'
import { move, owe, takeFromLots, type Wallet } from './wallet.ts'

/** What has been awarded for orders, and what returns have asked back of it. */
export interface Awarded {
  lotOf: Map<Purchase, Lot>
  asked: Map<Line, bigint>
}

/** Notes what comes back at an instant: by one return, or by all those that waited for an order. */
export function noteReturns(record: MemberRecord, refunds: readonly Refund[], now: number): void {
  const orders = new Set(refunds.flatMap(({ parts }) => parts.map(({ purchase }) => purchase)))
  const notYetBack = [...orders].filter((order) => !isOrderBackInFull(record, order))
  for (const { line, quantity, amount } of refunds.flatMap(({ parts }) => parts)) noteBack(record, line, quantity, amount)

  for (const order of notYetBack) if (isOrderBackInFull(record, order)) post(record, 'purchases', order.at, -1n)
  for (const refund of refunds) postMoney(record, refund, now)
}

/** A return counts against the day of the purchase it gives back; what it does not match, against its own day. */
function postMoney(record: MemberRecord, { parts, total, waited, returnedAt }: Refund, now: number): void {
  const matched = sum(parts.map(({ amount }) => amount))
  for (const { purchase, amount } of parts) post(record, 'spend', purchase.at, -amount)
  // A return that waited stood on its own day until now.
  if (waited) post(record, 'spend', returnedAt, matched)
  else post(record, 'spend', now, matched - total, true)
}

/** The points that a return gives back and takes back, at the instant at which it finds its orders. */
export function settleReturn(wallet: Wallet, record: MemberRecord, awarded: Awarded, refund: Refund, now: number): void {
  const programme = inForce(record.programmes, now)
  if (!programme) return
  const { unmatched } = programme.points.returns
  if (!refund.namesOrder && unmatched === 'none') return

  const orders = new Set(refund.parts.map(({ purchase }) => purchase))
  for (const order of orders) giveBackWhatPaid(wallet, record, order, now)
  for (const order of orders) {
    const lines = new Set(refund.parts.filter(({ purchase }) => purchase === order).map(({ line }) => line))
    for (const line of lines) takeBackAward(wallet, record, awarded, order, line, programme)
  }
  if (!refund.namesOrder && unmatched === 'base-rate') takeBaseRate(wallet, record, refund, programme, now)
}

/** Points that paid for the order come back, as much of them as of the money. */
function giveBackWhatPaid(wallet: Wallet, record: MemberRecord, order: Purchase, now: number): void {
  const { back, of } = shareBack(record, order.lines)
  for (const redemption of wallet.redemptions.filter(({ orderId }) => orderId === order.orderId)) {
    const left = pointsOf(redemption)
    const cameBackBefore = redemption.points - left
    const more = (redemption.points * back) / of - cameBackBefore
    giveBack(wallet, redemption, 'redeemed', larger(0n, smaller(more, left)), now)
  }
}

/** Points that the line earned are taken back: from the order's own lot, then from others. */
function takeBackAward(wallet: Wallet, record: MemberRecord, awarded: Awarded, order: Purchase, line: Line, programme: Programme): void {
  const award = record.awards.get(line) ?? 0n
  const { back, of } = shareBack(record, [line])
  const inAll = isBackInFull(record, line) ? award : (award * back) / of
  const asked = inAll - (awarded.asked.get(line) ?? 0n)
  awarded.asked.set(line, inAll)
  post(record, 'points', order.at, -asked)

  const lot = awarded.lotOf.get(order)
  if (!lot) return
  const fromPending = smaller(asked, lot.pending)
  lot.pending -= fromPending
  move(wallet, 'pending', 'clawedBack', fromPending)
  const fromAvailable = smaller(asked - fromPending, lot.available)
  lot.available -= fromAvailable
  move(wallet, 'available', 'clawedBack', fromAvailable)
  const forgiven = smaller(asked - fromPending - fromAvailable, lot.expired - lot.forgiven)
  lot.forgiven += forgiven
  takeFromOthers(wallet, asked - fromPending - fromAvailable - forgiven, programme)
}

/** From released lots in their order; what is missing then is a debt, or forgiven. */
function takeFromOthers(wallet: Wallet, points: bigint, { points: { returns } }: Programme): void {
  const taken = sum(takeFromLots(wallet, 'clawedBack', points).map(({ points }) => points))
  if (taken < points && returns.debt === 'carry') owe(wallet, 'clawedBack', points - taken)
}

/** For each line of the return that finds none: what it would earn by the rules that have no conditions. */
function takeBaseRate(wallet: Wallet, record: MemberRecord, refund: Refund, programme: Programme, now: number): void {
  const rates = programme.points.earn.flatMap((rule) => ('per' in rule && isUnconditional(rule.when) ? [pointsPerMajor(rule)] : []))
  const pointsFor = (amount: bigint) => round(times(major(amount, record.currency), addUp(rates)), 'floor')
  const points = sum(refund.unmatched.map(pointsFor))
  post(record, 'points', now, -points, true)
  takeFromOthers(wallet, points, programme)
}

function isUnconditional(when: object): boolean {
  return Object.values(when).every((condition) => condition === undefined)
}
