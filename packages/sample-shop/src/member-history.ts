import { categoryShares, productsOf } from './catalogue.ts'
import type { Enrolment, Happening, Line, Purchase, Return } from './happening.ts'
import { memberRhythm } from './member-rhythm.ts'
import { app, beacons, crm, marketplace, type Place, reviews, stores, web } from './places.ts'
import type { Random } from './random.ts'
import { type ShopDay, secondWithinHours } from './shop-calendar.ts'

const linesMax = 12
const secondsOfDay = 86_400

/** What one member likes and does. */
interface Habits {
  memberId: string
  homeStore: (typeof stores)[number]
  /** Shares of store, web, app and marketplace. */
  channels: readonly number[]
  /** Shares of the categories. */
  tastes: readonly number[]
  moreLines: number
  usesApp: boolean
  writesReviews: number
}

function habitsOf(random: Random, memberId: string): Habits {
  const usesApp = random.chance(0.4)
  return {
    memberId,
    homeStore: random.pick(stores),
    channels: [random.gamma(1.2), random.gamma(0.6), usesApp ? random.gamma(0.6) : 0, random.gamma(0.05)],
    // Much of one thing and little of another: the smaller the shape, the more members differ.
    tastes: categoryShares.map((share) => random.gamma(share / 14)),
    moreLines: random.gamma(2.2),
    usesApp,
    writesReviews: random.chance(0.2) ? 0.25 : 0.01,
  }
}

/** Everything that the member does within the days, in no particular order. */
export function memberHistory(random: Random, memberId: string, days: readonly ShopDay[]): Happening[] {
  const habits = habitsOf(random, memberId)
  const { joins, buysOn } = memberRhythm(random, days)
  const purchases = buysOn.map((day) => purchase(random, habits, days, day))
  const happenings: Happening[] = [...purchases]
  const first = purchases[0]

  const enrolled = enrolment(random, habits, days, joins, first)
  if (enrolled) happenings.push(enrolled)
  for (const bought of purchases) {
    if (random.chance(0.08)) happenings.push(returned(random, habits, days, bought))
    if (random.chance(habits.writesReviews)) happenings.push(review(random, days, bought))
    if (random.chance(0.003)) happenings.push(sentAgain(random, bought))
    if (random.chance(0.02)) happenings.push(doneAt(crm, random, habits, days, bought.day + random.below(10), 'referral'))
    if (random.chance(0.12)) happenings.push(doneAt(beacons, random, habits, days, bought.day + 1 + random.below(20), 'visit'))
    const opened = habits.usesApp ? random.poisson(0.8) : 0
    for (let time = 0; time < opened; time++) happenings.push(doneAt(app, random, habits, days, bought.day + random.below(30), 'app-open'))
  }
  return happenings.filter(({ day }) => day < days.length)
}

function placeToBuy(random: Random, { channels, homeStore }: Habits, day: ShopDay): Place {
  const channel = random.weighted(channels)
  if (channel === 1 || !day.storesOpen) return web
  if (channel === 2) return app
  if (channel === 3) return marketplace
  const { tills } = random.chance(0.92) ? homeStore : random.pick(stores)
  return random.pick(tills)
}

function purchase(random: Random, habits: Habits, days: readonly ShopDay[], day: number): Purchase {
  const place = placeToBuy(random, habits, days[day] as ShopDay)
  const count = Math.min(linesMax, 1 + random.poisson(habits.moreLines))
  const lines = Array.from({ length: count }, () => line(random, habits))
  return { ...when(random, place, days, day), kind: 'purchase', memberId: habits.memberId, lines }
}

function line(random: Random, { tastes }: Habits): Line {
  const { sku, category, price, weighed } = random.pick(productsOf[random.weighted(tastes)] ?? [])
  // A tenth is on offer, at 20 % off.
  const paid = random.chance(0.1) ? Math.round(price * 0.8) : price
  if (!weighed) {
    const quantity = 1 + random.poisson(0.3)
    return { sku, category, quantity, amount: paid * quantity }
  }
  const grams = 150 + random.below(1200)
  return { sku, category, quantity: grams / 1000, amount: Math.round((paid * grams) / 1000) }
}

