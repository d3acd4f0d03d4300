import type { EngagementData, EnrolmentData, PurchaseData, PurchaseLine } from '@perennial/contracts'
import type { MemberDecision } from './member-event.ts'

/**
 * What an event means once the member's earlier history is known: which order a return takes goods from, whether
 * an order was seen before. Folds read occurrences, so each of these questions is answered in one place.
 *
 * Amounts are minor units of the member's currency; instants are milliseconds.
 */
export type Occurrence = Enrolment | Purchase | Return | Engagement | Decision | Anomaly

export interface Enrolment {
  kind: 'enrolment'
  at: number
  data: EnrolmentData
}

export interface Purchase {
  kind: 'purchase'
  at: number
  order: Order
  currency: string
  amount: number
  /** Returns that named this order before it came in: what they gave back is moved to the order's lines. */
  waited: WaitedReturn[]
}

export interface WaitedReturn {
  returnId: string
  /** When the return itself happened. */
  returnedAt: number
  taken: TakenBack[]
}

export interface Return {
  kind: 'return'
  at: number
  returnId: string
  /** Whether the return names an order: then what finds no line never takes points. */
  namesOrder: boolean
  currency: string
  /** Everything that was given back, matched or not. */
  amount: number
  taken: TakenBack[]
  unmatched: UnmatchedReturnLine[]
}

export interface Engagement {
  kind: 'engagement'
  at: number
  data: EngagementData
}

/** What somebody decided: a redemption, an adjustment, a tier by hand. Each fold takes those that concern it. */
export interface Decision {
  kind: 'decision'
  at: number
  decision: MemberDecision
}

/** Kept and shown, never credited. */
export interface Anomaly {
  kind: 'anomaly'
  at: number
  reason: 'order-repeated' | 'order-conflict' | 'return-repeated' | 'return-conflict' | 'other-currency'
  detail: string
}

/** A credited purchase, and what is left of each of its lines after returns. */
export interface Order {
  source: string
  orderId: string
  at: number
  data: PurchaseData
  lines: OrderLine[]
}

export interface OrderLine {
  line: PurchaseLine
  /** In millionths, so that decimal quantities are whole numbers. */
  quantityLeft: number
  /** Given back so far, never more than the line's amount. */
  refunded: number
}

/** Whether all of a line came back: all its money or, where it cost nothing, all its goods. */
export function isBackInFull({ line, refunded, quantityLeft }: OrderLine): boolean {
  return line.amount > 0 ? refunded === line.amount : quantityLeft === 0
}

/** Part of a return that was found on a line of an order. */
export interface TakenBack {
  order: Order
  lineIndex: number
  /** Of this return, on this line. */
  amount: number
  /** Given back on this line by this and all earlier returns, at most the line's amount. */
  refundedInAll: number
}

export interface UnmatchedReturnLine {
  sku: string
  quantity: number
  amount: number
}
