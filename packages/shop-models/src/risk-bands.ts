import { type Reliability, reliabilityOf } from './accuracy.ts'

/** Risk from which a member is in a band; below the first it is `low`. */
export interface BandThresholds {
  mediumFrom: number
  highFrom: number
  criticalFrom: number
}

export type BandReliability = Reliability & { band: string }

/** With fewer, the rate of a band is too much of a coincidence to hold against a model. */
export const bandMembersMin = 20

/** How risk was foretold and came, by band, the safest first; a band in which nobody was is left out. */
export function reliabilityByBand(
  chances: readonly number[],
  bought: readonly boolean[],
  { mediumFrom, highFrom, criticalFrom }: BandThresholds,
): BandReliability[] {
  const risks = chances.map((chance) => 1 - chance)
  const churned = bought.map((each) => !each)
  const bands = [
    { band: 'low', from: Number.NEGATIVE_INFINITY, to: mediumFrom },
    { band: 'medium', from: mediumFrom, to: highFrom },
    { band: 'high', from: highFrom, to: criticalFrom },
    { band: 'critical', from: criticalFrom, to: Number.POSITIVE_INFINITY },
  ]
  return bands.flatMap(({ band, from, to }) => {
    const members = risks.flatMap((risk, index) => (risk >= from && risk < to ? [index] : []))
    return members.length === 0 ? [] : [{ band, ...reliabilityOf(members, risks, churned) }]
  })
}

/** The first pair of neighbouring bands, among those with enough members, of which the riskier did not churn more. */
export function bandsThatDoNotRise(bands: readonly BandReliability[]): [BandReliability, BandReliability] | undefined {
  const large = bands.filter(({ members }) => members >= bandMembersMin)
  const riskier = large.findIndex((band, index) => index > 0 && band.observed <= (large[index - 1] as BandReliability).observed)
  return riskier === -1 ? undefined : [large[riskier - 1] as BandReliability, large[riskier] as BandReliability]
}
