import type { RhythmData } from '@perennial/contracts'
import type { ShopRhythm } from '@perennial/domain'
import { hashOfFacts } from './facts-hash.ts'
import { inAscendingOrder, quantile } from './quantile.ts'
import type { MemberSnapshot, ShopSnapshot } from './snapshot.ts'

/** The mean gaps of fewer members say too little about what is usual. */
const repeatBuyersMin = 50

/** What is usual in the shop: quantiles, by nearest rank, of the mean gaps of the members who came back, in days. */
export function measureRhythm(snapshot: ShopSnapshot): RhythmData {
  return {
    asOf: new Date(snapshot.at).toISOString(),
    members: snapshot.members.length,
    dataHash: hashOfFacts([snapshot]),
    ...gapQuantilesOf(snapshot),
  }
}

/** What of it is measured. */
export function gapQuantilesOf({ members }: ShopSnapshot): Pick<RhythmData, 'repeatBuyers' | 'gapDays'> {
  const gaps = inAscendingOrder(members.flatMap(meanGapDays))
  return {
    repeatBuyers: gaps.length,
    gapDays:
      gaps.length < repeatBuyersMin
        ? null
        : {
            p10: quantile(gaps, 10),
            p25: quantile(gaps, 25),
            p50: quantile(gaps, 50),
            p75: quantile(gaps, 75),
            p90: quantile(gaps, 90),
          },
  }
}

/** Nothing of a member with a single shopping day. */
function meanGapDays({ facts: { days, firstDay, lastDay } }: MemberSnapshot): number[] {
  return days < 2 ? [] : [(lastDay - firstDay) / (days - 1)]
}

/** What the folds need of it. */
export function compileRhythm({ asOf, gapDays }: RhythmData): ShopRhythm {
  return { asOf: Date.parse(asOf), gapDays: gapDays?.p50 ?? null }
}
