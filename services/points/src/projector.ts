import type { PointsRow } from '@perennial/contracts'
import { formatInstant, nextExpiry, type PointsState, type PointsStateWithAwards, pointsFold } from '@perennial/domain'
import { defineProjector } from '@perennial/projector'

function row(memberId: string, state: PointsState, asOf: number): PointsRow {
  const { pending, available, debt, redeemed, expired, clawedBack } = state.accounts
  const next = nextExpiry(state)
  return {
    memberId,
    available,
    pending,
    expired,
    redeemed,
    clawedBack,
    debt: 0 - debt,
    nextExpiry: next ? { points: next.points, at: formatInstant(next.at) } : null,
    asOf: formatInstant(asOf),
  }
}

/** Lots as tuples: an active member has dozens, and their field names would be most of the stored state. */
type SavedLot = [at: number, releasesAt: number, warnsAt: number, expiresAt: number, left: number]
type SavedPoints = Omit<PointsState, 'lots'> & { lots: SavedLot[] }

/** What each order was awarded is left out: only returns ask for it, and a return folds the whole history again. */
function save({ tier, accounts, lots, at }: PointsState): SavedPoints {
  return { tier, accounts, lots: lots.map((lot) => [lot.at, lot.releasesAt, lot.warnsAt, lot.expiresAt, lot.left]), at }
}

function restore(saved: unknown): PointsStateWithAwards {
  const { lots, ...state } = saved as SavedPoints
  return {
    ...state,
    lots: lots.map(([at, releasesAt, warnsAt, expiresAt, left]) => ({
      at,
      releasesAt,
      warnsAt,
      expiresAt,
      released: releasesAt <= state.at,
      left,
      expired: 0,
    })),
    awards: new Map(),
  }
}

export const pointsProjector = defineProjector<PointsStateWithAwards, PointsRow>({
  name: 'points',
  version: 1,
  fold: pointsFold,
  save,
  restore,
  row,
  shown(state, asOf) {
    const next = nextExpiry(state)
    const soon = next && next.warnsAt <= asOf ? next : undefined
    return { expiringPoints: soon?.points ?? null, expiringAt: soon ? formatInstant(soon.at) : null }
  },
  filters: [],
  tells: ['available', 'pending', 'expired', 'redeemed', 'clawedBack', 'debt'],
  transitions(before, after) {
    if (after.expiringAt === null || before?.expiringAt === after.expiringAt) return []
    return [{ type: 'perennial.points.expiring.v1', data: { points: Number(after.expiringPoints), at: String(after.expiringAt) } }]
  },
})
