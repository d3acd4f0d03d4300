import type { Programme } from '@perennial/contracts'
import type { ShoppingFacts } from '@perennial/domain'
import { dayMs } from './calendar.ts'
import { sum } from './money.ts'
import { dayOf, emptyRecord, isOrderBackInFull, type MemberRecord, noteBack } from './record.ts'
import type { Moment, Purchase, Story } from './story.ts'

/** What is known of how a member shops once a moment has come to pass. */
export interface Shopping {
  at: number
  moment: Moment
  /** Whether the moment's purchase is one of a shopping day: it is not where it was given back before it came in. */
  shopped: boolean
  facts: ShoppingFacts
  /** Instants of the engagements so far. */
  engagedAt: number[]
}

/** An order on the day to which it belongs. */
interface PlacedOrder {
  day: number
  order: Purchase
}

/** What is known after each moment of the story. */
export function shoppingAfterEach({ moments, currency }: Story, programmes: readonly Programme[]): Shopping[] {
  const record = emptyRecord(programmes, currency)
  let placed: PlacedOrder[] = []
  return moments.map((moment, index) => {
    const lastDayBefore = shoppingDays(placed, record).at(-1)
    for (const { line, quantity, amount } of moment.refunds.flatMap(({ parts }) => parts)) noteBack(record, line, quantity, amount)
    // From then on a day that ended does not count; what is bought on it later makes it anew.
    const days = shoppingDays(placed, record)
    placed = placed.filter(({ day }) => days.includes(day))
    const order = moment.purchase
    const shopped = order !== undefined && !isOrderBackInFull(record, order)
    if (shopped) placed.push({ order, day: Math.max(localDayNumber(record, order.at), lastDayBefore ?? Number.NEGATIVE_INFINITY) })
    const soFar = moments.slice(0, index + 1)
    return {
      at: moment.at,
      moment,
      shopped,
      facts: { ...factsOfDays(placed, record), ...factsOfMoney(soFar), currency },
      engagedAt: soFar.flatMap(({ engagement, at }) => (engagement ? [at] : [])),
    }
  })
}

/** Days of which not every order came back in full, in order. */
function shoppingDays(placed: readonly PlacedOrder[], record: MemberRecord): number[] {
  const days = placed.flatMap(({ order, day }) => (isOrderBackInFull(record, order) ? [] : [day]))
  return [...new Set(days)].sort((a, b) => a - b)
}

function localDayNumber(record: MemberRecord, at: number): number {
  return Date.parse(dayOf(record, at)) / dayMs
}

function factsOfDays(placed: readonly PlacedOrder[], record: MemberRecord) {
  const days = shoppingDays(placed, record)
  const firstDay = days[0] ?? 0
  const lastDay = days.at(-1) ?? 0
  const instantsOn = (day: number) => placed.flatMap((other) => (other.day === day ? [other.order.at] : []))
  const gaps = days.slice(1).map((day, index) => day - (days[index] as number))
  return {
    days: days.length,
    firstDay,
    lastDay,
    previousDay: days.at(-2) ?? 0,
    firstAt: days.length > 0 ? Math.min(...instantsOn(firstDay)) : 0,
    lastAt: days.length > 0 ? Math.max(...instantsOn(lastDay)) : 0,
    logGaps: gaps.reduce((total, gap) => total + Math.log(gap), 0),
  }
}

function factsOfMoney(moments: readonly Moment[]) {
  const orders = moments.flatMap(({ purchase }) => (purchase ? [purchase] : []))
  const returns = moments.flatMap(({ refunds }) => refunds.filter(({ waited }) => !waited))
  return {
    purchases: orders.length,
    gross: Number(sum(orders.flatMap(({ lines }) => lines.map(({ amount }) => amount)))),
    returned: Number(sum(returns.map(({ total }) => total))),
  }
}

/** Days of 24 hours since the last purchase. */
export function silenceDays({ facts }: Shopping, at: number): number {
  return (at - facts.lastAt) / dayMs
}
