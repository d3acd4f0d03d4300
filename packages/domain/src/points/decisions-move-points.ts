import type { MemberDecision, MemberEventOf } from '../member/member-event.ts'
import type { Decision } from '../member/occurrence.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import { never } from '../time/calendar.ts'
import type { Journal } from './journal.ts'
import { move, type Spending } from './ledger.ts'
import { lotDates } from './lot-dates.ts'
import { bookLot } from './lots.ts'
import { payDebts } from './pay-debts.ts'
import type { PointsStateInFull } from './points-state.ts'
import { giveBack, spend } from './spend-points.ts'

/** What decisions do to lots and accounts. A decision stands: what it names and is not there any longer, it does nothing to. */
export function movePoints(state: PointsStateInFull, { decision, at }: Decision, versions: ProgrammeVersions, journal?: Journal): void {
  const { id } = decision
  switch (decision.type) {
    case 'PointsHeld': {
      const { points, lapsesAt, orderId } = decision.data
      const words = { id, at, into: 'held' as const, lapsesAt: Date.parse(lapsesAt), ...(orderId !== undefined && { orderId }) }
      state.holds.push(spend(state, words, points, 'held', journal))
      return
    }
    case 'HoldCaptured':
      return capture(state, decision, versions, journal)
    case 'HoldReleased': {
      const hold = endHold(state, decision.data.hold)
      if (hold) giveBack(state, hold, hold.points, { at, versions, kind: 'released-from-hold', journal })
      return
    }
    case 'PointsRedeemed': {
      const { points, orderId } = decision.data
      const words = { id, at, into: 'redeemed' as const, ...(orderId !== undefined && { orderId }) }
      if (!state.redemptions.has(id)) state.redemptions.set(id, spend(state, words, points, 'redeemed', journal))
      return
    }
    case 'RedemptionCancelled': {
      const redemption = state.redemptions.get(decision.data.redemption)
      if (!redemption) return
      giveBack(state, redemption, Math.min(decision.data.points, redemption.points), { at, versions, kind: 'cancelled', journal })
      return
    }
    case 'PointsAdjusted':
      return adjust(state, decision, versions, journal)
    case 'PointsTransferredOut':
      spend(state, { id, at, into: 'transferred' }, decision.data.points, 'given-away', journal)
      return
    case 'PointsTransferredIn':
      return receive(state, decision, versions, journal)
  }
}

/** Decisions that the member makes by spending keep points alive that expire by inactivity. */
export function isActivity({ type }: MemberDecision): boolean {
  return type === 'PointsHeld' || type === 'PointsRedeemed'
}

function endHold(state: PointsStateInFull, id: string): Spending | undefined {
  const hold = state.holds.find((held) => held.id === id)
  if (hold) state.holds = state.holds.filter((held) => held !== hold)
  return hold
}

/** The first points of the hold become a redemption under the hold's id; the rest goes back. */
function capture(
  state: PointsStateInFull,
  { data, occurredAt: at }: MemberEventOf<'HoldCaptured'>,
  versions: ProgrammeVersions,
  journal?: Journal,
): void {
  const hold = endHold(state, data.hold)
  if (!hold) return
  const points = Math.min(data.points, hold.points)
  giveBack(state, hold, hold.points - points, { at, versions, kind: 'released-from-hold', journal })
  move(state.accounts, points, 'held', 'redeemed')
  const { id, orderId, parts } = hold
  journal?.({
    at,
    points,
    from: 'held',
    to: 'redeemed',
    cause: { kind: 'captured', decision: id, ...(orderId !== undefined && { orderId }) },
  })
  state.redemptions.set(id, { id, at, into: 'redeemed', original: points, points, parts, ...(orderId !== undefined && { orderId }) })
}

function adjust(
  state: PointsStateInFull,
  { id, data, occurredAt: at }: MemberEventOf<'PointsAdjusted'>,
  versions: ProgrammeVersions,
  journal?: Journal,
): void {
  const { points, reason, by, approvedBy } = data
  if (points < 0) {
    spend(state, { id, at, into: 'adjusted' }, -points, 'taken-by-hand', journal)
    return
  }
  const lot = bookLot(state, { at, left: points, released: true, ...lotDates(versions.judging(at), at, 'P0D') })
  if (journal) lot.source = { adjustment: id }
  move(state.accounts, points, 'adjusted', 'available')
  const cause = { kind: 'adjusted' as const, decision: id, reason, by, ...(approvedBy !== undefined && { approvedBy }) }
  journal?.({ at, points, from: 'adjusted', to: 'available', cause })
  payDebts(state, lot, at, journal)
}

/** Points from another member keep their expiry; where points expire by inactivity, they follow this member's. */
function receive(
  state: PointsStateInFull,
  { data, occurredAt: at }: MemberEventOf<'PointsTransferredIn'>,
  versions: ProgrammeVersions,
  journal?: Journal,
): void {
  const here = lotDates(versions.judging(at), at, 'P0D')
  for (const { points, expiresAt } of data.lots) {
    const brought = { expiresAt: expiresAt === null ? never : Date.parse(expiresAt), followsActivity: false }
    const lot = bookLot(state, { at, left: points, released: true, ...(here.followsActivity ? here : { ...here, ...brought }) })
    if (journal) lot.source = { transfer: data.transfer, from: data.from }
    move(state.accounts, points, 'transferred', 'available')
    const cause = { kind: 'received' as const, decision: data.transfer, from: data.from }
    journal?.({ at, points, from: 'transferred', to: 'available', cause })
    payDebts(state, lot, at, journal)
  }
}
