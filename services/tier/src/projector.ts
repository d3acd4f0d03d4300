import { formatMoney, type TierRow } from '@perennial/contracts'
import { currentLevel, formatInstant, type ProgrammeVersions, type TierState, tierFold } from '@perennial/domain'
import { defineProjector } from '@perennial/projector'

function row(memberId: string, state: TierState, asOf: number, versions: ProgrammeVersions): TierRow {
  const { levels } = versions.judging(asOf).in(state.currency)
  const next = levels[currentLevel(state, versions).index + 1]
  const money = (minor: number) => formatMoney(minor, state.currency ?? '')
  return {
    memberId,
    tier: state.tier,
    since: formatInstant(state.since),
    qualifyingSpend: money(state.qualifyingSpend),
    lifetimeSpend: money(state.lifetimeSpend),
    currency: state.currency,
    nextTier: next?.name ?? null,
    toNextTier: next ? money(next.from - state.qualifyingSpend) : null,
    asOf: formatInstant(asOf),
  }
}

export const tierProjector = defineProjector<TierState, TierRow>({
  name: 'tier',
  version: 1,
  fold: tierFold,
  row,
  shown: (state) => ({ tier: state.tier, since: formatInstant(state.since) }),
  filters: ['tier'],
  tells: ['tier'],
  transitions(before, after) {
    if (before?.tier === after.tier) return []
    return [
      {
        type: 'perennial.tier.changed.v1',
        data: { before: before ? String(before.tier) : null, after: String(after.tier), since: String(after.since) },
      },
    ]
  },
})
