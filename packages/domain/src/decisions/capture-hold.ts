import { greatestCommonDivisor } from '../money/exact.ts'
import { type CommandOf, type Decided, pointsText, type Refused, refuse } from './decision.ts'
import type { Standing } from './standing.ts'

/**
 * The order is paid: points of a hold are redeemed, the rest is given back. What they pay was settled when they were
 * held, so a till charges what it has shown, whatever the programme has become since.
 */
export function captureHold(standing: Standing, { hold: id, points: asked }: CommandOf<'capture'>): Decided<'HoldCaptured'> {
  const hold = openHold(standing, id)
  if ('refused' in hold) return hold
  const points = asked ?? hold.points
  if (points > hold.points) return refuse('points-missing', `The hold has ${pointsText(hold.points)}.`)

  const { points: held, worth: heldWorth, currency } = hold.asHeld
  if (heldWorth === undefined) return { type: 'HoldCaptured', data: { hold: id, points } }
  const worth = (BigInt(heldWorth) * BigInt(points)) / BigInt(held)
  if (worth * BigInt(held) !== BigInt(heldWorth) * BigInt(points)) {
    return refuse('points-not-in-blocks', `They are spent in multiples of ${pointsText(smallestPart(held, heldWorth))}.`)
  }
  return { type: 'HoldCaptured', data: { hold: id, points, worth: Number(worth), ...(currency !== undefined && { currency }) } }
}

/** A hold that is neither captured, released nor lapsed, with what was said when it was made; or why there is none. */
export function openHold(
  { points: { holds }, past }: Standing,
  id: string,
): { points: number; asHeld: { points: number; worth?: number | undefined; currency?: string | undefined } } | Refused {
  const asHeld = past.holds.get(id)
  if (!asHeld) return refuse('hold-unknown', `No hold "${id}".`)
  const open = holds.find((hold) => hold.id === id)
  return open ? { points: open.points, asHeld } : refuse('hold-over')
}

/** The fewest points of the hold that pay a whole minor unit. */
function smallestPart(points: number, worth: number): number {
  return points / greatestCommonDivisor(points, worth)
}
