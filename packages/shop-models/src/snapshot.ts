import type { ShoppingFacts } from '@perennial/domain'

/** The shop as it was known at an instant. */
export interface ShopSnapshot {
  /** Milliseconds. */
  at: number
  /** Members with a shopping day, by member id in byte order. */
  members: readonly MemberSnapshot[]
  /**
   * Who bought, and has no shopping day left because everything was brought back; nobody where left out. By member id in
   * byte order. Who had a shopping day before and is neither here nor among the members was merged into somebody else.
   */
  ended?: readonly string[]
}

/** A member as known at an instant. Plain data: it may cross to another thread. */
export interface MemberSnapshot {
  memberId: string
  facts: ShoppingFacts
  /** Days of 24 hours since the last purchase, with fractions. */
  silenceDays: number
  /** Of all activities, as decayed by then. */
  engagement: number
}
