import { type AnnouncementBody, formatMoney, type TierRow } from '@perennial/contracts'
import {
  currentLevel,
  formatInstant,
  grantedLevel,
  heldLevel,
  type ProgrammeVersions,
  restoreTier,
  saveTier,
  type TierFoldState,
  tierEnding,
  tierFold,
} from '@perennial/domain'
import { defineProjector, type Projector } from '@perennial/projector'

type Shown = Parameters<Projector['transitions']>[1]

function row(memberId: string, state: TierFoldState, asOf: number, versions: ProgrammeVersions): TierRow {
  const rules = versions.judging(asOf)
  const { metric, levels } = rules.programme.tiers
  const level = currentLevel(state, versions)
  const next = rules.in(state.currency).levels[level.index + 1]
  const money = (minor: number) => formatMoney(minor, state.currency ?? '')
  const amount = metric === 'spend' ? money : String
  const ending = tierEnding(state, versions, asOf)
  // Everybody has the lowest level for good.
  const kept = heldLevel(state, rules).index > 0 ? state.keptUntil : undefined
  const granted = grantedLevel(state, rules) && state.granted?.until
  return {
    memberId,
    tier: state.tier,
    since: formatInstant(state.since),
    metric,
    qualifying: amount(state.qualifying),
    lifetimeSpend: money(state.lifetimeSpend),
    currency: state.currency,
    nextTier: next?.name ?? null,
    toNextTier: next ? amount(Math.max(0, next.from - state.qualifying)) : null,
    keptUntil: kept === undefined ? null : formatInstant(kept),
    grantedUntil: granted === undefined ? null : formatInstant(granted),
    ending: ending ? { at: formatInstant(ending.at), to: ending.to } : null,
    benefits: levels[level.index]?.benefits ?? [],
    asOf: formatInstant(asOf),
  }
}

export const tierProjector = defineProjector<TierFoldState, TierRow>({
  name: 'tier',
  version: 3,
  fold: tierFold,
  save: saveTier,
  restore: restoreTier,
  row,
  shown(state, asOf, versions) {
    const ending = tierEnding(state, versions, asOf)
    return {
      tier: state.tier,
      since: formatInstant(state.since),
      endingAt: ending ? formatInstant(ending.at) : null,
      endingTo: ending?.to ?? null,
    }
  },
  filters: ['tier'],
  tells: ['tier'],
  transitions: (before, after) => [...tellChange(before, after), ...tellEnding(before, after)],
})

function tellChange(before: Shown | undefined, after: Shown): AnnouncementBody[] {
  if (before?.tier === after.tier) return []
  return [
    {
      type: 'perennial.tier.changed.v1',
      data: { before: before ? String(before.tier) : null, after: String(after.tier), since: String(after.since) },
    },
  ]
}

/** Whoever is new to the read model is told too: what ends is always still to come. */
function tellEnding(before: Shown | undefined, after: Shown): AnnouncementBody[] {
  if (after.endingAt === null) return []
  if (before?.tier === after.tier && before?.endingAt === after.endingAt) return []
  return [
    {
      type: 'perennial.tier.ending.v1',
      data: { tier: String(after.tier), at: String(after.endingAt), to: String(after.endingTo) },
    },
  ]
}
