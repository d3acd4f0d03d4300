import type { ChurnBasis } from '@perennial/contracts'
import type { ShoppingFacts } from './shopping-facts.ts'

/** What was learnt from the whole shop, as the folds ask it. */
export interface ShopModels {
  readonly churn: Learnt<ChurnModel>
  readonly rhythm: Learnt<ShopRhythm>
  readonly value: Learnt<ValueModel>
}

/** One kind of model through time: each is in force from the instant as of which it was learnt until the next. */
export interface Learnt<Model> {
  inForce(at: number): Model | undefined
  /** The first instant after `at` from which another one is in force. */
  nextChange(at: number): number | undefined
}

/** The chance that a member comes back, learnt from all members. */
export interface ChurnModel {
  /** Milliseconds. */
  readonly asOf: number
  readonly basis: ChurnBasis
  /** Name of the buy-till-you-die model; null for the member's own rhythm. */
  readonly model: string | null
  readonly horizonDays: number
  /**
   * P(at least one purchase within the horizon); falls, or stays, as silence grows and engagement fades. Asked only where
   * the basis is not the member's own rhythm, and the member has a shopping day.
   *
   * @param silenceDays since the last purchase, with fractions
   * @param engagement of all activities, at that instant
   */
  chanceOfPurchase(facts: ShoppingFacts, silenceDays: number, engagement: number): number
  /**
   * What moves the chance, the weightiest first, each with what it adds to the logarithm of the odds against an average
   * member's; empty where the basis is not `calibrated`.
   */
  contributions(facts: ShoppingFacts, silenceDays: number, engagement: number): { feature: string; weight: number }[]
}

/** What is usual in the shop. */
export interface ShopRhythm {
  readonly asOf: number
  /** Median of the members' mean gaps, in days; null where too few members came back. */
  readonly gapDays: number | null
}

/** What members are measured by. */
export interface ValueModel {
  readonly asOf: number
  /** Cut points in ascending order; four of each. */
  readonly silenceDays: readonly number[] | null
  readonly shoppingDays: readonly number[] | null
  netSpend(currency: string): readonly number[] | null
  /**
   * Expected net spend from now on, discounted, in minor units, not rounded; null where there is no model for it.
   *
   * @param yearlyDiscount 0.1 is 10 % a year
   */
  lifetimeValue(facts: ShoppingFacts, silenceDays: number, terms: { yearlyDiscount: number; horizonDays: number }): number | null
}

/** Models by the instant from which on they are in force, whatever order they are given in; of two, the later counts. */
export function learnt<Model extends { asOf: number }>(models: readonly Model[]): Learnt<Model> {
  const byStart = new Map(models.map((model) => [model.asOf, model]))
  const all = [...byStart.values()].sort((a, b) => a.asOf - b.asOf)
  /** How many are in force from an instant up to `at`. By halving: a fold of a long history asks for each model. */
  function begunBy(at: number): number {
    let [low, high] = [0, all.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((all[middle] as Model).asOf <= at) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    inForce: (at) => all[begunBy(at) - 1],
    nextChange: (at) => all[begunBy(at)]?.asOf,
  }
}

export const nothingLearnt: ShopModels = { churn: learnt<ChurnModel>([]), rhythm: learnt<ShopRhythm>([]), value: learnt<ValueModel>([]) }