/** Most enrol as they first buy, a quarter some weeks later, and one in seven never. */
function enrolment(
  random: Random,
  { memberId, channels }: Habits,
  days: readonly ShopDay[],
  joins: number,
  first: Purchase | undefined,
): Enrolment | undefined {
  const never = first && random.chance(0.14)
  const late = first && random.chance(0.3)
  const details = {
    channel: (['store', 'web', 'app', 'marketplace'] as const)[channels.indexOf(Math.max(...channels))] as string,
    acquisition: random.pick(['till', 'till', 'web', 'web', 'campaign', 'referral']),
    ...(random.chance(0.6) && { birthday: birthday(random) }),
  }
  if (never) return undefined
  const day = late ? joins + 1 + Math.floor(45 * random.exponential()) : joins
  const at = when(random, crm, days, day)
  // At the till the card is made out first, then the purchase is rung up.
  if (first && !late) at.second = Math.max(0, first.second - 60 - random.below(240))
  return { ...at, kind: 'enrolment', memberId, ...details }
}

function birthday(random: Random): string {
  const day = new Date(Date.UTC(2024, 0, 1 + random.below(366)))
  return day.toISOString().slice(5, 10)
}

/** Half of the returns are of the whole order; the others of one line, or of a part of it. */
function returned(random: Random, habits: Habits, days: readonly ShopDay[], of: Purchase): Return {
  const whole = random.chance(0.5)
  const chosen = random.below(of.lines.length)
  const lines = of.lines.map(({ quantity, amount }, lineIndex) => ({ lineIndex, quantity, amount }))
  const only = lines[chosen] as (typeof lines)[number]
  if (!whole && Number.isInteger(only.quantity) && only.quantity > 1) {
    const back = 1 + random.below(only.quantity - 1)
    // The shop gives back no more than was paid for the part.
    only.amount = Math.floor((only.amount * back) / only.quantity)
    only.quantity = back
  }
  let day = of.day + 1 + Math.min(27, Math.floor(5 * random.exponential()))
  if (days[day]?.storesOpen === false) day = Math.min(day + 2, days.length)
  const inStore = of.place.channel === 'store'
  const place = inStore ? random.pick(habits.homeStore.tills) : of.place
  return {
    ...when(random, place, days, day),
    kind: 'return',
    memberId: habits.memberId,
    of,
    namesOrder: !inStore || random.chance(0.6),
    lines: whole ? lines : [only],
  }
}

/** A till that was not sure whether an order went through sends it once more; one in four times what it says has changed. */
function sentAgain(random: Random, repeats: Purchase): Purchase {
  const lines = random.chance(0.25) ? repeats.lines.map((line) => ({ ...line, amount: Math.round(line.amount * 0.9) })) : repeats.lines
  return { ...repeats, lines, repeats }
}

function review(random: Random, days: readonly ShopDay[], reviewed: Purchase): Happening {
  const value = 5 - Math.min(4, random.poisson(0.9))
  const at = when(random, reviews, days, reviewed.day + 2 + random.below(14))
  return { ...at, kind: 'engagement', memberId: reviewed.memberId, activity: 'review', reviewed, value }
}

function doneAt(
  place: Place,
  random: Random,
  { memberId }: Habits,
  days: readonly ShopDay[],
  day: number,
  activity: 'app-open' | 'referral' | 'visit',
): Happening {
  return { ...when(random, place, days, day), kind: 'engagement', memberId, activity }
}

function when(random: Random, place: Place, days: readonly ShopDay[], day: number) {
  const on = days[day]
  const second = on ? secondWithinHours(random, place, on) : random.below(secondsOfDay)
  return { place, day, second, number: 0 }
}
