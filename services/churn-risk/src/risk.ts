import { chanceByOwnRhythm, type EngagementState, engagementAt, type ShoppingFacts, silenceDaysAt } from '@perennial/domain'
import { type Band, bands, type RiskRules } from './risk-rules.ts'

/** A member with a shopping day, as far as the risk goes by it. */
export interface AtRisk {
  facts: ShoppingFacts
  engagement: EngagementState
  rhythmDays: number
}

/** P(nothing is bought within the horizon) at an instant, 0 to 1: it grows with silence, and falls with engagement. */
export function riskAt({ facts, engagement, rhythmDays }: AtRisk, at: number, { model, evenAt, horizonDays }: RiskRules): number {
  const silenceDays = silenceDaysAt(facts, at)
  const chance = model
    ? model.chanceOfPurchase(facts, silenceDays, engagementAt(engagement, at))
    : chanceByOwnRhythm({ silenceDays, rhythmDays, evenAt, horizonDays })
  return Math.min(1, Math.max(0, 1 - chance))
}

export function bandOf(risk: number, { bandsFrom }: RiskRules): Band {
  return bands[bandsFrom.findLastIndex((from) => risk >= from) + 1] as Band
}
