import type { ValueModelData } from '@perennial/contracts'
import { inAscendingOrder, quantile } from './quantile.ts'
import type { MemberSnapshot } from './snapshot.ts'

type CutPoints = NonNullable<ValueModelData['cutPoints']>

/**
 * What divides the members into fifths: 20, 40, 60 and 80 % quantiles by nearest rank of silence, of shopping days and,
 * by currency, of net spend in minor units, which may be below 0. Null without a member.
 */
export function cutPointsOf(members: readonly MemberSnapshot[]): CutPoints | null {
  if (members.length === 0) return null
  return {
    silenceDays: fifths(members.map(({ silenceDays }) => silenceDays)),
    shoppingDays: fifths(members.map(({ facts }) => facts.days)),
    netSpend: Object.fromEntries(
      byCurrency(members).map(([currency, those]) => [currency, fifths(those.map(({ facts }) => facts.gross - facts.returned))]),
    ),
  }
}

function fifths(values: readonly number[]): [number, number, number, number] {
  const ascending = inAscendingOrder(values)
  return [quantile(ascending, 20), quantile(ascending, 40), quantile(ascending, 60), quantile(ascending, 80)]
}

/** Members by the currency in which they buy, currencies in the order of the alphabet. */
export function byCurrency(members: readonly MemberSnapshot[]): [currency: string, members: MemberSnapshot[]][] {
  const groups = new Map<string, MemberSnapshot[]>()
  for (const member of members) {
    const { currency } = member.facts
    if (currency === null) continue
    const group = groups.get(currency)
    if (group) group.push(member)
    else groups.set(currency, [member])
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
}
