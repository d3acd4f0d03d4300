import { dayMs, type ShoppingFacts } from '@perennial/domain'
import type { MemberSnapshot, ShopSnapshot } from '../snapshot.ts'

/** All that a member ever did in a shop, for tests and benchmarks: snapshots are taken of it. */
export interface ShopMember {
  memberId: string
  currency: string
  /** In order of time. `day` is the local day, `amount` minor units. */
  purchases: readonly { at: number; day: number; amount: number }[]
  /** Money given back, whichever purchase it was of. */
  returns: readonly { at: number; amount: number }[]
}

/** The shop as of an instant. Returns do not end a shopping day here. */
export function snapshotAt(members: readonly ShopMember[], at: number): ShopSnapshot {
  const known = members.flatMap((member): MemberSnapshot[] => {
    const facts = factsAt(member, at)
    return facts ? [{ memberId: member.memberId, facts, silenceDays: (at - facts.lastAt) / dayMs, engagement: 0 }] : []
  })
  return { at, members: known.sort((a, b) => (a.memberId < b.memberId ? -1 : 1)) }
}

/** As of an instant, and then each one horizon earlier: the newest first. */
export function snapshotsBack(members: readonly ShopMember[], at: number, horizonDays: number, count = 6): ShopSnapshot[] {
  return Array.from({ length: count }, (_, index) => snapshotAt(members, at - index * horizonDays * dayMs))
}

function factsAt({ currency, purchases, returns }: ShopMember, at: number): ShoppingFacts | undefined {
  const known = purchases.filter((purchase) => purchase.at <= at)
  const [first, last] = [known[0], known.at(-1)]
  if (!first || !last) return undefined
  const days = [...new Set(known.map(({ day }) => day))]
  return {
    days: days.length,
    firstDay: first.day,
    lastDay: last.day,
    previousDay: days.at(-2) ?? 0,
    firstAt: first.at,
    lastAt: last.at,
    logGaps: days.slice(1).reduce((sum, day, index) => sum + Math.log(day - (days[index] as number)), 0),
    purchases: known.length,
    gross: known.reduce((sum, { amount }) => sum + amount, 0),
    returned: returns.reduce((sum, each) => sum + (each.at <= at ? each.amount : 0), 0),
    currency,
  }
}
