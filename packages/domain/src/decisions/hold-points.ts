import { durationMs } from '@perennial/contracts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import { formatInstant } from '../time/instant.ts'
import { checkSpending } from './check-spending.ts'
import { type CommandOf, type Decided, refuse } from './decision.ts'
import type { Standing } from './standing.ts'

/** Sets points aside for an order that is being paid. The hold lapses by itself where nobody captures or releases it. */
export function holdPoints(
  standing: Standing,
  { points, orderId, orderAmount, lapsesIn }: CommandOf<'hold'>,
  versions: ProgrammeVersions,
  at: number,
): Decided<'PointsHeld'> {
  const rules = versions.judging(at)
  const { holdFor } = rules.programme.points.redeem
  const lastsMs = durationMs(lapsesIn ?? holdFor)
  if (lastsMs > durationMs(holdFor)) return refuse('hold-too-long', `At most ${holdFor}.`)
  const paid = checkSpending(standing, { points, orderAmount }, rules, at)
  if ('refused' in paid) return paid
  return { type: 'PointsHeld', data: { points, lapsesAt: formatInstant(at + lastsMs), ...(orderId !== undefined && { orderId }), ...paid } }
}
