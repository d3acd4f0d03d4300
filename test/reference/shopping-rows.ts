import type { ChurnRiskRow, LifecycleRow, ValueRow } from '@perennial/contracts'
import { dayMs, judging } from './calendar.ts'
import { modelInForce } from './learnt.ts'
import { formatInstant, money } from './money.ts'
import { rhythmOf, type ShopRules } from './rhythm.ts'
import { bandAt, inBandSince, riskAt } from './risk.ts'
import { type Shopping, shoppingAfterEach, silenceDays } from './shopping-days.ts'
import { type StageChange, stageChanges } from './stages.ts'
import { netSpend, type Story } from './story.ts'
import { inSegmentSince, lifetimeValueAt, scoresAt, segmentAt, weighted } from './worth.ts'

/** Rows without the sentences in them, whose wording is nobody's promise. */
export interface ShoppingRows {
  lifecycle: Omit<LifecycleRow, 'because'>
  'churn-risk': Omit<ChurnRiskRow, 'drivers'>
  value: ValueRow
}

export function shoppingRows(memberId: string, story: Story, rules: ShopRules, asOf: number): ShoppingRows {
  const shopping = shoppingAfterEach(story, rules.programmes)
  return {
    lifecycle: lifecycleRow(memberId, story, shopping, rules, asOf),
    'churn-risk': churnRiskRow(memberId, shopping, rules, asOf),
    value: valueRow(memberId, story, shopping, rules, asOf),
  }
}

function lifecycleRow(
  memberId: string,
  story: Story,
  shopping: readonly Shopping[],
  rules: ShopRules,
  asOf: number,
): ShoppingRows['lifecycle'] {
  const now = shopping.at(-1) as Shopping
  const { stage, since, reason } = stageChanges(shopping, rules, asOf).at(-1) as StageChange
  const shops = now.facts.days > 0
  return {
    memberId,
    stage,
    since: formatInstant(since),
    reason,
    action: judging(rules.programmes, since).lifecycle.actions[stage] ?? null,
    shoppingDays: now.facts.days,
    rhythmDays: shops ? rounded(rhythmOf(now, rules) / dayMs, 2) : null,
    purchases: now.facts.purchases,
    firstPurchaseAt: shops ? formatInstant(now.facts.firstAt) : null,
    lastPurchaseAt: shops ? formatInstant(now.facts.lastAt) : null,
    netSpend: money(netSpend(story), story.currency),
    currency: story.currency,
    asOf: formatInstant(asOf),
  }
}

const noRisk = { score: null, horizonDays: null, basis: null, model: null, modelAsOf: null }

function churnRiskRow(memberId: string, shopping: readonly Shopping[], rules: ShopRules, asOf: number): ShoppingRows['churn-risk'] {
  const now = shopping.at(-1) as Shopping
  const shops = now.facts.days > 0
  const { score, modelAsOf, ...origin } = shops ? riskAt(now, rules, asOf) : noRisk
  return {
    memberId,
    score: score === null ? null : rounded(score, 4),
    band: bandAt(now, rules, asOf),
    since: formatInstant(inBandSince(shopping, rules, asOf)),
    ...origin,
    modelAsOf: modelAsOf === null ? null : formatInstant(modelAsOf),
    recencyDays: shops ? rounded(silenceDays(now, asOf), 2) : null,
    rhythmDays: shops ? rounded(rhythmOf(now, rules) / dayMs, 2) : null,
    shoppingDays: now.facts.days,
    asOf: formatInstant(asOf),
  }
}

function valueRow(memberId: string, story: Story, shopping: readonly Shopping[], rules: ShopRules, asOf: number): ValueRow {
  const now = shopping.at(-1) as Shopping
  const scores = scoresAt(now, rules, asOf)
  const model = modelInForce(rules.learnt.value, asOf)
  const value = scores ? weighted(scores, judging(rules.programmes, asOf)) : null
  const worth = lifetimeValueAt(now, rules, asOf)
  return {
    memberId,
    recency: scores?.recency ?? null,
    frequency: scores?.frequency ?? null,
    monetary: scores?.monetary ?? null,
    segment: segmentAt(now, rules, asOf),
    since: formatInstant(inSegmentSince(shopping, rules, asOf)),
    value: value === null ? null : rounded(value, 3),
    lifetimeValue: worth === null ? null : money(BigInt(Math.round(worth)), story.currency),
    netSpend: money(netSpend(story), story.currency),
    currency: story.currency,
    basis: model ? 'fitted' : 'not-fitted',
    modelAsOf: model ? formatInstant(model.asOf) : null,
    asOf: formatInstant(asOf),
  }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
