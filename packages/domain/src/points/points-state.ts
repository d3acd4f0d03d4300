import type { Order } from '../member/occurrence.ts'
import type { TierState } from '../tier/tier-rules.ts'
import type { EarningState } from './earning.ts'
import type { Accounts, Debt, Lot, Spending } from './ledger.ts'

/** What is kept of a member's points: enough for time to pass, and for purchases and engagement to follow. */
export interface PointsState {
  /** The tier decides the multiplier, so the points fold has a tier of its own. */
  tier: TierState
  earning: EarningState
  accounts: Accounts
  /** With points left in them; earliest expiry first, of equals the one earned first, of equals the one booked first. */
  lots: Lot[]
  /** Holds that are neither captured, released nor lapsed; oldest first. */
  holds: Spending[]
  /** Oldest first; only those of which something is owed. Their sum is what the account `debt` lies below zero. */
  debts: Debt[]
  /** Lots booked so far. */
  booked: number
  /** How far time has passed for this state. */
  at: number
}

/** The state of a member who was folded from the whole stream: returns and decisions ask for what is not kept. */
export interface PointsStateInFull extends PointsState {
  /** By id of the decision, in the order in which they were made; those of which nothing is left, too. */
  redemptions: Map<string, Spending>
  /** The lots that orders made. */
  lotOf: Map<Order, Lot>
}
