import type { Order, TakenBack } from '../member/occurrence.ts'
import type { Account, Lot } from './ledger.ts'

/** One booking of the points ledger, and what made or took the points. */
export interface Movement {
  at: number
  points: number
  from: Account
  to: Account
  cause: Cause
}

/** Whoever wants to know every booking hands one of these to the points fold. */
export type Journal = (movement: Movement) => void

export type Cause = Earned | OfOrder | GivenBack

export interface OrderName {
  source: string
  orderId: string
}

/** Amounts are decimal text in the order's currency. */
export interface Earned {
  kind: 'earned'
  order: OrderName
  currency: string
  programme: { name: string; version: number }
  /** The level held before the purchase. */
  tier: { level: string; multiply: string }
  rounding: { mode: string; per: string }
  lines: EarnedLine[]
}

export interface EarnedLine {
  sku: string
  lineId?: string
  category?: string
  amount: string
  /** Rounded per order, a line is awarded what it adds to the rounded sum of the lines before it. */
  points: number
  rules: AppliedRule[]
}

export type AppliedRule = { rule: string; per: string; points: number } | { rule: string; multiply: string }

/** What happened to points that an order had earned: they were released, they expired, they paid a debt. */
export interface OfOrder {
  kind: 'released' | 'expired' | 'debt-paid'
  order: OrderName
}

export interface GivenBack {
  kind: 'taken-back'
  returnId: string
  order: OrderName
  /** Place of the line in the order; 1 is the first. */
  line: number
  lineId?: string
  sku: string
  /** The order whose points were taken, where those of the order itself were gone. */
  insteadFrom?: OrderName
}

export function causeOf(kind: OfOrder['kind'], lot: Lot): OfOrder {
  return { kind, order: nameOf(lot.order as Order) }
}

/** @param lot the lot that the points were in; undefined where they were missing */
export function causeOfTakingBack(returnId: string, { order, lineIndex }: TakenBack, lot: Lot | undefined): GivenBack {
  const { sku, lineId } = (order.lines[lineIndex] as Order['lines'][number]).line
  return {
    kind: 'taken-back',
    returnId,
    order: nameOf(order),
    line: lineIndex + 1,
    ...(lineId !== undefined && { lineId }),
    sku,
    ...(lot && lot.order !== order && { insteadFrom: nameOf(lot.order as Order) }),
  }
}

export function nameOf({ source, orderId }: Order): OrderName {
  return { source, orderId }
}
