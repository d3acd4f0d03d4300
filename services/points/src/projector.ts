import type { PointsRow } from '@perennial/contracts'
import {
  expiringUntil,
  expiryWarnings,
  formatInstant,
  nextExpiry,
  type PointsState,
  type PointsStateInFull,
  type ProgrammeVersions,
  pointsFold,
} from '@perennial/domain'
import { defineProjector } from '@perennial/projector'
import { restore, save } from './saved-points.ts'

function row(memberId: string, state: PointsState, asOf: number, versions: ProgrammeVersions): PointsRow {
  const { pending, available, held, debt, issued, redeemed, expired, clawedBack, adjusted, transferred } = state.accounts
  const next = nextExpiry(state)
  const { calendar } = versions.judging(asOf)
  const within = (period: string) => expiringUntil(state.lots, calendar.addToInstant(asOf, period))
  return {
    memberId,
    balance: available + debt,
    available,
    pending,
    held,
    debt: 0 - debt,
    earned: 0 - issued,
    redeemed,
    expired,
    clawedBack,
    adjusted: 0 - adjusted,
    transferred: 0 - transferred,
    nextExpiry: next ? { points: next.points, at: formatInstant(next.at) } : null,
    expiring: { in30Days: within('P30D'), in60Days: within('P60D'), in90Days: within('P90D') },
    asOf: formatInstant(asOf),
  }
}

/** One warning: when points expire, which warning it is, and how many they are. */
type Warned = [at: string, warning: string, points: number]

function warned(state: PointsState, asOf: number, versions: ProgrammeVersions): string | null {
  const warnings = expiryWarnings(state, asOf, versions).map(({ at, warning, points }): Warned => [formatInstant(at), warning, points])
  return warnings.length > 0 ? JSON.stringify(warnings) : null
}

function readWarned(shown: string | number | null | undefined): Warned[] {
  return shown ? (JSON.parse(String(shown)) as Warned[]) : []
}

export const pointsProjector = defineProjector<PointsStateInFull, PointsRow>({
  name: 'points',
  version: 3,
  fold: pointsFold,
  save,
  restore,
  row,
  shown: (state, asOf, versions) => ({ expiring: warned(state, asOf, versions) }),
  filters: [],
  tells: ['available', 'pending', 'held', 'expired', 'redeemed', 'clawedBack', 'adjusted', 'transferred', 'debt'],
  transitions(before, after) {
    const told = new Set(readWarned(before?.expiring).map(([at, warning]) => `${at} ${warning}`))
    return readWarned(after.expiring)
      .filter(([at, warning]) => !told.has(`${at} ${warning}`))
      .map(([at, warning, points]) => ({ type: 'perennial.points.expiring.v1', data: { points, at, warning } }))
  },
})
