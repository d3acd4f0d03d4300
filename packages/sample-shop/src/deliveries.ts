import type { Happening } from './happening.ts'
import { type Place, stores } from './places.ts'
import { type Random, randomOf } from './random.ts'
import type { ShopDay } from './shop-calendar.ts'

/** That a happening reaches the message bus. */
export interface Delivery {
  happening: Happening
  /** Milliseconds since 1970. */
  publishedAt: number
}

const dayMs = 86_400_000
const hourMs = 3_600_000
/** A till is offline on one day in forty; one event in 150 is delivered twice. */
const offlineChance = 1 / 40
const twiceChance = 1 / 150

/** Every delivery, in the order of publication. Happenings come in the order in which they happened. */
export function deliveries(happenings: readonly Happening[], days: readonly ShopDay[], seed: number, stream: number): Delivery[] {
  const random = randomOf(seed, stream)
  const offline = offlineDays(random, days)
  const all: Delivery[] = []
  for (const happening of happenings) {
    const publishedAt = publicationOf(happening, days, offline, random)
    all.push({ happening, publishedAt })
    if (random.chance(twiceChance)) all.push({ happening, publishedAt: publishedAt + Math.floor(random.exponential() * 8 * hourMs) })
  }
  // The sort is stable: what a till kept back comes in the order in which it happened.
  return all.sort((a, b) => a.publishedAt - b.publishedAt)
}

function offlineDays(random: Random, days: readonly ShopDay[]): Map<Place, boolean[]> {
  const tills = stores.flatMap((store) => store.tills)
  return new Map(tills.map((till) => [till, days.map(() => random.chance(offlineChance))]))
}

function publicationOf(
  { place, day, second }: Happening,
  days: readonly ShopDay[],
  offline: Map<Place, boolean[]>,
  random: Random,
): number {
  const { startsAt, weekday } = days[day] as ShopDay
  if (place.reports === 'weekly') return startsAt + (8 - weekday) * dayMs + 6 * hourMs
  // A till that is offline all day sends what it has before the shop opens next.
  if (place.reports === 'unless-offline' && offline.get(place)?.[day]) return startsAt + dayMs + 8 * hourMs
  return startsAt + second * 1000 + 200 + random.below(5000)
}
