import { exact } from '../money/exact.ts'
import type { Source } from './source.ts'

/**
 * The double-entry ledger of one member's points. Every movement takes points from one account and puts them into
 * another, so all accounts together are zero after every event.
 *
 * The member's side: `pending`, `available`, `held`, `debt`. The programme's side: `issued`, `redeemed`, `expired`
 * (breakage), `clawedBack`, `adjusted`, `transferred`. `issued` and `debt` run below zero; so do `adjusted` and
 * `transferred` of a member who received more than was taken or given away.
 */
export interface Accounts {
  pending: number
  available: number
  held: number
  debt: number
  issued: number
  redeemed: number
  expired: number
  clawedBack: number
  adjusted: number
  transferred: number
}

export type Account = keyof Accounts

export function noPoints(): Accounts {
  return {
    pending: 0,
    available: 0,
    held: 0,
    debt: 0,
    issued: 0,
    redeemed: 0,
    expired: 0,
    clawedBack: 0,
    adjusted: 0,
    transferred: 0,
  }
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

/** Points booked together, with one release and one expiry. */
export interface Lot {
  /** When they were earned. */
  at: number
  releasesAt: number
  /** At this very instant they are expired. */
  expiresAt: number
  released: boolean
  /** How many lots were booked before it. */
  number: number
  /** The member's activity moves its expiry. */
  followsActivity: boolean
  /** It had expired, and lives on for a while because a redemption was given back. */
  reinstated?: boolean
  /** Neither spent, held, expired nor taken back. */
  left: number
  /** Of the expired, what returns have not been set against yet. */
  expired: number
  /** Where they come from: only while a journal is kept, and never saved. */
  source?: Source
}

/** Points that were missing when they were spent or taken back, until later points pay for them. */
export interface Debt {
  owed: number
  /** What has paid part of it, first payment first. */
  paid: { lot: Lot; points: number }[]
}

/** Points that were held, redeemed, taken by hand or given to another member. */
export interface Spending {
  /** Id of the decision. */
  id: string
  at: number
  into: 'held' | 'redeemed' | 'adjusted' | 'transferred'
  /** As it was decided. */
  original: number
  /** Not given back. */
  points: number
  /** What they were taken from, first taken first; the last may be a debt. */
  parts: SpentPart[]
  /** The order that they paid for. */
  orderId?: string
  /** Of a hold. */
  lapsesAt?: number
}

export type SpentPart = { lot: Lot; points: number } | { debt: Debt; points: number }
