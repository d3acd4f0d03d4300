import type { Programme, TierRow } from '@perennial/contracts'
import { addToDay, effectiveFrom, judging, localDay, startOfDay } from './calendar.ts'
import { formatInstant, type Moment, minorUnits, money, netSpend, type Story, sum } from './story.ts'

interface Posting {
  at: number
  /** When it was spent, or given back without a purchase being known. */
  spentAt: number
  amount: bigint
}

/** What an event adds to and takes from the spend of days. */
function postings({ at, purchase, refunds }: Moment): Posting[] {
  const bought = purchase ? [{ at, spentAt: at, amount: sum(purchase.lines.map(({ amount }) => amount)) }] : []
  const givenBack = refunds.flatMap(({ returnedAt, waited, total, parts }) => {
    const matched = sum(parts.map(({ amount }) => amount))
    return [
      // A return that waited stood on its own day until now.
      { at, spentAt: returnedAt, amount: waited ? matched : matched - total },
      ...parts.map((part) => ({ at, spentAt: part.purchase.at, amount: -part.amount })),
    ]
  })
  return [...bought, ...givenBack]
}

function leavesWindow(spentAt: number, programme: Programme): number {
  const { timeZone } = programme
  return startOfDay(addToDay(localDay(spentAt, timeZone), programme.tiers.window.rolling), timeZone)
}

function qualifyingSpend(moments: readonly Moment[], programmes: readonly Programme[], at: number): bigint {
  const programme = judging(programmes, at)
  const inWindow = moments.flatMap(postings).filter(({ spentAt }) => at < leavesWindow(spentAt, programme))
  return sum(inWindow.map(({ amount }) => amount))
}

/** Index of the level that the moments give at an instant. */
function levelIndex(moments: readonly Moment[], currency: string | null, programmes: readonly Programme[], at: number): number {
  const spend = qualifyingSpend(moments, programmes, at)
  const { levels } = judging(programmes, at).tiers
  return Math.max(
    0,
    levels.findLastIndex(({ from }) => minorUnits(from, currency) <= spend),
  )
}

/** The factor of the level that the member held after the moments given, at an instant. */
export function tierMultiplier(moments: readonly Moment[], currency: string | null, programmes: readonly Programme[], at: number): string {
  return judging(programmes, at).tiers.levels[levelIndex(moments, currency, programmes, at)]?.multiply ?? '1'
}

/** When the present level began: the last instant, or event, at which it was another one just before. */
function since({ moments, currency }: Story, programmes: readonly Programme[], asOf: number): number {
  const instants = new Set([
    ...moments.map(({ at }) => at),
    ...programmes.map(effectiveFrom),
    ...programmes.flatMap((programme) => moments.flatMap(postings).map(({ spentAt }) => leavesWindow(spentAt, programme))),
  ])
  const nameAt = (known: readonly Moment[], at: number) =>
    judging(programmes, at).tiers.levels[levelIndex(known, currency, programmes, at)]?.name
  let level: string | undefined
  let began = Number.NaN
  const look = (known: readonly Moment[], at: number) => {
    if (known.length === 0) return
    const now = nameAt(known, at)
    if (now !== level) began = at
    level = now
  }
  for (const at of [...instants].sort((a, b) => a - b)) {
    if (at > asOf) break
    const before = moments.filter((moment) => moment.at < at)
    look(before, at)
    const now = moments.filter((moment) => moment.at === at)
    now.forEach((_, index) => {
      look([...before, ...now.slice(0, index + 1)], at)
    })
  }
  return began
}

export function tierRow(memberId: string, story: Story, programmes: readonly Programme[], asOf: number): TierRow {
  const { moments, currency } = story
  const { levels } = judging(programmes, asOf).tiers
  const index = levelIndex(moments, currency, programmes, asOf)
  const spend = qualifyingSpend(moments, programmes, asOf)
  const next = levels[index + 1]
  return {
    memberId,
    tier: levels[index]?.name as string,
    since: formatInstant(since(story, programmes, asOf)),
    qualifyingSpend: money(spend, currency),
    lifetimeSpend: money(netSpend(story), currency),
    currency,
    nextTier: next?.name ?? null,
    toNextTier: next ? money(minorUnits(next.from, currency) - spend, currency) : null,
    asOf: formatInstant(asOf),
  }
}
