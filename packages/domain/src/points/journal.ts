import type { Order, TakenBack } from '../member/occurrence.ts'
import type { Account, Lot, Spending } from './ledger.ts'
import type { OrderName, Source } from './source.ts'

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

export type Cause = Earned | EarnedByActivity | OfLot | TakenBackCause | TakenBackUnmatched | OfDecision | Adjusted | Received

/** Amounts are decimal text in the order's currency. */
export interface Earned {
  kind: 'earned'
  order: OrderName
  currency: string
  programme: { name: string; version: number }
  /** The level held before the purchase. */
  tier: { level: string; multiply: string }
  rounding: { mode: string; per: string }
  combine: string
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

export type AppliedRule =
  | { rule: string; per: string; points: number }
  | { rule: string; multiply: string }
  | { rule: string; add: number }
  | { rule: string; exclude: true }

export interface EarnedByActivity {
  kind: 'earned-by-activity'
  activity: string
  reference?: string
  programme: { name: string; version: number }
  rules: AppliedRule[]
}

/** What time did to a lot: it was released, it expired, it paid a debt. */
export interface OfLot {
  kind: 'released' | 'expired' | 'debt-paid'
  source: Source
}

export interface TakenBackCause {
  kind: 'taken-back'
  returnId: string
  order: OrderName
  /** Place of the line in the order; 1 is the first. */
  line: number
  lineId?: string
  sku: string
  /** Where the points came from that were taken, where those of the order itself were gone. */
  insteadFrom?: Source
}

/** Goods came back of which no purchase is known. */
export interface TakenBackUnmatched {
  kind: 'taken-back-unmatched'
  returnId: string
  sku: string
  source?: Source
}

/** A hold, a redemption, a transfer to another member, and how they ended. Without a source, points that were missing. */
export interface OfDecision {
  kind: 'held' | 'redeemed' | 'captured' | 'released-from-hold' | 'lapsed' | 'cancelled' | 'order-returned' | 'taken-by-hand' | 'given-away'
  /** Id of the hold, redemption, adjustment or transfer. */
  decision: string
  orderId?: string
  source?: Source
}

export interface Adjusted {
  kind: 'adjusted'
  decision: string
  reason: string
  by: string
  approvedBy?: string
}

export interface Received {
  kind: 'received'
  decision: string
  from: string
}

export function ofLot(kind: OfLot['kind'], lot: Lot): OfLot {
  return { kind, source: lot.source as Source }
}

/** @param lot the lot that the points were in; undefined where they were missing */
export function ofReturn(returnId: string, { order, lineIndex }: TakenBack, lot: Lot | undefined): TakenBackCause {
  const { sku, lineId } = (order.lines[lineIndex] as Order['lines'][number]).line
  const own = lot?.source && 'order' in lot.source && lot.source.order.orderId === order.orderId && lot.source.order.source === order.source
  return {
    kind: 'taken-back',
    returnId,
    order: nameOf(order),
    line: lineIndex + 1,
    ...(lineId !== undefined && { lineId }),
    sku,
    ...(lot?.source && !own && { insteadFrom: lot.source }),
  }
}

export function ofDecision(kind: OfDecision['kind'], { id, orderId }: Pick<Spending, 'id' | 'orderId'>, lot?: Lot): OfDecision {
  return { kind, decision: id, ...(orderId !== undefined && { orderId }), ...(lot?.source && { source: lot.source }) }
}

export function nameOf({ source, orderId }: Order): OrderName {
  return { source, orderId }
}
