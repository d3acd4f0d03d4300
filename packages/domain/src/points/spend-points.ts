import type { ProgrammeVersions } from '../programme/versions.ts'
import { type Journal, type OfDecision, ofDecision } from './journal.ts'
import { type Debt, type Lot, move, type Spending } from './ledger.ts'
import { dropEmptyLots, putInOrder } from './lots.ts'
import { payDebts } from './pay-debts.ts'
import type { PointsState } from './points-state.ts'

export type SpendingWords = Pick<Spending, 'id' | 'at' | 'into'> & { orderId?: string; lapsesAt?: number }

/**
 * Takes points out of the member's lots, earliest expiry first. Who decides looks first whether they are there; what
 * a late fact has made missing becomes a debt, for a decision stands.
 */
export function spend(state: PointsState, words: SpendingWords, points: number, kind: OfDecision['kind'], journal?: Journal): Spending {
  const spending: Spending = { ...words, original: points, points, parts: [] }
  const { at, into } = words
  let missing = points
  for (const lot of state.lots) {
    if (missing === 0) break
    const taken = lot.released ? Math.min(missing, lot.left) : 0
    if (taken === 0) continue
    lot.left -= taken
    missing -= taken
    spending.parts.push({ lot, points: taken })
    move(state.accounts, taken, 'available', into)
    journal?.({ at, points: taken, from: 'available', to: into, cause: ofDecision(kind, words, lot) })
  }
  if (missing > 0) {
    spending.parts.push({ debt: owe(state, missing), points: missing })
    move(state.accounts, missing, 'debt', into)
    journal?.({ at, points: missing, from: 'debt', to: into, cause: ofDecision(kind, words) })
  }
  dropEmptyLots(state)
  return spending
}

export function owe(state: PointsState, points: number): Debt {
  const debt: Debt = { owed: points, paid: [] }
  state.debts.push(debt)
  return debt
}

export interface GivingBack {
  at: number
  versions: ProgrammeVersions
  kind: OfDecision['kind']
  journal: Journal | undefined
}

/** Gives points of a spending back to where they were taken from: what was taken last comes back first. */
export function giveBack(state: PointsState, spending: Spending, points: number, how: GivingBack): void {
  let left = points
  while (left > 0) {
    const part = spending.parts.at(-1)
    if (!part) break
    const back = Math.min(left, part.points)
    part.points -= back
    spending.points -= back
    left -= back
    if (part.points === 0) spending.parts.pop()
    if ('debt' in part) giveDebtBack(state, spending, part.debt, back, how)
    else backToLot(state, spending, part.lot, back, how)
  }
}

/** What is still owed is owed no longer; what other lots have paid goes back to them, the last payment first. */
function giveDebtBack(state: PointsState, spending: Spending, debt: Debt, points: number, how: GivingBack): void {
  const owed = Math.min(points, debt.owed)
  if (owed > 0) {
    debt.owed -= owed
    state.debts = state.debts.filter(({ owed }) => owed > 0)
    move(state.accounts, owed, spending.into, 'debt')
    how.journal?.({ at: how.at, points: owed, from: spending.into, to: 'debt', cause: ofDecision(how.kind, spending) })
  }
  for (let left = points - owed; left > 0; ) {
    const payment = debt.paid.at(-1)
    if (!payment) break
    const back = Math.min(left, payment.points)
    payment.points -= back
    left -= back
    if (payment.points === 0) debt.paid.pop()
    backToLot(state, spending, payment.lot, back, how)
  }
}

/** A lot that has expired meanwhile takes its points with it, unless the programme still reinstates them. */
function backToLot(state: PointsState, spending: Spending, lot: Lot, points: number, { at, versions, kind, journal }: GivingBack): void {
  const { into } = spending
  if (lot.expiresAt <= at) reinstate(lot, at, versions)
  if (lot.expiresAt > at) {
    lot.left += points
    move(state.accounts, points, into, 'available')
    journal?.({ at, points, from: into, to: 'available', cause: ofDecision(kind, spending, lot) })
    putInOrder(state.lots, lot)
    payDebts(state, lot, at, journal)
    dropEmptyLots(state)
  } else {
    lot.expired += points
    move(state.accounts, points, into, 'expired')
    journal?.({ at, points, from: into, to: 'expired', cause: ofDecision(kind, spending, lot) })
  }
}

/** An expired lot lives on for the programme's `reinstateExpired` from its expiry, once. */
function reinstate(lot: Lot, at: number, versions: ProgrammeVersions): void {
  if (lot.reinstated) return
  const rules = versions.judging(lot.at)
  const until = rules.calendar.addToInstant(lot.expiresAt, rules.programme.points.returns.reinstateExpired)
  if (until <= at) return
  lot.expiresAt = until
  lot.reinstated = true
  lot.followsActivity = false
}
