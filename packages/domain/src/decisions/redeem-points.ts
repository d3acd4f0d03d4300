import type { ProgrammeVersions } from '../programme/versions.ts'
import { checkSpending } from './check-spending.ts'
import type { CommandOf, Decided } from './decision.ts'
import type { Standing } from './standing.ts'

/** Spends points in one step, where nothing can go wrong between the till's question and the payment. */
export function redeemPoints(
  standing: Standing,
  { points, orderId, orderAmount }: CommandOf<'redeem'>,
  versions: ProgrammeVersions,
  at: number,
): Decided<'PointsRedeemed'> {
  const paid = checkSpending(standing, { points, orderAmount }, versions.judging(at), at)
  if ('refused' in paid) return paid
  return { type: 'PointsRedeemed', data: { points, ...(orderId !== undefined && { orderId }), ...paid } }
}
