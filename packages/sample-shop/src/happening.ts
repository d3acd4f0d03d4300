import type { Place } from './places.ts'

/** Something that happens in the shop, before the place where it happens has given it a number. */
export type Happening = Purchase | Return | Enrolment | Engagement

interface Common {
  memberId: string
  place: Place
  /** Index into the shop's days, and the second of that day: when it happens. */
  day: number
  second: number
  /** Running number of the place; 0 until given. */
  number: number
}

export interface Line {
  sku: string
  category: string
  /** Whole, or to the gram for what is weighed. */
  quantity: number
  /** Minor units. */
  amount: number
}

export interface Purchase extends Common {
  kind: 'purchase'
  lines: Line[]
  /** The till sent this order before, under another event id. */
  repeats?: Purchase
}

export interface Return extends Common {
  kind: 'return'
  of: Purchase
  /** Without it the receipt was lost, and the return names no order. */
  namesOrder: boolean
  lines: { lineIndex: number; quantity: number; amount: number }[]
}

export interface Enrolment extends Common {
  kind: 'enrolment'
  channel: string
  acquisition: string
  birthday?: string
}

export interface Engagement extends Common {
  kind: 'engagement'
  activity: 'review' | 'app-open' | 'referral' | 'visit'
  reviewed?: Purchase
  value?: number
}
