import { type ChurnBasis, type RiskBand, riskBands } from '@perennial/contracts'
import { dayMs, effectiveFrom, judging, lengthMs } from './calendar.ts'
import { engagementAt } from './engagement.ts'
import { modelInForce } from './learnt.ts'
import { rhythmOf, type ShopRules } from './rhythm.ts'
import { type Shopping, silenceDays } from './shopping-days.ts'
import { sinceWhen } from './since-when.ts'

export interface Risk {
  score: number
  horizonDays: number
  basis: ChurnBasis
  model: string | null
  modelAsOf: number | null
}

/** 1 − P(at least one purchase within the horizon), at an instant, of a member with a shopping day. */
export function riskAt(shopping: Shopping, rules: ShopRules, at: number): Risk {
  const model = modelInForce(rules.learnt.churn, at)
  if (!model || model.basis === 'own-rhythm') return riskByOwnRhythm(shopping, rules, at)
  const chance = model.chanceOfPurchase(shopping.facts, silenceDays(shopping, at), engagementAt(shopping, at))
  const { horizonDays, basis, asOf } = model
  return { score: 1 - chance, horizonDays, basis, model: model.model, modelAsOf: asOf }
}

function riskByOwnRhythm(shopping: Shopping, rules: ShopRules, at: number): Risk {
  const { evenAt: e, horizon } = judging(rules.programmes, at).churnRisk
  const rhythm = rhythmOf(shopping, rules)
  const h = lengthMs(horizon)
  const r = (at - shopping.facts.lastAt) / rhythm
  const chance = (e ** 2 / (r ** 2 + e ** 2)) * (1 - Math.exp(-h / rhythm))
  return { score: 1 - chance, horizonDays: h / dayMs, basis: 'own-rhythm', model: null, modelAsOf: null }
}

export function bandAt(shopping: Shopping, rules: ShopRules, at: number): RiskBand {
  if (shopping.facts.days === 0) return 'unknown'
  const { mediumFrom, highFrom, criticalFrom } = judging(rules.programmes, at).churnRisk
  const { score } = riskAt(shopping, rules, at)
  return score >= criticalFrom ? 'critical' : score >= highFrom ? 'high' : score >= mediumFrom ? 'medium' : 'low'
}

export function inBandSince(shopping: readonly Shopping[], rules: ShopRules, asOf: number): number {
  const reading = {
    name: (now: Shopping, at: number) => bandAt(now, rules, at),
    level: (now: Shopping, at: number) => riskBands.indexOf(bandAt(now, rules, at)),
  }
  const ruleChanges = [...rules.learnt.churn.map((model) => model.asOf), ...rules.programmes.map(effectiveFrom)]
  return sinceWhen(reading, shopping, ruleChanges, asOf)
}
