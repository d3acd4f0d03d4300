import type { Programme } from '@perennial/contracts'

/**
 * The analytic hierarchy process for three criteria: T. L. Saaty (1980), "The Analytic Hierarchy Process". From how many
 * times as important each is as each other come weights, and how well the judgements go together.
 */
type Judgements = Programme['value']['judgements']

/** What a programme can say: Saaty's scale, from a ninth to nine times as important. */
export const judgementMin = 1 / 9
export const judgementMax = 9

/** Saaty's random index of three criteria: what judgements by chance come to on the mean. */
const randomIndex = 0.58
/** Saaty's limit: above it, judgements contradict each other too much to weigh anything by. */
export const consistencyRatioMax = 0.1

/**
 * The principal eigenvector of the pairwise matrix, made to sum to 1. For three criteria it is, exactly, that of the
 * cube roots of the products of its rows.
 */
export function ahpWeights(judgements: Judgements): { recency: number; frequency: number; monetary: number } {
  const { recencyToFrequency, recencyToMonetary, frequencyToMonetary } = numbersOf(judgements)
  const recency = Math.cbrt(recencyToFrequency * recencyToMonetary)
  const frequency = Math.cbrt(frequencyToMonetary / recencyToFrequency)
  const monetary = Math.cbrt(1 / (recencyToMonetary * frequencyToMonetary))
  const sum = recency + frequency + monetary
  return { recency: recency / sum, frequency: frequency / sum, monetary: monetary / sum }
}

/**
 * (λ − 3) ÷ 2 ÷ 0.58, λ being the principal eigenvalue, which for three criteria is 1 + u + 1/u, u the cube root of what
 * the two steps over frequency make of recency to money, divided by what was said of it. 0 where they agree.
 */
export function consistencyRatio(judgements: Judgements): number {
  const { recencyToFrequency, recencyToMonetary, frequencyToMonetary } = numbersOf(judgements)
  const u = Math.cbrt((recencyToFrequency * frequencyToMonetary) / recencyToMonetary)
  // Written as a square, so that agreement is 0 and never a bit below it.
  return (u - 1) ** 2 / u / 2 / randomIndex
}

/** What recency to money would be by the other two judgements, and from where to where it is consistent with them. */
export function consistentRecencyToMonetary(judgements: Judgements): { exactly: number; from: number; to: number } {
  const { recencyToFrequency, frequencyToMonetary } = numbersOf(judgements)
  const exactly = recencyToFrequency * frequencyToMonetary
  // The larger solution of (u − 1)² ÷ u = d: u = 1 + d/2 + √(d + d²/4).
  const d = 2 * randomIndex * consistencyRatioMax
  const factor = (1 + d / 2 + Math.sqrt(d + d ** 2 / 4)) ** 3
  return { exactly, from: exactly / factor, to: exactly * factor }
}

function numbersOf(judgements: Judgements): { [Name in keyof Judgements]: number } {
  const { recencyToFrequency, recencyToMonetary, frequencyToMonetary } = judgements
  return {
    recencyToFrequency: Number(recencyToFrequency),
    recencyToMonetary: Number(recencyToMonetary),
    frequencyToMonetary: Number(frequencyToMonetary),
  }
}
