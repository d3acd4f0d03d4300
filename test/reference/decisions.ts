import type { Programme } from '@perennial/contracts'
import type { MemberDecision, MemberEventOf } from '@perennial/domain'
import { judging } from './calendar.ts'
import { type NewLot, newLot } from './lots.ts'
import { smaller } from './money.ts'
import type { MemberRecord } from './record.ts'
import { giveBack, pointsOf, spend } from './spending.ts'
import { type Account, makeAvailable, move, type Redemption, type Wallet } from './wallet.ts'

/** What somebody decided about the member's points. */
export function decide(wallet: Wallet, record: MemberRecord, decision: MemberDecision): void {
  const { id, occurredAt: now } = decision
  switch (decision.type) {
    case 'PointsHeld': {
      const { points, orderId, lapsesAt } = decision.data
      wallet.holds.push({ id, orderId, lapsesAt: Date.parse(lapsesAt), ...spend(wallet, 'held', BigInt(points)) })
      return
    }
    case 'HoldCaptured':
      return capture(wallet, decision)
    case 'HoldReleased': {
      const hold = wallet.holds.find(({ id }) => id === decision.data.hold)
      if (!hold) return
      wallet.holds = wallet.holds.filter((other) => other !== hold)
      return giveBack(wallet, hold, 'held', pointsOf(hold), now)
    }
    case 'PointsRedeemed': {
      const { orderId } = decision.data
      const points = BigInt(decision.data.points)
      wallet.redemptions.push({ id, orderId, points, ...spend(wallet, 'redeemed', points) })
      return
    }
    case 'RedemptionCancelled': {
      const redemption = wallet.redemptions.find(({ id }) => id === decision.data.redemption)
      if (redemption) giveBack(wallet, redemption, 'redeemed', smaller(BigInt(decision.data.points), pointsOf(redemption)), now)
      return
    }
    case 'PointsAdjusted': {
      const points = BigInt(decision.data.points)
      if (points > 0n) bookAtOnce(wallet, record, 'adjusted', points, { earnedAt: now })
      else if (points < 0n) spend(wallet, 'adjusted', -points)
      return
    }
    case 'PointsTransferredOut':
      spend(wallet, 'transferred', BigInt(decision.data.points))
      return
    case 'PointsTransferredIn':
      for (const { points, expiresAt } of decision.data.lots) {
        const brings = expiresAt === null ? null : Date.parse(expiresAt)
        bookAtOnce(wallet, record, 'transferred', BigInt(points), { earnedAt: now, brings })
      }
  }
}

/** The first points of the hold become a redemption under its id and order; the rest is given back. */
function capture(wallet: Wallet, { data, occurredAt: now }: MemberEventOf<'HoldCaptured'>): void {
  const hold = wallet.holds.find(({ id }) => id === data.hold)
  if (!hold) return
  wallet.holds = wallet.holds.filter((other) => other !== hold)
  const captured = smaller(BigInt(data.points), pointsOf(hold))
  giveBack(wallet, hold, 'held', pointsOf(hold) - captured, now)
  const redemption: Redemption = { id: hold.id, orderId: hold.orderId, points: captured, parts: hold.parts }
  move(wallet, 'held', 'redeemed', captured)
  wallet.redemptions.push(redemption)
}

/** A lot of points that are there at once. */
function bookAtOnce(wallet: Wallet, record: MemberRecord, from: Account, points: bigint, dates: Pick<NewLot, 'earnedAt' | 'brings'>): void {
  const programme: Programme = judging(record.programmes, dates.earnedAt)
  const lot = newLot({ ...dates, programme })
  wallet.lots.push(lot)
  makeAvailable(wallet, lot, from, points)
}
