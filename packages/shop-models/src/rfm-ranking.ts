import type { MemberSnapshot } from './snapshot.ts'
import { cutPointsOf } from './value-cut-points.ts'

/**
 * The sum of the scores of recency, frequency and monetary (1 to 5 each, as docs/shopping.md has them) by cut points of
 * these very members: what a shop without models would rank them by. One entry per member.
 */
export function rfmSums(members: readonly MemberSnapshot[]): number[] {
  const cuts = cutPointsOf(members)
  if (!cuts) return []
  return members.map(({ facts: { days, gross, returned, currency }, silenceDays }) => {
    const recency = 5 - cuts.silenceDays.filter((cut) => silenceDays >= cut).length
    const frequency = 1 + cuts.shoppingDays.filter((cut) => days > cut).length
    const spendCuts = (currency === null ? undefined : cuts.netSpend[currency]) ?? []
    return recency + frequency + 1 + spendCuts.filter((cut) => gross - returned > cut).length
  })
}
