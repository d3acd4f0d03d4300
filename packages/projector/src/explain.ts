import {
  type Account,
  type Accounts,
  type Cause,
  formatInstant,
  move,
  noPoints,
  type ProgrammeVersions,
  pointsFold,
} from '@perennial/domain'
import type { EventRecord } from '@perennial/event-store'
import { foldMember } from './fold-member.ts'

/** One points movement as people and programs see it: what moved, why, and what the member had then. */
export interface ExplainedMovement {
  at: string
  points: number
  from: Account
  to: Account
  cause: Cause
  /** After the movement. What is owed is above zero here, as in the row. */
  balance: { available: number; pending: number; debt: number }
}

/** Every movement of a member's points up to `asOf`, in the order in which the ledger booked them. */
export function explain(versions: ProgrammeVersions, records: readonly EventRecord[], asOf: number): ExplainedMovement[] {
  const movements: ExplainedMovement[] = []
  const accounts = noPoints()
  const fold = pointsFold(versions, ({ at, ...movement }) => {
    move(accounts, movement.points, movement.from, movement.to)
    const { available, pending, debt } = accounts
    movements.push({ at: formatInstant(at), ...movement, balance: { available, pending, debt: 0 - debt } })
  })
  const folded = foldMember(records, [fold], versions, asOf)
  if (folded) fold.advance(folded.states[0] as ReturnType<typeof fold.initial>, asOf)
  return movements
}

/** All accounts, from nothing but the movements. */
export function sumOfMovements(movements: readonly ExplainedMovement[]): Accounts {
  const accounts = noPoints()
  for (const { points, from, to } of movements) move(accounts, points, from, to)
  return accounts
}
