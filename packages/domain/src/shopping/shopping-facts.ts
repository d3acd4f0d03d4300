/** What is known of how a member shops, as docs/shopping.md has it. All of it folds one event at a time. */
export interface ShoppingFacts {
  /** Shopping days: local days with a purchase that was not brought back in full. */
  days: number
  /** Local days, numbered from 1970-01-01; 0 without a shopping day. */
  firstDay: number
  lastDay: number
  /** The shopping day before the last; 0 without one. */
  previousDay: number
  /** Instants: the first purchase on the first day, the last one on the last day; 0 without a shopping day. */
  firstAt: number
  lastAt: number
  /** Sum of the natural logarithms of the gaps between shopping days, in days. */
  logGaps: number
  /** Orders that were credited, ever. */
  purchases: number
  /** Minor units of `currency`: all purchases, all returns. */
  gross: number
  returned: number
  currency: string | null
}
