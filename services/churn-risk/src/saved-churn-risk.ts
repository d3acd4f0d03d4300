import { type RiskBand, riskBands } from '@perennial/contracts'
import { restoreEngagement, restoreShopping, saveEngagement, saveShopping } from '@perennial/domain'
import type { ChurnRiskState } from './churn-risk-fold.ts'

/** How a member's churn risk is stored: as tuples, because names of fields would be most of it. */
interface SavedChurnRisk {
  shopping: unknown
  engagement: unknown
  /** The band by its place in `riskBands`. */
  judged: [band: number, since: number | null, stand: number, factsAt: number]
}

export function save({ shopping, engagement, band, since, stand, factsAt }: ChurnRiskState): SavedChurnRisk {
  return {
    shopping: saveShopping(shopping),
    engagement: saveEngagement(engagement),
    judged: [riskBands.indexOf(band), since, stand, factsAt],
  }
}

export function restore(saved: unknown): ChurnRiskState {
  const { shopping, engagement, judged } = saved as SavedChurnRisk
  const [band, since, stand, factsAt] = judged
  return {
    shopping: restoreShopping(shopping),
    engagement: restoreEngagement(engagement),
    band: riskBands[band] as RiskBand,
    since,
    stand,
    factsAt,
  }
}
