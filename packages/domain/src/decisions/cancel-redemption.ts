import { type CommandOf, type Decided, pointsText, refuse } from './decision.ts'
import type { Standing } from './standing.ts'

/**
 * Gives points of a redemption back: into the lots that they came from, with the expiry that these have (see the fold).
 * What a return of the order gave back already is not left any more.
 */
export function cancelRedemption(
  { points: { redemptions } }: Standing,
  { redemption: id, points: asked, reason }: CommandOf<'cancel'>,
): Decided<'RedemptionCancelled'> {
  const redemption = redemptions.get(id)
  if (!redemption) return refuse('redemption-unknown', `No redemption "${id}".`)
  const points = asked ?? redemption.points
  if (points === 0 || points > redemption.points) return refuse('redemption-over', `It has ${pointsText(redemption.points)} left.`)
  return { type: 'RedemptionCancelled', data: { redemption: id, points, ...(reason !== undefined && { reason }) } }
}
