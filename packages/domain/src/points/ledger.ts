import type { Order } from '../member/occurrence.ts'
import { exact } from '../money/exact.ts'

/**
 * The double-entry ledger of one member's points. Every movement takes points from one account and puts them into
 * another, so all accounts together are zero after every event.
 *
 * The member's side: `pending`, `available`, `debt`. The programme's side: `issued`, `redeemed`, `expired` (breakage),
 * `clawedBack`. `issued` and `debt` run below zero.
 */
export interface Accounts {
  pending: number
  available: number
  debt: number
  issued: number
  redeemed: number
  expired: number
  clawedBack: number
}

export type Account = keyof Accounts

export function noPoints(): Accounts {
  return { pending: 0, available: 0, debt: 0, issued: 0, redeemed: 0, expired: 0, clawedBack: 0 }
}

export function move(accounts: Accounts, points: number, from: Account, to: Account): void {
  accounts[from] = exact(accounts[from] - points)
  accounts[to] = exact(accounts[to] + points)
}

/** Always zero; what is not has a bug. */
export function sumOf(accounts: Accounts): number {
  let sum = 0
  for (const points of Object.values(accounts) as number[]) sum += points
  return sum
}

/** Points awarded together, with one release and one expiry. */
export interface Lot {
  /** When they were earned. */
  at: number
  releasesAt: number
  /** From when on they count as about to expire. */
  warnsAt: number
  /** At this very instant they are expired. */
  expiresAt: number
  released: boolean
  /** Neither spent, expired nor taken back. */
  left: number
  /** Of the expired, what returns have not been set against yet. */
  expired: number
  /** What earned them: only while a journal is kept, and never saved. */
  order?: Order
}
