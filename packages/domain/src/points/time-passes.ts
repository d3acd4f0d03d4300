import type { ProgrammeVersions } from '../programme/versions.ts'
import { never } from '../time/calendar.ts'
import { type Journal, ofLot } from './journal.ts'
import { type Lot, move } from './ledger.ts'
import { expiryAfterActivity } from './lot-dates.ts'
import { compareLots, dropEmptyLots } from './lots.ts'
import { payDebts } from './pay-debts.ts'
import type { PointsState } from './points-state.ts'
import { giveBack } from './spend-points.ts'

/**
 * Lots are released, lots expire, holds lapse; at one instant in this order. All of it follows from the state: how
 * often the clock is looked at changes nothing.
 */
export function letTimePass(state: PointsState, to: number, versions: ProgrammeVersions, journal: Journal | undefined): void {
  for (;;) {
    const due = firstDue(state)
    if (due > to) return
    for (const lot of state.lots) if (!lot.released && lot.releasesAt <= due) release(state, lot, due, journal)
    for (const lot of state.lots) if (lot.expiresAt <= due) expire(state, lot, due, journal)
    dropEmptyLots(state)
    if (state.holds.length > 0) lapse(state, due, versions, journal)
  }
}

/** The first instant at which something happens to points by itself; infinity if nothing ever does. */
export function nextChange(state: PointsState): number {
  return firstDue(state, 1)
}

/** @param least points that a lot must have left to be looked at */
function firstDue({ lots, holds }: PointsState, least = 0): number {
  let due = never
  for (const lot of lots) if (lot.left >= least) due = Math.min(due, lot.released ? lot.expiresAt : lot.releasesAt)
  for (const { lapsesAt = never } of holds) due = Math.min(due, lapsesAt)
  return due === never ? Number.POSITIVE_INFINITY : due
}

/** Points that are released pay a debt first. */
function release(state: PointsState, lot: Lot, at: number, journal: Journal | undefined): void {
  lot.released = true
  if (lot.left === 0) return
  move(state.accounts, lot.left, 'pending', 'available')
  if (journal) journal({ at, points: lot.left, from: 'pending', to: 'available', cause: ofLot('released', lot) })
  payDebts(state, lot, at, journal)
}

function expire(state: PointsState, lot: Lot, at: number, journal: Journal | undefined): void {
  lot.followsActivity = false
  if (lot.left === 0) return
  move(state.accounts, lot.left, 'available', 'expired')
  if (journal) journal({ at, points: lot.left, from: 'available', to: 'expired', cause: ofLot('expired', lot) })
  lot.expired += lot.left
  lot.left = 0
}

function lapse(state: PointsState, at: number, versions: ProgrammeVersions, journal: Journal | undefined): void {
  const lapsed = state.holds.filter(({ lapsesAt = never }) => lapsesAt <= at)
  if (lapsed.length === 0) return
  state.holds = state.holds.filter((hold) => !lapsed.includes(hold))
  for (const hold of lapsed) giveBack(state, hold, hold.points, { at, versions, kind: 'lapsed', journal })
}

/** Points that expire by inactivity live on from here; those that have expired do not come back. */
export function noteActivity(state: PointsState, at: number, versions: ProgrammeVersions): void {
  let moved = false
  for (const lot of state.lots) {
    if (!lot.followsActivity) continue
    // Counted from a late release, the end may lie further away already.
    lot.expiresAt = Math.max(lot.expiresAt, expiryAfterActivity(versions.judging(lot.at), lot.releasesAt, at))
    moved = true
  }
  if (moved) state.lots.sort(compareLots)
}
