import type { Programme, ValueSegment } from '@perennial/contracts'
import { dayMs, judging, lengthMs } from './calendar.ts'
import { modelInForce } from './learnt.ts'
import type { ShopRules } from './rhythm.ts'
import { type Shopping, silenceDays } from './shopping-days.ts'
import { sinceWhen } from './since-when.ts'

export interface Scores {
  recency: number
  frequency: number
  /** null where the shop knows too little of the currency. */
  monetary: number | null
}

/** undefined without a shopping day, or where there is nothing to measure by. */
export function scoresAt(shopping: Shopping, { learnt }: ShopRules, at: number): Scores | undefined {
  const model = modelInForce(learnt.value, at)
  const { days, gross, returned, currency } = shopping.facts
  if (days === 0 || currency === null || !model?.silenceDays || !model.shoppingDays) return undefined
  const cutsOfMoney = model.netSpend(currency)
  const silence = silenceDays(shopping, at)
  return {
    recency: 5 - model.silenceDays.filter((cut) => silence >= cut).length,
    frequency: 1 + model.shoppingDays.filter((cut) => days > cut).length,
    monetary: cutsOfMoney && 1 + cutsOfMoney.filter((cut) => gross - returned > cut).length,
  }
}

/** By recency, 5 first; in each row by the mean of frequency and money, 1 first. */
const segments: readonly (readonly ValueSegment[])[] = [
  ['new', 'potential-loyal', 'potential-loyal', 'champions', 'champions'],
  ['promising', 'potential-loyal', 'potential-loyal', 'loyal', 'loyal'],
  ['about-to-sleep', 'about-to-sleep', 'need-attention', 'loyal', 'loyal'],
  ['hibernating', 'hibernating', 'at-risk', 'at-risk', 'cannot-lose'],
  ['lost', 'hibernating', 'at-risk', 'at-risk', 'cannot-lose'],
]

/** Where money has no score, frequency stands for both. */
export function segmentAt(shopping: Shopping, rules: ShopRules, at: number): ValueSegment {
  const scores = scoresAt(shopping, rules, at)
  if (!scores) return 'unknown'
  const mean = Math.floor((scores.frequency + (scores.monetary ?? scores.frequency) + 1) / 2)
  return segments[5 - scores.recency]?.[mean - 1] as ValueSegment
}

export function inSegmentSince(shopping: readonly Shopping[], rules: ShopRules, asOf: number): number {
  const reading = {
    name: (now: Shopping, at: number) => segmentAt(now, rules, at),
    level: (now: Shopping, at: number) => 5 - (scoresAt(now, rules, at)?.recency ?? 5),
  }
  return sinceWhen(
    reading,
    shopping,
    rules.learnt.value.map(({ asOf }) => asOf),
    asOf,
  )
}

/** The mean of the three scores, by the weights that follow from the programme's judgements; null without all three. */
export function weighted({ recency, frequency, monetary }: Scores, { value }: Programme): number | null {
  if (monetary === null) return null
  const rf = Number(value.judgements.recencyToFrequency)
  const rm = Number(value.judgements.recencyToMonetary)
  const fm = Number(value.judgements.frequencyToMonetary)
  const ofRecency = Math.cbrt(1 * rf * rm)
  const ofFrequency = Math.cbrt((1 / rf) * 1 * fm)
  const ofMoney = Math.cbrt((1 / rm) * (1 / fm) * 1)
  return (ofRecency * recency + ofFrequency * frequency + ofMoney * monetary) / (ofRecency + ofFrequency + ofMoney)
}

/** In minor units, not rounded; null where there is no model for it, or nobody to ask it of. */
export function lifetimeValueAt(shopping: Shopping, { programmes, learnt }: ShopRules, at: number): number | null {
  if (shopping.facts.days === 0) return null
  const { discountRate, horizon, margin } = judging(programmes, at).value
  const terms = { yearlyDiscount: share(discountRate), horizonDays: lengthMs(horizon) / dayMs }
  const worth = modelInForce(learnt.value, at)?.lifetimeValue(shopping.facts, silenceDays(shopping, at), terms) ?? null
  return worth === null ? null : worth * share(margin)
}

/** `12.5%` is 0.125. */
function share(percent: string): number {
  return Number(percent.slice(0, -1)) / 100
}
