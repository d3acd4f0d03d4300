import type { ShoppingState } from './shopping-days.ts'

/**
 * How the facts are stored: their names would be most of a member's state, so they are a tuple. The orders are left
 * out: only returns ask for them, and a member to whom something is brought back is folded again from the stream.
 */
export type SavedShopping = [
  days: number,
  firstDay: number,
  lastDay: number,
  previousDay: number,
  firstAt: number,
  lastAt: number,
  logGaps: number,
  purchases: number,
  gross: number,
  returned: number,
  currency: string | null,
]

export function saveShopping({ facts }: ShoppingState): SavedShopping {
  const { days, firstDay, lastDay, previousDay, firstAt, lastAt, logGaps, purchases, gross, returned, currency } = facts
  return [days, firstDay, lastDay, previousDay, firstAt, lastAt, logGaps, purchases, gross, returned, currency]
}

export function restoreShopping(saved: unknown): ShoppingState {
  const [days, firstDay, lastDay, previousDay, firstAt, lastAt, logGaps, purchases, gross, returned, currency] = saved as SavedShopping
  return {
    facts: { days, firstDay, lastDay, previousDay, firstAt, lastAt, logGaps, purchases, gross, returned, currency },
    bought: undefined,
  }
}
