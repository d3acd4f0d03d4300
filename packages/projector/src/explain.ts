import { isDeepStrictEqual } from 'node:util'
import {
  type Account,
  type Accounts,
  type Cause,
  formatInstant,
  move,
  never,
  noPoints,
  type PointsStateInFull,
  type ProgrammeVersions,
  pointsFold,
  type Source,
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
  balance: { available: number; pending: number; held: number; debt: number }
}

/** Points that a member has, with one source, release and expiry. */
export interface ExplainedLot {
  points: number
  earnedAt: string
  /** null: released. */
  pendingUntil: string | null
  /** null: never. */
  expiresAt: string | null
  source: Source
  /** What earned them; absent for points that were given by hand or by another member. */
  by?: Extract<Cause, { kind: 'earned' | 'earned-by-activity' }>
}

export interface PointsExplained {
  /** Every movement, in the order in which the ledger booked them. */
  movements: ExplainedMovement[]
  /** What is left, in the order in which it will be spent. */
  lots: ExplainedLot[]
}

/** What made a member's points up to `asOf`, and where those that are left come from. */
export function explainPoints(versions: ProgrammeVersions, records: readonly EventRecord[], asOf: number): PointsExplained {
  const movements: ExplainedMovement[] = []
  const accounts = noPoints()
  const fold = pointsFold(versions, ({ at, ...movement }) => {
    move(accounts, movement.points, movement.from, movement.to)
    const { available, pending, held, debt } = accounts
    movements.push({ at: formatInstant(at), ...movement, balance: { available, pending, held, debt: 0 - debt } })
  })
  const folded = foldMember(records, [fold], versions, asOf)
  if (!folded) return { movements, lots: [] }
  const state = fold.advance(folded.states[0] as PointsStateInFull, asOf)
  return { movements, lots: lotsOf(state, movements) }
}

function lotsOf({ lots }: PointsStateInFull, movements: readonly ExplainedMovement[]): ExplainedLot[] {
  return lots
    .filter(({ left }) => left > 0)
    .map(({ at, left, releasesAt, released, expiresAt, source }) => {
      const earnedAt = formatInstant(at)
      const by = movements.find((movement) => movement.at === earnedAt && earned(movement.cause, source as Source))?.cause
      return {
        points: left,
        earnedAt,
        pendingUntil: released ? null : formatInstant(releasesAt),
        expiresAt: expiresAt === never ? null : formatInstant(expiresAt),
        source: source as Source,
        ...(by && { by: by as NonNullable<ExplainedLot['by']> }),
      }
    })
}

function earned(cause: Cause, source: Source): boolean {
  if (cause.kind === 'earned') return 'order' in source && isDeepStrictEqual(cause.order, source.order)
  return (
    cause.kind === 'earned-by-activity' &&
    'activity' in source &&
    cause.activity === source.activity &&
    cause.reference === source.reference
  )
}

/** Every movement of a member's points up to `asOf`. */
export function explain(versions: ProgrammeVersions, records: readonly EventRecord[], asOf: number): ExplainedMovement[] {
  return explainPoints(versions, records, asOf).movements
}

/** All accounts, from nothing but the movements. */
export function sumOfMovements(movements: readonly ExplainedMovement[]): Accounts {
  const accounts = noPoints()
  for (const { points, from, to } of movements) move(accounts, points, from, to)
  return accounts
}
