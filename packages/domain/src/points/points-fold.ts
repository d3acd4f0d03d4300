import type { Fold } from '../fold.ts'
import { nameInSource } from '../member/name-in-source.ts'
import type { Occurrence, Purchase, TakenBack } from '../member/occurrence.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import { currentLevel, type TierState, tierFold } from '../tier/tier-fold.ts'
import { never } from '../time/calendar.ts'
import { awardPoints } from './award-points.ts'
import { explainAward } from './explain-award.ts'
import { causeOf, causeOfTakingBack, type Journal } from './journal.ts'
import { type Accounts, type Lot, move, noPoints } from './ledger.ts'
import { lotDates } from './lot-dates.ts'
import { type AwardedOrder, pointsToTakeBack, type TakingNote, takePointsBack } from './returns-take-points-back.ts'

export interface PointsState {
  /** The tier decides the multiplier, so the points fold has a tier of its own. */
  tier: TierState
  accounts: Accounts
  /** With points left in them; earliest expiry first, ties by age. */
  lots: Lot[]
  /** How far time has passed for this state. */
  at: number
}

/** The state while a history is folded: it also knows what each order was awarded, which only returns ask for. */
export interface PointsStateWithAwards extends PointsState {
  awards: Map<string, AwardedOrder>
}

/**
 * Points balance: lots with a pending time and an expiry, in a double-entry ledger.
 *
 * @param journal is told of every movement, for a state that is folded from nothing. Rebuilds have none and must not
 * pay for it: nothing is put together where there is no journal.
 */
export function pointsFold(versions: ProgrammeVersions, journal?: Journal): Fold<PointsStateWithAwards> {
  const tiers = tierFold(versions)

  function earn(state: PointsStateWithAwards, { order, at }: Purchase): void {
    const rules = versions.inForce(at)
    if (!rules) return
    const level = currentLevel(state.tier, versions)
    const award = awardPoints(order, rules, level)
    if (award.points === 0) return
    const lot: Lot = { at, ...lotDates(rules, at), released: false, left: award.points, expired: 0 }
    insertByExpiry(state.lots, lot)
    state.awards.set(orderKey(order), { lot, byLine: award.byLine, takenBackByLine: [] })
    move(state.accounts, award.points, 'issued', 'pending')
    if (journal) {
      lot.order = order
      journal({ at, points: award.points, from: 'issued', to: 'pending', cause: explainAward(order, rules, level, award) })
    }
  }

  function takeBack(state: PointsStateWithAwards, returnId: string, taken: readonly TakenBack[]): void {
    for (const part of taken) {
      const award = state.awards.get(orderKey(part.order))
      // No award: the order earned nothing, or no programme was in force.
      if (!award) continue
      const note = journal && noteOf(journal, state.at, returnId, part)
      takePointsBack(state.accounts, state.lots, award.lot, pointsToTakeBack(award, part), note)
    }
    dropEmptyLots(state)
  }

  return {
    initial: () => ({ tier: tiers.initial(), accounts: noPoints(), lots: [], at: 0, awards: new Map() }),

    evolve(state: PointsStateWithAwards, occurrence: Occurrence) {
      state.at = occurrence.at
      // The level held before a purchase decides what the purchase earns.
      if (occurrence.kind === 'purchase') {
        earn(state, occurrence)
        for (const { returnId, taken } of occurrence.waited) takeBack(state, returnId, taken)
      }
      if (occurrence.kind === 'return') takeBack(state, occurrence.returnId, occurrence.taken)
      state.tier = tiers.evolve(state.tier, occurrence)
      // Without a pending period, points are there at once.
      letTimePass(state, occurrence.at, journal)
      return state
    },

    advance(state, to) {
      state.tier = tiers.advance(state.tier, to)
      letTimePass(state, to, journal)
      state.at = Math.max(state.at, to)
      return state
    },

    nextDue(state) {
      let due = earliestDue(state.lots) ?? never
      for (const { warnsAt } of state.lots) if (warnsAt > state.at && warnsAt < due) due = warnsAt
      return due === never ? undefined : due
    },
  }
}

function noteOf(journal: Journal, at: number, returnId: string, part: TakenBack): TakingNote {
  return (points, from, lot) => journal({ at, points, from, to: 'clawedBack', cause: causeOfTakingBack(returnId, part, lot) })
}

function letTimePass(state: PointsState, to: number, journal: Journal | undefined): void {
  for (;;) {
    const due = earliestDue(state.lots)
    if (due === undefined || due > to) return
    for (const lot of state.lots) {
      if (!lot.released && lot.releasesAt <= due) release(state.accounts, lot, due, journal)
      if (lot.expiresAt <= due) expire(state.accounts, lot, due, journal)
    }
    dropEmptyLots(state)
  }
}

/** Points that are released pay a debt first. */
function release(accounts: Accounts, lot: Lot, at: number, journal: Journal | undefined): void {
  lot.released = true
  move(accounts, lot.left, 'pending', 'available')
  if (journal) journal({ at, points: lot.left, from: 'pending', to: 'available', cause: causeOf('released', lot) })
  const owed = Math.min(-accounts.debt, lot.left)
  if (owed > 0) {
    lot.left -= owed
    move(accounts, owed, 'available', 'debt')
    if (journal) journal({ at, points: owed, from: 'available', to: 'debt', cause: causeOf('debt-paid', lot) })
  }
}

function expire(accounts: Accounts, lot: Lot, at: number, journal: Journal | undefined): void {
  move(accounts, lot.left, 'available', 'expired')
  if (journal) journal({ at, points: lot.left, from: 'available', to: 'expired', cause: causeOf('expired', lot) })
  lot.expired += lot.left
  lot.left = 0
}

function earliestDue(lots: readonly Lot[]): number | undefined {
  let due = never
  for (const lot of lots) due = Math.min(due, lot.released ? lot.expiresAt : lot.releasesAt)
  return due === never ? undefined : due
}

function insertByExpiry(lots: Lot[], lot: Lot): void {
  let index = lots.length
  while (index > 0 && (lots[index - 1] as Lot).expiresAt > lot.expiresAt) index--
  lots.splice(index, 0, lot)
}

function dropEmptyLots(state: PointsState): void {
  if (state.lots.some((lot) => lot.left === 0)) state.lots = state.lots.filter((lot) => lot.left > 0)
}

function orderKey(order: { source: string; orderId: string }): string {
  return nameInSource(order.source, order.orderId)
}

/** The points that expire next, all of one instant together; undefined when none ever do. */
export function nextExpiry(state: PointsState): { points: number; at: number; warnsAt: number } | undefined {
  const first = state.lots[0]
  if (!first || first.expiresAt === never) return undefined
  let points = 0
  for (const lot of state.lots) if (lot.expiresAt === first.expiresAt) points += lot.left
  return { points, at: first.expiresAt, warnsAt: first.warnsAt }
}
