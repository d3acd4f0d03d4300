import { type CloudEvent, currencyDigits, PerennialError } from '@perennial/contracts'
import { deliveries } from './deliveries.ts'
import type { Happening } from './happening.ts'
import { memberHistory } from './member-history.ts'
import type { Place } from './places.ts'
import { randomOf } from './random.ts'
import { shopDays } from './shop-calendar.ts'
import { toEvent } from './to-event.ts'

export interface SampleShopOptions {
  /** A whole number; the same seed and options give the same bytes. */
  seed: number
  members: number
  /** First and last day, such as `2024-01-01` and `2025-12-31`; both are included. */
  from: string
  to: string
  /** ISO 4217. */
  currency?: string
  /** IANA; shop hours are local. */
  timeZone?: string
}

const membersMax = 1_000_000

/**
 * The history of a made-up shop with four stores, a web shop, an app and a marketplace: its events in the order in which
 * they are published. That is mostly the order in which they happened; but a till that was offline tells the next
 * morning, the marketplace on Mondays (for the last days therefore after `to`), some events are delivered twice, and
 * some orders are sent once more under another event id.
 *
 * Takes about 1 kB of memory for each event. Throws `usage` for dates, a time zone or a count that cannot be, and
 * `unknown-currency`.
 */
export function* sampleShop(options: SampleShopOptions): Generator<CloudEvent, void, undefined> {
  for (const { event } of sampleDeliveries(options)) yield event
}

/** As `sampleShop`, with the instant at which each event is published, in milliseconds since 1970. */
export function* sampleDeliveries({
  seed,
  members,
  from,
  to,
  currency = 'GBP',
  timeZone = 'Europe/London',
}: SampleShopOptions): Generator<{ event: CloudEvent; publishedAt: number }, void, undefined> {
  if (!Number.isSafeInteger(seed)) throw new PerennialError('usage', { message: 'The seed is a whole number.' })
  if (!Number.isInteger(members) || members < 0 || members > membersMax) {
    throw new PerennialError('usage', { message: `The number of members is a whole number up to ${membersMax}.` })
  }
  const digits = currencyDigits(currency)
  if (digits === undefined) throw new PerennialError('unknown-currency', { where: currency })

  const days = shopDays(from, to, timeZone)
  const happenings: Happening[] = []
  for (let member = 1; member <= members; member++) {
    happenings.push(...memberHistory(randomOf(seed, member), `m-${String(member).padStart(6, '0')}`, days))
  }
  giveNumbers(happenings)
  // Stream 0 is no member's.
  for (const { happening, publishedAt } of deliveries(happenings, days, seed, 0)) {
    yield { event: toEvent(happening, days, currency, digits), publishedAt }
  }
}

/** Puts the happenings in order, and numbers them as they happen at each place. */
function giveNumbers(happenings: Happening[]): void {
  // The sort is stable, so of an order and its repetition at the same second the order comes first.
  happenings.sort((a, b) => a.day - b.day || a.second - b.second)
  const last = new Map<Place, number>()
  for (const happening of happenings) {
    happening.number = (last.get(happening.place) ?? 0) + 1
    last.set(happening.place, happening.number)
  }
}
