import type { CohortPeriod, CohortReport } from '@perennial/contracts'
import { formatInstant } from '@perennial/domain'
import { loadProgrammes, statesAt } from '@perennial/projector'
import { eachMember, type Shop } from './each-member.ts'
import { type Periods, periodsBy } from './periods.ts'
import { type Shopper, shopperFold, shoppingDaysOf } from './shopper.ts'

interface Cohort {
  members: number
  /** By how many periods after the first. */
  active: number[]
}

/**
 * Which share of those who first shopped in the same period shopped again in the k-th period after. Shopping days are
 * those that count as of the instant: what was brought back in full by then does not.
 *
 * @param asOf milliseconds
 */
export async function cohortReport({ asOf, by, ...shop }: Shop & { asOf: number; by: CohortPeriod }): Promise<CohortReport> {
  const versions = await loadProgrammes(shop.eventStore, shop.upTo)
  const periods = periodsBy[by]
  const { calendar } = versions.judging(asOf)
  const running = periods.of(calendar.dayOf(asOf))
  const folds = [shopperFold(versions)]
  const cohorts = new Map<number, Cohort>()
  let members = 0
  const leftOut = await eachMember(shop, (events) =>
    statesAt(events, folds, versions, [asOf], (_, [shopper]) => {
      if (addShopper(cohorts, periods, shoppingDaysOf(shopper as Shopper))) members++
    }),
  )
  return {
    asOf: formatInstant(asOf),
    by,
    timeZone: calendar.timeZone,
    running: periods.nameOf(running),
    members,
    leftOut,
    cohorts: [...cohorts]
      .sort(([a], [b]) => a - b)
      .map(([first, { members, active }]) => {
        // A version with another zone may have put a last day behind the day on which asOf lies.
        const counts = Array.from({ length: Math.max(running - first + 1, active.length) }, (_, later) => active[later] ?? 0)
        return { cohort: periods.nameOf(first), members, active: counts, retention: counts.map((count) => count / members) }
      }),
  }
}

/** Whether the member has a shopping day. */
function addShopper(cohorts: Map<number, Cohort>, periods: Periods, days: readonly number[]): boolean {
  if (days.length === 0) return false
  const first = periods.of(days[0] as number)
  let cohort = cohorts.get(first)
  if (!cohort) cohorts.set(first, (cohort = { members: 0, active: [] }))
  cohort.members++
  let counted = -1
  for (const day of days) {
    const later = periods.of(day) - first
    if (later === counted) continue
    cohort.active[later] = (cohort.active[later] ?? 0) + 1
    counted = later
  }
  return true
}
