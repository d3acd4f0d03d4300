import type { ShopMeasures } from './churn-features.ts'
import { inAscendingOrder, quantile } from './quantile.ts'
import type { ShopSnapshot } from './snapshot.ts'
import { byCurrency } from './value-cut-points.ts'

/**
 * The median of the members' mean gaps between shopping days, and by currency the median net spend of those who spent
 * something net. Undefined where nobody has come back yet.
 */
export function shopMeasuresOf({ members }: ShopSnapshot): ShopMeasures | undefined {
  const gaps = members.flatMap(({ facts: { days, firstDay, lastDay } }) => (days > 1 ? [(lastDay - firstDay) / (days - 1)] : []))
  if (gaps.length === 0) return undefined
  const spenders = byCurrency(members.filter(({ facts }) => facts.gross > facts.returned))
  return {
    gapDays: medianOf(gaps),
    netSpend: Object.fromEntries(
      spenders.map(([currency, those]) => [currency, medianOf(those.map(({ facts }) => facts.gross - facts.returned))]),
    ),
  }
}

function medianOf(values: readonly number[]): number {
  return quantile(inAscendingOrder(values), 50)
}
