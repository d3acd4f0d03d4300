import { dayMs, type ShoppingFacts, type ValueModel } from '@perennial/domain'

/** Recency, frequency and money, each from 1 to 5. */
export interface RfmScores {
  recency: number
  frequency: number
  /** null where the model has no cut points in the member's currency. */
  monetary: number | null
}

/** Of a member at an instant, measured by a model; null without a shopping day, or without a model to measure by. */
export function rfmScores(facts: ShoppingFacts, model: ValueModel | undefined, at: number): RfmScores | null {
  if (facts.days === 0 || !model?.silenceDays || !model.shoppingDays) return null
  const reached = model.silenceDays.filter((cut) => cutReachedAt(facts, cut) <= at).length
  return {
    recency: 5 - reached,
    frequency: aboveCuts(facts.days, model.shoppingDays),
    monetary: monetaryScore(facts, model),
  }
}

/**
 * When silence reaches a cut point: from this millisecond on, recency is less by one. The cut point is the silence of
 * some member in days, so in whole milliseconds it is just that again, and a tie is a tie.
 */
export function cutReachedAt({ lastAt }: ShoppingFacts, cutDays: number): number {
  return lastAt + Math.round(cutDays * dayMs)
}

function monetaryScore({ currency, gross, returned }: ShoppingFacts, model: ValueModel): number | null {
  const cuts = currency === null ? null : model.netSpend(currency)
  return cuts && aboveCuts(gross - returned, cuts)
}

function aboveCuts(amount: number, cuts: readonly number[]): number {
  return 1 + cuts.filter((cut) => amount > cut).length
}
