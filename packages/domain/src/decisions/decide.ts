import type { DecisionType } from '@perennial/contracts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import { adjustPoints, approveAdjustment, rejectAdjustment } from './adjust-points.ts'
import { cancelRedemption } from './cancel-redemption.ts'
import { captureHold } from './capture-hold.ts'
import { type Command, type Decided, refuse } from './decision.ts'
import { grantTier } from './grant-tier.ts'
import { holdPoints } from './hold-points.ts'
import { mergeMembers, undoMerge } from './merge-members.ts'
import { redeemPoints } from './redeem-points.ts'
import { releaseHold } from './release-hold.ts'
import { mergedMessage, type Standing, standingMerge } from './standing.ts'
import { poolPoints, transferPoints } from './transfer-points.ts'

/**
 * The event that a command comes to, or why it comes to none.
 *
 * @param standing at the instant `at`
 * @param at when it is decided, milliseconds; not before anything that has happened to the member
 */
export function decide(standing: Standing, command: Command, versions: ProgrammeVersions, at: number): Decided<DecisionType> {
  if (command.command === 'undo-merge') return undoMerge(standing, command)
  const merge = standingMerge(standing.merges)
  if (merge) return refuse('member-merged', mergedMessage(standing.memberId, merge))
  switch (command.command) {
    case 'hold':
      return holdPoints(standing, command, versions, at)
    case 'capture':
      return captureHold(standing, command)
    case 'release':
      return releaseHold(standing, command)
    case 'redeem':
      return redeemPoints(standing, command, versions, at)
    case 'cancel':
      return cancelRedemption(standing, command)
    case 'adjust':
      return adjustPoints(standing, command, versions, at)
    case 'approve':
      return approveAdjustment(standing, command, versions, at)
    case 'reject':
      return rejectAdjustment(standing, command)
    case 'grant-tier':
      return grantTier(standing, command, versions, at)
    case 'transfer':
      return transferPoints(standing, command)
    case 'pool':
      return poolPoints(standing, command)
    case 'merge':
      return mergeMembers(standing, command)
  }
}
