import { digitsOf, formatMinor, parseMinor } from '@perennial/contracts'
import { fractionOf, multiplyDivide } from '../money/exact.ts'
import type { Spending } from '../points/ledger.ts'
import type { Rules } from '../programme/rules.ts'
import { pointsText, type Refused, refuse } from './decision.ts'
import type { Standing } from './standing.ts'
import { worthOf, worthOfPoints } from './worth-of-points.ts'

export interface SpendingRequest {
  points: number
  orderAmount?: string | undefined
}

/** What the points pay, as it stands in the event; or why they may not be spent now. The same for a hold and for a redemption. */
export function checkSpending(
  standing: Standing,
  { points, orderAmount }: SpendingRequest,
  rules: Rules,
  at: number,
): { worth: number; currency?: string } | Refused {
  const { currency } = standing
  const worthOfBlocks = worthOfPoints(rules, currency)
  if (points % worthOfBlocks.block !== 0) {
    return refuse('points-not-in-blocks', `They are spent in multiples of ${pointsText(worthOfBlocks.block)}.`)
  }
  const worth = worthOf(points, worthOfBlocks)
  return (
    checkShare(worth, orderAmount, rules, currency) ??
    checkDay(standing, points, rules, at) ??
    checkAvailable(standing, points) ?? { worth, ...(currency !== null && { currency }) }
  )
}

/** A member with a debt has no points available: whatever comes in pays the debt first. */
export function checkAvailable({ points: { accounts } }: Standing, points: number): Refused | undefined {
  if (points <= accounts.available) return undefined
  return refuse('points-missing', `${pointsText(accounts.available)} can be spent, ${points.toLocaleString('en-GB')} are asked for.`)
}

function checkShare(worth: number, orderAmount: string | undefined, { programme }: Rules, currency: string | null): Refused | undefined {
  const share = programme.points.redeem.maxShareOfOrder
  const percent = fractionOf(share.slice(0, -1))
  if (orderAmount === undefined) {
    return percent.numerator === 100 && percent.denominator === 1
      ? undefined
      : refuse('order-amount-missing', `They may pay ${share} of it.`)
  }
  const digits = digitsOf(currency)
  const amount = parseMinor(orderAmount, digits)
  if (typeof amount !== 'number') {
    const expected = amount === 'too-many-digits' ? `at most ${digits} decimal digits` : 'a smaller amount'
    return refuse('invalid-request', `orderAmount: expected ${expected}.`)
  }
  const most = multiplyDivide(amount, percent.numerator, percent.denominator * 100, 'floor')
  if (worth <= most) return undefined
  const [asked, allowed] = [formatMinor(worth, digits), formatMinor(most, digits)]
  return refuse('share-of-order', `They would pay ${asked} of ${orderAmount}; ${allowed} may be paid (${share}).`)
}

function checkDay({ points: state }: Standing, points: number, { programme, calendar }: Rules, at: number): Refused | undefined {
  const { perDay } = programme.points.redeem
  if (perDay === undefined) return undefined
  const today = calendar.dayOf(at)
  let spent = 0
  const add = (spending: Spending) => {
    if (calendar.dayOf(spending.at) === today) spent += spending.points
  }
  state.holds.forEach(add)
  state.redemptions.forEach(add)
  if (spent + points <= perDay) return undefined
  return refuse('day-limit', `${pointsText(Math.max(0, perDay - spent))} are left today of ${perDay.toLocaleString('en-GB')}.`)
}
