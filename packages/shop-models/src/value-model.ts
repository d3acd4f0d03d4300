import { continuousRate, gammaGamma, lifetimeValue, type Model, type ModelName, models } from '@perennial/buy-till-you-die'
import type { ValueModelData } from '@perennial/contracts'
import type { ValueModel } from '@perennial/domain'
import { type FitModel, historyOf, rememberedFits } from './chance-by-model.ts'
import { notToBeUsed } from './churn-trials.ts'
import { hashOfFacts } from './facts-hash.ts'
import type { ShopSnapshot } from './snapshot.ts'
import { byCurrency, cutPointsOf } from './value-cut-points.ts'
import { fitSpend, spendOf } from './value-spend.ts'

/** Fewer members who came back say too little about when members buy. */
const repeatBuyersMin = 200
const daysPerYear = 365

/** Where nobody is seen to leave, MBG/NBD cannot be determined; then the limit that it comes to is taken. */
const timingModels: readonly ModelName[] = ['mbg-nbd', 'nbd']

/**
 * What members are measured by, as docs/shopping.md has it under "Value": cut points, when members buy (MBG/NBD or NBD,
 * in days), and what they spend on a shopping day (Gamma-Gamma, by currency). What cannot be fitted is refused in words.
 *
 * @param snapshot members sorted by id: the same members give the same bits
 * @param fitModel where fits are shared with the churn model
 */
export function fitValueModel(snapshot: ShopSnapshot, fitModel: FitModel = rememberedFits()): ValueModelData {
  const { at, members } = snapshot
  const timing = fitTiming(snapshot, fitModel)
  const spends = byCurrency(members).map(([currency, those]) => ({ currency, fitted: fitSpend(currency, those) }))
  return {
    asOf: new Date(at).toISOString(),
    members: members.length,
    dataHash: hashOfFacts([snapshot]),
    cutPoints: cutPointsOf(members),
    timing: timing.fitted,
    spend: Object.fromEntries(spends.flatMap(({ currency, fitted }) => (typeof fitted === 'string' ? [] : [[currency, fitted]]))),
    refused: [...timing.refused, ...spends.map(({ fitted }) => fitted).filter((each) => typeof each === 'string')],
  }
}

function fitTiming(snapshot: ShopSnapshot, fitModel: FitModel): { fitted: ValueModelData['timing']; refused: string[] } {
  const repeatBuyers = snapshot.members.filter(({ facts }) => facts.days >= 2).length
  if (repeatBuyers < repeatBuyersMin) {
    return { fitted: null, refused: [`when members buy: ${repeatBuyers} members came back, and the model needs ${repeatBuyersMin}`] }
  }
  const refused: string[] = []
  for (const model of timingModels) {
    const fit = fitModel(model, snapshot)
    const unusable = notToBeUsed(fit)
    if (unusable === undefined) {
      return { fitted: { model, parameters: { ...fit.parameters }, logLikelihood: fit.logLikelihood }, refused }
    }
    refused.push(`when members buy, ${model}: ${unusable}`)
  }
  return { fitted: null, refused }
}

/** What the folds and rows ask of it. */
export function compileValueModel({ asOf, cutPoints, timing, spend }: ValueModelData): ValueModel {
  return {
    asOf: Date.parse(asOf),
    silenceDays: cutPoints?.silenceDays ?? null,
    shoppingDays: cutPoints?.shoppingDays ?? null,
    netSpend: (currency) => cutPoints?.netSpend[currency] ?? null,
    lifetimeValue(facts, silenceDays, { yearlyDiscount, horizonDays }) {
      const ofCurrency = facts.currency === null ? undefined : spend[facts.currency]
      if (!timing || !ofCurrency || facts.days === 0) return null
      const model: Model = models[timing.model as ModelName]
      const worth = lifetimeValue({
        discountedPurchases: model.discountedPurchases(timing.parameters, historyOf(facts, silenceDays), {
          rate: continuousRate(yearlyDiscount, daysPerYear),
          horizon: horizonDays,
        }),
        expectedSpend: gammaGamma.expectedSpend(ofCurrency.parameters as gammaGamma.GammaGamma, spendOf(facts)),
      })
      // For some parameters the expected spend of somebody with a single shopping day does not exist.
      return Number.isFinite(worth) ? worth : null
    },
  }
}
