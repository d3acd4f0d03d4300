import { dayMs } from '../time/calendar.ts'
import type { ShoppingFacts } from './shopping-facts.ts'

/** Time since the last purchase, in days of 24 hours, with fractions. At least one shopping day. */
export function silenceDaysAt({ lastAt }: Pick<ShoppingFacts, 'lastAt'>, at: number): number {
  return Math.max(0, at - lastAt) / dayMs
}
