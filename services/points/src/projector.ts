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

export const pointsProjector = defineProjector<PointsStateWithAwards, PointsRow>({
  name: 'points',
  version: 1,
  fold: pointsFold,
  // What each order was awarded is only asked for by returns, and a return folds the whole history again.
  save: ({ awards: _awards, ...state }) => state satisfies PointsState,
  restore: (saved) => ({ ...(saved as PointsState), awards: new Map() }),
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
