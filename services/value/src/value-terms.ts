import type { Programme } from '@perennial/contracts'
import { ahpWeights, dayMs, nominalMs } from '@perennial/domain'
import type { RfmScores } from './rfm-scores.ts'

/** What a programme says of value, made ready for rows. */
export interface ValueTerms {
  weights: ReturnType<typeof ahpWeights>
  yearlyDiscount: number
  horizonDays: number
  /** The share of what is spent that the shop keeps. */
  margin: number
}

const known = new WeakMap<Programme, ValueTerms>()

export function valueTerms(programme: Programme): ValueTerms {
  let terms = known.get(programme)
  if (!terms) {
    const { judgements, discountRate, horizon, margin } = programme.value
    terms = {
      weights: ahpWeights(judgements),
      yearlyDiscount: shareOf(discountRate),
      horizonDays: nominalMs(horizon) / dayMs,
      margin: shareOf(margin),
    }
    known.set(programme, terms)
  }
  return terms
}

/** `10%` is 0.1. */
function shareOf(percent: string): number {
  return Number(percent.slice(0, -1)) / 100
}

/** The mean of the three scores by their weights, to three decimals: 1 to 5. null where one of them is missing. */
export function weightedValue(scores: RfmScores | null, { weights }: ValueTerms): number | null {
  if (!scores || scores.monetary === null) return null
  const { recency, frequency, monetary } = scores
  const mean = weights.recency * recency + weights.frequency * frequency + weights.monetary * monetary
  return Math.round(mean * 1000) / 1000
}
