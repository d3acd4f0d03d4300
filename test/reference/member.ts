import type { Programme } from '@perennial/contracts'
import { inForce } from './calendar.ts'
import { decide } from './decisions.ts'
import { awardOfEngagement, awardOfPurchase } from './earning.ts'
import { type Lot, moveExpiry, newLot } from './lots.ts'
import { sum } from './money.ts'
import { emptyRecord, isActivity, type MemberRecord, note, post } from './record.ts'
import { type Awarded, noteReturns, settleReturn } from './returns.ts'
import { lapseDue } from './spending.ts'
import type { Moment, Purchase, Story } from './story.ts'
import { firstTier, passTime, settleEvent, type Tier } from './tier.ts'
import { emptyWallet, expireDue, move, releaseDue, type Wallet } from './wallet.ts'

export interface Member {
  record: MemberRecord
  wallet: Wallet
  awarded: Awarded
  tier: Tier
}

/**
 * Lives through what happened to a member, one moment after the other, and on to an instant.
 *
 * @param look is called after every event
 */
export function live(
  { currency, moments: [first, ...later] }: Story,
  programmes: readonly Programme[],
  asOf: number,
  look: (member: Member) => void = () => {},
): Member | undefined {
  if (!first) return undefined
  const record = emptyRecord(programmes, currency)
  const member: Member = {
    record,
    wallet: emptyWallet(),
    awarded: { lotOf: new Map(), asked: new Map() },
    tier: firstTier(record, first.at),
  }
  for (const moment of [first, ...later]) {
    if (moment !== first) letTimePass(member, moment.at)
    happen(member, moment)
    look(member)
  }
  letTimePass(member, asOf)
  return member
}

function letTimePass({ wallet, tier, record }: Member, to: number): void {
  letPointsPass(wallet, to)
  passTime(tier, record, to)
}

/** At one instant: releases, then expiries, then holds that lapse. */
function letPointsPass(wallet: Wallet, to: number): void {
  for (;;) {
    const due = [
      ...wallet.lots.flatMap(({ pending, releasesAt }) => (pending > 0n ? [releasesAt] : [])),
      ...wallet.lots.flatMap(({ available, expiresAt }) => (available > 0n ? [expiresAt] : [])),
      ...wallet.holds.map(({ lapsesAt }) => lapsesAt),
    ]
    const next = Math.min(...due)
    if (next > to) return
    releaseDue(wallet, next)
    expireDue(wallet, next)
    lapseDue(wallet, next)
  }
}

function happen(member: Member, moment: Moment): void {
  const { record, wallet, awarded, tier } = member
  const { at, purchase, engagement, refunds, decision } = moment
  note(record, moment)
  const postingsBefore = record.postings.length
  if (purchase) buy(member, purchase)
  if (engagement) takePart(member, at, engagement)
  noteReturns(record, refunds, at)
  for (const refund of refunds) settleReturn(wallet, record, awarded, refund, at)
  if (decision) decide(wallet, record, decision)
  // What is spent is taken in the order that the lots had until then.
  if (isActivity(moment)) moveExpiry(wallet.lots, at)
  if (decision?.type === 'TierGranted') tier.grant = { tier: decision.data.tier, until: Date.parse(decision.data.until) }
  const isReturn = !purchase && refunds.length > 0
  settleEvent(tier, record, at, isReturn, record.postings.slice(postingsBefore))
}

function buy({ record, wallet, awarded, tier }: Member, purchase: Purchase): void {
  const { at, lines } = purchase
  const programme = inForce(record.programmes, at)
  const award = programme ? awardOfPurchase(record, purchase, programme, tier.name) : new Map()
  record.orders.push(purchase)
  for (const [line, points] of award) record.awards.set(line, points)
  const points = sum([...award.values()])
  post(record, 'spend', at, sum(lines.map(({ amount }) => amount)))
  post(record, 'purchases', at, 1n)
  if (programme && points > 0n) awarded.lotOf.set(purchase, book(wallet, record, at, programme, points))
}

function takePart({ record, wallet, tier }: Member, at: number, engagement: NonNullable<Moment['engagement']>): void {
  const programme = inForce(record.programmes, at)
  const points = programme ? awardOfEngagement(record, at, engagement, programme, tier.name) : 0n
  if (programme && points > 0n) book(wallet, record, at, programme, points)
}

/** What is earned becomes a lot, which is pending at first. */
function book(wallet: Wallet, record: MemberRecord, at: number, programme: Programme, points: bigint): Lot {
  post(record, 'points', at, points)
  const lot = newLot({ earnedAt: at, programme, pending: programme.points.pending })
  lot.pending = points
  wallet.lots.push(lot)
  move(wallet, 'issued', 'pending', points)
  return lot
}
