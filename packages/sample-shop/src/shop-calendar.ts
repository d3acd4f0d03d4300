import { PerennialError } from '@perennial/contracts'
import { Temporal } from 'temporal-polyfill'
import type { Place } from './places.ts'
import type { Random } from './random.ts'

export interface ShopDay {
  /** `2025-12-24`, as the shop's time zone counts days. */
  date: string
  /** The offset from UTC of its shop hours, `+01:00`. */
  offset: string
  /** The instant of 00:00 under that offset; milliseconds since 1970. */
  startsAt: number
  /** 1 is Monday, 7 Sunday. */
  weekday: number
  storesOpen: boolean
  /** How much is bought compared with an average day. */
  busyness: number
}

// January to December; and Monday to Sunday.
const monthBusyness = [0.8, 0.75, 0.85, 0.95, 0.95, 0.9, 0.85, 0.85, 0.95, 1.05, 1.3, 1.8]
const weekdayBusyness = [0.8, 0.8, 0.85, 0.95, 1.15, 1.4, 1.05]

/** No day is busier than this. */
export const busynessMax = Math.max(...monthBusyness) * Math.max(...weekdayBusyness)

const daysMax = 36_600

/**
 * The days from the first to the last, both dates such as `2024-01-31` and both included.
 * Throws `usage` for dates, or a time zone, that there are not.
 */
export function shopDays(from: string, to: string, timeZone: string): ShopDay[] {
  try {
    const first = Temporal.PlainDate.from(from)
    const count = first.until(Temporal.PlainDate.from(to), { largestUnit: 'days' }).days + 1
    if (count < 1 || count > daysMax) throw new RangeError('expected the first day, then the last, within a century')
    return Array.from({ length: count }, (_, days) => shopDay(first.add({ days }), timeZone))
  } catch (cause) {
    throw new PerennialError('usage', { message: `${from} to ${to} in ${timeZone}: ${(cause as Error).message}.`, cause })
  }
}

function shopDay(date: Temporal.PlainDate, timeZone: string): ShopDay {
  // At noon the clocks have been changed, where they are: shops open after that.
  const noon = date.toZonedDateTime({ timeZone, plainTime: '12:00' })
  const { month, day, dayOfWeek } = date
  const christmas = month === 12 && (day === 25 || day === 26)
  return {
    date: date.toString(),
    offset: noon.offset,
    startsAt: noon.epochMilliseconds - 12 * 3_600_000,
    weekday: dayOfWeek,
    storesOpen: !christmas && !(month === 1 && day === 1),
    busyness: christmas ? 0.15 : (monthBusyness[month - 1] as number) * (weekdayBusyness[dayOfWeek - 1] as number),
  }
}

/** A second of the day at which someone might be at the place: seconds since 00:00. */
export function secondWithinHours(random: Random, place: Place, day: ShopDay): number {
  const [opens, closes] = place.channel !== 'store' ? [6, 24] : day.weekday === 7 ? [11, 17] : [9, 20]
  // The mean of two is likelier in the middle of the day than at its ends.
  const through = (random.uniform() + random.uniform()) / 2
  return Math.floor((opens + (closes - opens) * through) * 3600)
}

/** RFC 3339 with the shop's offset. */
export function timeText(day: ShopDay, second: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${day.date}T${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}${day.offset}`
}
