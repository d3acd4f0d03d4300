import { continuousRate, gammaGamma, type Model, type ModelName, models } from '@perennial/buy-till-you-die'
import type { ChurnModelData, ModelDataOf, ModelType, RhythmData, ValueModelData } from '@perennial/contracts'
import type { ChurnModel, ShoppingFacts, ShopRhythm, ValueModel } from '@perennial/domain'
import type { LearntFromShop } from './learnt.ts'

/** What was learnt, as it stands in the log. */
export type StoredModel = { [T in ModelType]: { type: T; data: ModelDataOf[T] } }[ModelType]

/** @param stored in the order in which it was recorded */
export function learntFrom(stored: readonly StoredModel[]): LearntFromShop {
  return {
    churn: stored.flatMap(({ type, data }) => (type === 'ChurnModelFitted' ? [churnModelOf(data)] : [])),
    rhythm: stored.flatMap(({ type, data }) => (type === 'RhythmMeasured' ? [shopRhythmOf(data)] : [])),
    value: stored.flatMap(({ type, data }) => (type === 'ValueModelFitted' ? [valueModelOf(data)] : [])),
  }
}

export function churnModelOf(data: ChurnModelData): ChurnModel {
  return {
    asOf: Date.parse(data.asOf),
    basis: data.basis,
    model: data.model,
    horizonDays: data.horizonDays,
    chanceOfPurchase: (facts, silence, engagement) => {
      const byModel = models[data.model as ModelName].probabilityOfPurchase(
        data.parameters as never,
        historyOf(facts, silence),
        data.horizonDays,
      )
      return data.calibration ? calibrated(data.calibration, byModel, facts, silence, engagement) : byModel
    },
    contributions: () => [],
  }
}

/** Days, of which the first one is no repeat. */
function historyOf({ days, firstDay, lastDay }: ShoppingFacts, silence: number) {
  const tx = lastDay - firstDay
  return { x: days - 1, tx, T: tx + silence }
}

function calibrated(
  { intercept, weights, gapDays, netSpend }: NonNullable<ChurnModelData['calibration']>,
  byModel: number,
  { days, firstDay, lastDay, gross, returned, currency }: ShoppingFacts,
  silence: number,
  engagement: number,
): number {
  const p = Math.min(Math.max(byModel, 1e-6), 1 - 1e-6)
  const ownGap = (2 * gapDays + lastDay - firstDay) / (days + 1)
  const usualSpend = currency === null ? undefined : netSpend[currency]
  const features: Record<string, number> = {
    model: Math.log(p / (1 - p)),
    recency: -Math.log(1 + silence),
    ownGap: -Math.log(1 + silence / ownGap),
    engagement: Math.log(1 + engagement),
    frequency: Math.log(days),
    tenure: Math.log(1 + lastDay - firstDay),
    netSpend: usualSpend === undefined ? 0 : Math.log(1 + Math.max(0, gross - returned) / usualSpend),
    returnRate: gross === 0 ? 0 : Math.min(1, returned / gross),
  }
  const z = Object.entries(features).reduce((sum, [name, feature]) => sum + (weights[name] as number) * feature, intercept)
  return 1 / (1 + Math.exp(-z))
}

export function shopRhythmOf({ asOf, gapDays }: RhythmData): ShopRhythm {
  return { asOf: Date.parse(asOf), gapDays: gapDays?.p50 ?? null }
}

export function valueModelOf({ asOf, cutPoints, timing, spend }: ValueModelData): ValueModel {
  return {
    asOf: Date.parse(asOf),
    silenceDays: cutPoints?.silenceDays ?? null,
    shoppingDays: cutPoints?.shoppingDays ?? null,
    netSpend: (currency) => cutPoints?.netSpend[currency] ?? null,
    lifetimeValue: (facts, silence, { yearlyDiscount, horizonDays }) => {
      const ofCurrency = spend[facts.currency as string]
      if (!timing || !ofCurrency) return null
      const discounting = { rate: continuousRate(yearlyDiscount, 365), horizon: horizonDays }
      const model: Model = models[timing.model as ModelName]
      const purchases = model.discountedPurchases(timing.parameters, historyOf(facts, silence), discounting)
      const perDay = { x: facts.days, mean: Math.max(0, facts.gross - facts.returned) / facts.days }
      return purchases * gammaGamma.expectedSpend(ofCurrency.parameters as gammaGamma.GammaGamma, perDay)
    },
  }
}
