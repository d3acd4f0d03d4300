import { type FunnelReport, funnelSteps } from '@perennial/contracts'
import { formatInstant } from '@perennial/domain'
import { loadProgrammes, statesAt } from '@perennial/projector'
import { eachMember, type Shop } from './each-member.ts'
import { type Shopper, shopperFold, shoppingDaysOf } from './shopper.ts'

/**
 * How far members came: known, bought, came back, loyal, by the number of their shopping days as of the instant and the
 * thresholds of the programme in force then; and how many days the step from one to the next took on the median.
 *
 * @param asOf milliseconds
 */
export async function funnelReport({ asOf, ...shop }: Shop & { asOf: number }): Promise<FunnelReport> {
  const versions = await loadProgrammes(shop.eventStore, shop.upTo)
  const { growingFrom, loyalFrom } = versions.judging(asOf).programme.lifecycle
  const thresholds = [0, 1, growingFrom, loyalFrom]
  const folds = [shopperFold(versions)]
  const steps = thresholds.map(() => ({ members: 0, days: new Map<number, number>() }))
  const leftOut = await eachMember(shop, (events) =>
    statesAt(events, folds, versions, [asOf], (_, [state]) => {
      const shopper = state as Shopper
      const knownAt = shopper.knownAt as number
      const days = shoppingDaysOf(shopper)
      let before = versions.judging(knownAt).calendar.dayOf(knownAt)
      thresholds.forEach((threshold, index) => {
        if (days.length < threshold) return
        const step = steps[index] as (typeof steps)[number]
        const day = threshold === 0 ? before : (days[threshold - 1] as number)
        // Where a later version has another zone, the first purchase may lie on the day before.
        const took = Math.max(0, day - before)
        step.members++
        step.days.set(took, (step.days.get(took) ?? 0) + 1)
        before = day
      })
    }),
  )
  return {
    asOf: formatInstant(asOf),
    leftOut,
    steps: steps.map(({ members, days }, index) => {
      const earlier = steps[index - 1]?.members ?? 0
      return {
        step: funnelSteps[index] as (typeof funnelSteps)[number],
        shoppingDays: thresholds[index] as number,
        members,
        conversion: earlier === 0 ? null : members / earlier,
        medianDays: index === 0 ? null : median(days, members),
      }
    }),
  }
}

/** Of values that are kept as how often each occurs: memory grows with the days there are, not with the members. */
function median(occurrences: ReadonlyMap<number, number>, count: number): number | null {
  if (count === 0) return null
  const values = [...occurrences].sort(([a], [b]) => a - b)
  const at = (rank: number) => {
    let seen = 0
    for (const [value, times] of values) if ((seen += times) > rank) return value
    throw new Error(`no value of rank ${rank}`)
  }
  return (at(Math.floor((count - 1) / 2)) + at(Math.floor(count / 2))) / 2
}
