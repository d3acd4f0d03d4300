import { isBackInFull, type Occurrence, type Order, type TakenBack } from '../member/occurrence.ts'
import type { QualifyingPoints } from '../points/earning.ts'
import type { Metric } from './tier-state.ts'

/** Counts on the day of `at`: that of the purchase, also where it is taken away. */
export interface QualifyingAmount {
  at: number
  amount: number
  /** Taken away by a return for goods whose purchase is not known: no window had them before. */
  unmatched?: true
}

const nothing: readonly QualifyingAmount[] = []

/**
 * What an occurrence adds to a member's days by a metric, or takes away from them.
 *
 * @param points that the occurrence earned and took back; the other metrics do not ask for them
 */
export function qualifyingAmounts(
  metric: Metric,
  occurrence: Occurrence,
  points: readonly QualifyingPoints[],
): readonly QualifyingAmount[] {
  switch (metric) {
    case 'spend':
      return spend(occurrence)
    case 'purchases':
      return purchases(occurrence)
    case 'points':
      return points.map(({ points, ...qualifying }) => ({ ...qualifying, amount: points }))
  }
}

function spend(occurrence: Occurrence): readonly QualifyingAmount[] {
  switch (occurrence.kind) {
    case 'purchase': {
      const bought = { at: occurrence.at, amount: occurrence.amount }
      if (occurrence.waited.length === 0) return [bought]
      // A return that waited counted against its own day until now.
      const moved = occurrence.waited.flatMap(({ returnedAt, taken }) => [{ at: returnedAt, amount: moneyOf(taken) }, ...givenBack(taken)])
      return [bought, ...moved]
    }
    case 'return': {
      const unmatched = occurrence.amount - moneyOf(occurrence.taken)
      const matched = givenBack(occurrence.taken)
      return unmatched === 0 ? matched : [...matched, { at: occurrence.at, amount: -unmatched, unmatched: true }]
    }
    default:
      return nothing
  }
}

function moneyOf(taken: readonly TakenBack[]): number {
  return taken.reduce((sum, { amount }) => sum + amount, 0)
}

function givenBack(taken: readonly TakenBack[]): QualifyingAmount[] {
  return taken.map(({ order, amount }) => ({ at: order.at, amount: -amount }))
}

function purchases(occurrence: Occurrence): readonly QualifyingAmount[] {
  switch (occurrence.kind) {
    case 'purchase': {
      const taken = occurrence.waited.flatMap((waited) => waited.taken)
      return [{ at: occurrence.at, amount: 1 }, ...ordersGone(taken)]
    }
    case 'return':
      return ordersGone(occurrence.taken)
    default:
      return nothing
  }
}

/** Orders of which the last goods came back now. */
function ordersGone(taken: readonly TakenBack[]): QualifyingAmount[] {
  const orders = new Set<Order>()
  for (const part of taken) {
    if (endsItsLine(part) && part.order.lines.every(isBackInFull)) orders.add(part.order)
  }
  return [...orders].map(({ at }) => ({ at, amount: -1 }))
}

/** Goods may still come back for nothing once all their money has: then nothing ends a second time. */
function endsItsLine({ order, lineIndex, amount }: TakenBack): boolean {
  const line = order.lines[lineIndex]
  return line !== undefined && isBackInFull(line) && (amount > 0 || line.line.amount === 0)
}
