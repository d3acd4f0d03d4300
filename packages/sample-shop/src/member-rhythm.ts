import type { Random } from './random.ts'
import { busynessMax, type ShopDay } from './shop-calendar.ts'

const meanDaysBetween = 26
const pausesMax = 3
/** A member who buys several times on every single day is no believable member. */
const purchasesMaxPerDay = 3

/** Whether and when the member comes to buy: indices of days, ascending, from the day of joining on. */
export interface Rhythm {
  joins: number
  buysOn: number[]
}

/**
 * The model behind BG/NBD (Fader, Hardie and Lee 2005), with seasons: each member buys at a rate of their own, gamma
 * distributed; and after each purchase may have had enough, with a probability of their own, beta distributed. Unlike
 * there, some who had enough come back months later.
 */
export function memberRhythm(random: Random, days: readonly ShopDay[]): Rhythm {
  // Half of the members are there from the first weeks, the others join as time goes by.
  const joins = Math.floor(random.uniform() * days.length * (random.chance(0.5) ? 0.08 : 0.97))
  const buysOn: number[] = []
  // A few sign up and never buy.
  if (random.chance(0.03)) return { joins, buysOn }

  const perDay = Math.min(purchasesMaxPerDay, random.gamma(1.1) / 1.1 / meanDaysBetween)
  const stays = random.gamma(7)
  const leaves = random.gamma(0.7)
  const hadEnough = leaves / (leaves + stays)
  let pauses = 0
  let time = joins
  while (time < days.length) {
    buysOn.push(Math.floor(time))
    if (random.chance(hadEnough)) {
      if (pauses++ >= pausesMax || random.chance(0.65)) break
      time += 90 + 120 * random.exponential()
    }
    time = nextPurchase(random, days, time, perDay)
  }
  return { joins, buysOn }
}

/** Thinning (Lewis and Shedler 1979): come by at the rate of the busiest day, and buy as often as this day is as busy. */
function nextPurchase(random: Random, days: readonly ShopDay[], after: number, perDay: number): number {
  for (let time = after; ; ) {
    time += random.exponential() / (perDay * busynessMax)
    const day = days[Math.floor(time)]
    if (!day || random.uniform() * busynessMax < day.busyness) return time
  }
}
