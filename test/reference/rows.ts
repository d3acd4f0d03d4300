import type { PointsRow, TierRow } from '@perennial/contracts'
import { addToInstant, judging } from './calendar.ts'
import { endingOf } from './ending.ts'
import { lowestTotal, placeOf, totalAt } from './levels.ts'
import type { Lot } from './lots.ts'
import type { Member } from './member.ts'
import { formatInstant, larger, money, sum } from './money.ts'
import type { MemberRecord, Metric } from './record.ts'
import { netSpend, type Story } from './story.ts'
import { grantAt, type Tier } from './tier.ts'

export function tierRow(memberId: string, story: Story, { tier, record }: Member, asOf: number): TierRow {
  const { levels, metric } = judging(record.programmes, asOf).tiers
  const place = placeOf(record, tier.name, asOf)
  const qualifying = totalAt(record, asOf)
  const next = levels[place + 1]
  const ending = endingOf(tier, record, asOf)
  return {
    memberId,
    tier: tier.name,
    since: formatInstant(tier.since),
    metric,
    qualifying: amount(qualifying, metric, record),
    lifetimeSpend: money(netSpend(story), record.currency),
    currency: record.currency,
    nextTier: next?.name ?? null,
    toNextTier: next ? amount(larger(0n, lowestTotal(next.from, metric, record) - qualifying), metric, record) : null,
    keptUntil: optionalInstant(keptUntil(tier, record, asOf)),
    grantedUntil: optionalInstant(grantAt(tier, record, asOf)?.until),
    ending: ending ? { at: formatInstant(ending.at), to: ending.to } : null,
    benefits: levels[place]?.benefits ?? [],
    asOf: formatInstant(asOf),
  }
}

/** Everybody has the lowest level for good. */
function keptUntil(tier: Tier, record: MemberRecord, asOf: number): number | undefined {
  return placeOf(record, tier.held, asOf) > 0 && tier.keptUntil !== undefined && tier.keptUntil > asOf ? tier.keptUntil : undefined
}

function amount(value: bigint, metric: Metric, { currency }: MemberRecord): string {
  return metric === 'spend' ? money(value, currency) : String(value)
}

function optionalInstant(at: number | undefined): string | null {
  return at === undefined ? null : formatInstant(at)
}

export function pointsRow(memberId: string, { wallet, record }: Member, asOf: number): PointsRow {
  const { accounts, lots } = wallet
  const alive = lots.filter((lot) => left(lot) > 0n)
  const next = Math.min(...alive.map(({ expiresAt }) => expiresAt))
  const { timeZone } = judging(record.programmes, asOf)
  const expiringIn = (period: string) => pointsIn(alive.filter(({ expiresAt }) => expiresAt <= addToInstant(asOf, period, timeZone)))
  return {
    memberId,
    balance: Number(accounts.available + accounts.debt),
    available: Number(accounts.available),
    pending: Number(accounts.pending),
    held: Number(accounts.held),
    debt: Number(-accounts.debt),
    earned: Number(-accounts.issued),
    redeemed: Number(accounts.redeemed),
    expired: Number(accounts.expired),
    clawedBack: Number(accounts.clawedBack),
    adjusted: Number(-accounts.adjusted),
    transferred: Number(-accounts.transferred),
    nextExpiry: Number.isFinite(next)
      ? { points: pointsIn(alive.filter(({ expiresAt }) => expiresAt === next)), at: formatInstant(next) }
      : null,
    expiring: { in30Days: expiringIn('P30D'), in60Days: expiringIn('P60D'), in90Days: expiringIn('P90D') },
    asOf: formatInstant(asOf),
  }
}

function left({ pending, available }: Lot): bigint {
  return pending + available
}

function pointsIn(lots: readonly Lot[]): number {
  return Number(sum(lots.map(left)))
}
