import type { ReturnLine } from '@perennial/contracts'
import { multiplyDivide } from '../money/exact.ts'
import type { MemberEventOf } from './member-event.ts'
import type { MemberHistory } from './member-history.ts'
import type { Order, OrderLine, TakenBack, UnmatchedReturnLine } from './occurrence.ts'

interface Candidate {
  order: Order
  lineIndex: number
  orderLine: OrderLine
}

/**
 * Finds the purchase lines that a return gives back, and marks them as given back.
 *
 * - With an order id: lines of that order, by line id where the return has one, else by SKU.
 * - Without: the member's own purchases of that SKU, first in, first out.
 *
 * The quantity says how much of a line comes back; the money follows it, but never more than was paid for the line.
 * What finds no line, or more money than was paid, is unmatched.
 */
export function matchReturn(
  history: MemberHistory,
  event: MemberEventOf<'ReturnRecorded'>,
): { taken: TakenBack[]; unmatched: UnmatchedReturnLine[] } {
  const taken: TakenBack[] = []
  const unmatched: UnmatchedReturnLine[] = []
  const { orderId, lines } = event.data
  const orders = orderId === undefined ? history.bought : preferSameSource(history.orders.get(orderId) ?? [], event.source)

  for (const line of lines) {
    let quantityLeft = Math.round(line.quantity * 1e6)
    let amountLeft = line.amount
    for (const { order, lineIndex, orderLine } of candidates(orders, line)) {
      if (quantityLeft === 0) break
      const quantity = Math.min(quantityLeft, orderLine.quantityLeft)
      // The last part takes all the money that is left, so that nothing is lost to rounding.
      const share = quantity === quantityLeft ? amountLeft : multiplyDivide(amountLeft, quantity, quantityLeft, 'half-up')
      const amount = Math.min(share, orderLine.line.amount - orderLine.refunded)
      quantityLeft -= quantity
      amountLeft -= amount
      orderLine.quantityLeft -= quantity
      orderLine.refunded += amount
      taken.push({ order, lineIndex, amount, refundedInAll: orderLine.refunded })
    }
    if (quantityLeft > 0 || amountLeft > 0) unmatched.push({ sku: line.sku, quantity: quantityLeft / 1e6, amount: amountLeft })
  }
  return { taken, unmatched }
}

/** A shop may take back what the web shop sold: the source of the return need not be that of the order. */
function preferSameSource(orders: Order[], source: string): Order[] {
  const same = orders.filter((order) => order.source === source)
  return same.length > 0 ? same : orders
}

function candidates(orders: Order[], returned: ReturnLine): Candidate[] {
  const found: Candidate[] = []
  for (const order of orders) {
    order.lines.forEach((orderLine, lineIndex) => {
      const open = orderLine.quantityLeft > 0
      if (open && orderLine.line.sku === returned.sku) found.push({ order, lineIndex, orderLine })
    })
  }
  const named = returned.lineId === undefined ? [] : found.filter(({ orderLine }) => orderLine.line.lineId === returned.lineId)
  return named.length > 0 ? named : found
}
