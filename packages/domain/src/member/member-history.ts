import type { MemberEventOf } from './member-event.ts'
import type { Order } from './occurrence.ts'

/** What must be remembered of a member's history to understand the next event. */
export interface MemberHistory {
  /** The member's currency: the programme's, or that of the first purchase. */
  currency: string | undefined
  /** Credited orders by order id; the same id may come from several sources. None under an id that was only refused. */
  orders: Map<string, Order[]>
  /** Credited orders in the order in which they were bought. */
  bought: Order[]
  /** Purchases that were not counted; their order ids are used up all the same. */
  uncounted: MemberEventOf<'PurchaseRecorded'>[]
  /** Returns by source and return id, counted or not. */
  returns: Map<string, MemberEventOf<'ReturnRecorded'>>
  /** Returns that named an order which has not come in yet, by that order's id. */
  waiting: Map<string, WaitingReturn[]>
}

interface WaitingReturn {
  event: MemberEventOf<'ReturnRecorded'>
}

export function emptyHistory(currency?: string): MemberHistory {
  return { currency, orders: new Map(), bought: [], uncounted: [], returns: new Map(), waiting: new Map() }
}
