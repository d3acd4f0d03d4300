import type { ChurnModel, ShopRhythm, ValueModel } from '@perennial/domain'

/** What was learnt from the whole shop, each kind in the order in which it was recorded. */
export interface LearntFromShop {
  churn: readonly ChurnModel[]
  rhythm: readonly ShopRhythm[]
  value: readonly ValueModel[]
}

export const nothingLearnt: LearntFromShop = { churn: [], rhythm: [], value: [] }

/** The one learnt as of the latest instant up to then; of two as of the same instant, the one that was recorded later. */
export function modelInForce<Model extends { asOf: number }>(models: readonly Model[], at: number): Model | undefined {
  const known = models.filter(({ asOf }) => asOf <= at)
  const latest = Math.max(...known.map(({ asOf }) => asOf))
  return known.findLast(({ asOf }) => asOf === latest)
}
