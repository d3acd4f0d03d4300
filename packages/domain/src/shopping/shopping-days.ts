import { isBackInFull, type Occurrence, type Order, type Purchase, type Return } from '../member/occurrence.ts'
import { exact } from '../money/exact.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import type { ShoppingFacts } from './shopping-facts.ts'

/** How a member shops, folded one occurrence at a time. */
export interface ShoppingState {
  /** Changed in place: whoever keeps facts for later keeps a copy. */
  facts: ShoppingFacts
  /** Undefined in a state that was restored: nothing but a return asks for it, and returns fold the whole history again. */
  bought: BoughtOrders | undefined
}

/** The orders of the days that count, in the order in which they were bought, and the day of each. */
interface BoughtOrders {
  orders: Order[]
  days: number[]
}

export function noShopping(): ShoppingState {
  return { facts: noFacts(), bought: { orders: [], days: [] } }
}

function noFacts(): ShoppingFacts {
  return {
    days: 0,
    firstDay: 0,
    lastDay: 0,
    previousDay: 0,
    firstAt: 0,
    lastAt: 0,
    logGaps: 0,
    purchases: 0,
    gross: 0,
    returned: 0,
    currency: null,
  }
}

/**
 * Takes any occurrence into account, and says whether the facts are others now.
 *
 * @throws Error for a return on a restored state: that is a bug of the caller.
 */
export function shop(state: ShoppingState, occurrence: Occurrence, versions: ProgrammeVersions): boolean {
  switch (occurrence.kind) {
    case 'purchase':
      buy(state, occurrence, versions)
      return true
    case 'return':
      return bringBack(state, occurrence)
    default:
      return false
  }
}

/** Whether the purchase makes a shopping day: not if all of it had been given back before it came in. */
export function makesShoppingDay({ order, waited }: Purchase): boolean {
  return waited.length === 0 || !isAllBack(order)
}

function isAllBack({ lines }: Order): boolean {
  return lines.every(isBackInFull)
}

function buy({ facts, bought }: ShoppingState, purchase: Purchase, versions: ProgrammeVersions): void {
  const { at, order } = purchase
  facts.purchases++
  facts.gross = exact(facts.gross + purchase.amount)
  facts.currency ??= purchase.currency
  if (!makesShoppingDay(purchase)) return
  countOrder(facts, versions.judging(at).calendar.dayOf(at), at)
  // The last day, not the day of the calendar: where a later version has another zone, that may lie before it.
  bought?.orders.push(order)
  bought?.days.push(facts.lastDay)
}

function countOrder(facts: ShoppingFacts, day: number, at: number): void {
  if (facts.days === 0) {
    facts.days = 1
    facts.firstDay = day
    facts.firstAt = at
    facts.lastDay = day
  } else if (day > facts.lastDay) {
    facts.days++
    facts.logGaps += Math.log(day - facts.lastDay)
    facts.previousDay = facts.lastDay
    facts.lastDay = day
  }
  facts.lastAt = at
}

function bringBack({ facts, bought }: ShoppingState, { amount, currency, taken }: Return): boolean {
  if (!bought) throw new Error('a return is folded with the whole history')
  const news = amount > 0 || facts.currency === null
  facts.returned = exact(facts.returned + amount)
  facts.currency ??= currency
  let ended = false
  for (const { order } of taken) if (endDayOf(bought, order)) ended = true
  if (ended) countAgain(facts, bought)
  return news || ended
}

/** Ends the day on which the order was bought, if nothing of it is left; whether it did. */
function endDayOf(bought: BoughtOrders, order: Order): boolean {
  if (!isAllBack(order)) return false
  const { orders, days } = bought
  const index = orders.indexOf(order)
  // It never counted, or its day has ended before.
  if (index === -1) return false
  const day = days[index]
  const first = days.indexOf(day as number)
  const count = days.lastIndexOf(day as number) + 1 - first
  if (!orders.slice(first, first + count).every(isAllBack)) return false
  orders.splice(first, count)
  days.splice(first, count)
  return true
}

/** Gaps are added up in the order of the days, as they were the first time: the sum has the same bits. */
function countAgain(facts: ShoppingFacts, { orders, days }: BoughtOrders): void {
  const { purchases, gross, returned, currency } = facts
  Object.assign(facts, noFacts(), { purchases, gross, returned, currency })
  for (const [index, { at }] of orders.entries()) countOrder(facts, days[index] as number, at)
}
