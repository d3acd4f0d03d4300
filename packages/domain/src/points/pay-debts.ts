import { type Journal, ofLot } from './journal.ts'
import { type Lot, move } from './ledger.ts'
import type { PointsState } from './points-state.ts'

/** Points that have just become available pay what is owed, oldest debt first. */
export function payDebts(state: PointsState, lot: Lot, at: number, journal: Journal | undefined): void {
  if (state.debts.length === 0) return
  for (const debt of state.debts) {
    const points = Math.min(debt.owed, lot.left)
    if (points === 0) break
    debt.owed -= points
    lot.left -= points
    debt.paid.push({ lot, points })
    move(state.accounts, points, 'available', 'debt')
    journal?.({ at, points, from: 'available', to: 'debt', cause: ofLot('debt-paid', lot) })
  }
  state.debts = state.debts.filter(({ owed }) => owed > 0)
}
