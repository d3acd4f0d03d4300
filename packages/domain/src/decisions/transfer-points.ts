import type { DecisionDataOf } from '@perennial/contracts'
import type { Lot } from '../points/ledger.ts'
import { never } from '../time/calendar.ts'
import { formatInstant } from '../time/instant.ts'
import { checkAvailable } from './check-spending.ts'
import { type CommandOf, type Decided, refuse } from './decision.ts'
import type { Standing } from './standing.ts'

type MovedLot = DecisionDataOf['PointsTransferredOut']['lots'][number]

/** Gives points to another member. They keep their expiry, so moving them to and fro does not make them younger. */
export function transferPoints(
  standing: Standing,
  { to, points }: Omit<CommandOf<'transfer'>, 'command'>,
): Decided<'PointsTransferredOut'> {
  if (to === standing.memberId) return refuse('same-member')
  const missing = checkAvailable(standing, points)
  return missing ?? { type: 'PointsTransferredOut', data: { to, points, lots: movedLots(standing.points.lots, points) } }
}

/** Gives everything that can be spent. */
export function poolPoints(standing: Standing, { into }: CommandOf<'pool'>): Decided<'PointsTransferredOut'> {
  const { available } = standing.points.accounts
  return available === 0 ? refuse('points-missing', 'There is nothing to give.') : transferPoints(standing, { to: into, points: available })
}

/** The parts of the lots that spending takes, in the same order; parts that expire together are one. */
function movedLots(lots: readonly Lot[], points: number): MovedLot[] {
  const moved: MovedLot[] = []
  let missing = points
  for (const { released, left, expiresAt: expiry } of lots) {
    const part = released ? Math.min(left, missing) : 0
    if (part === 0) continue
    missing -= part
    const expiresAt = expiry === never ? null : formatInstant(expiry)
    const last = moved.at(-1)
    if (last && last.expiresAt === expiresAt) last.points += part
    else moved.push({ points: part, expiresAt })
  }
  return moved
}
