import type { ShoppingFacts } from '@perennial/domain'

/** What the calibration layer looks at, in this order; what each is stands in docs/shopping.md. */
export const churnFeatures = ['model', 'recency', 'ownGap', 'engagement', 'frequency', 'tenure', 'netSpend', 'returnRate'] as const

export type ChurnFeature = (typeof churnFeatures)[number]

/** Those that move while a member is silent: all fall or stay, so with weights that are not below 0 the chance falls or stays too. */
export const fadingFeatures: ReadonlySet<ChurnFeature> = new Set(['model', 'recency', 'ownGap', 'engagement'])

/** What members are measured by: the shop's median gap between shopping days, and its median net spend by currency, in minor units. */
export interface ShopMeasures {
  readonly gapDays: number
  readonly netSpend: Readonly<Record<string, number>>
}

/** Nobody is told that a purchase is certain, or out of the question. */
export const chanceMin = 1e-6
/** As many gaps of the shop's usual length count as seen, beside the member's own. */
const shopGaps = 2

/** A member at an instant, and the model's chance of a purchase. */
export interface FeaturesOf {
  readonly facts: ShoppingFacts
  /** Days of 24 hours since the last purchase. */
  readonly silenceDays: number
  /** Of all activities, as decayed by then. */
  readonly engagement: number
  readonly chance: number
}

/** Writes the features of a member with a shopping day to `into`, in the order of `churnFeatures`. */
export function writeChurnFeatures(
  into: Float64Array,
  { facts, silenceDays, engagement, chance }: FeaturesOf,
  measures: ShopMeasures,
): void {
  const { days, firstDay, lastDay, gross, returned } = facts
  const tenureDays = lastDay - firstDay
  const p = Math.min(1 - chanceMin, Math.max(chanceMin, chance))
  const ownGapDays = (shopGaps * measures.gapDays + tenureDays) / (days - 1 + shopGaps)
  into[0] = Math.log(p / (1 - p))
  into[1] = -Math.log1p(silenceDays)
  into[2] = -Math.log1p(silenceDays / ownGapDays)
  into[3] = Math.log1p(engagement)
  into[4] = Math.log(days)
  into[5] = Math.log1p(tenureDays)
  into[6] = netSpendFeature(facts, measures)
  into[7] = gross > 0 ? Math.min(1, Math.max(0, returned / gross)) : 0
}

function netSpendFeature({ gross, returned, currency }: ShoppingFacts, { netSpend }: ShopMeasures): number {
  const usual = currency === null ? undefined : netSpend[currency]
  return usual === undefined ? 0 : Math.log1p(Math.max(0, gross - returned) / usual)
}
