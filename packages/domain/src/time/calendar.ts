import { Temporal } from 'temporal-polyfill'

/**
 * Calendar arithmetic in one time zone, on instants (milliseconds since 1970) and days (whole days since 1970-01-01,
 * as the zone counts them). Temporal does the arithmetic; what it answers is remembered, because a fold asks the
 * same few thousand days millions of times.
 */
export interface Calendar {
  readonly timeZone: string
  /** The local day on which the instant falls. */
  dayOf(instant: number): number
  /** The first instant of the local day. */
  startOf(day: number): number
  /** The same day of the month some period later; the month's last day where there is none (31 January plus one month). */
  addToDay(day: number, period: string): number
  /** The first instant of the day that `addToDay` gives. */
  startOfDayAfter(day: number, period: string): number
  /** The same wall-clock time some period later. */
  addToInstant(instant: number, period: string): number
  /** Year, month from 1 and day of the month. */
  dateOf(day: number): CalendarDate
  /** The day of a date; the month's last day where it has no such day (29 February). */
  dayOfDate(date: CalendarDate): number
  /** The first day of the month after the one in which the day lies. */
  nextMonth(day: number): number
  /** The first day of the year in which the day lies. */
  startOfYear(day: number): number
  /** The last anniversary of a day that is not after another; 29 February has it on the 28th in common years. */
  lastAnniversary(of: number, day: number): number
  /** The first anniversary of a day that is after another. */
  nextAnniversary(of: number, day: number): number
  /** The first instant of a date such as `2025-01-31`. */
  startOfDate(date: string): number
}

export interface CalendarDate {
  year: number
  month: number
  day: number
}

export const dayMs = 86_400_000
/** The last instant that JavaScript and JSON can hold: later than everything. */
export const never = 8.64e15
const hoursAround = 3 * 3_600_000
const epoch = Temporal.PlainDate.from('1970-01-01')

interface OffsetSpan {
  from: number
  to: number
  offset: number
}

const calendars = new Map<string, Calendar>()

export function calendarOf(timeZone: string): Calendar {
  let calendar = calendars.get(timeZone)
  if (!calendar) {
    calendar = createCalendar(timeZone)
    calendars.set(timeZone, calendar)
  }
  return calendar
}

const toPlainDate = (day: number) => epoch.add({ days: day })
const toDay = (date: Temporal.PlainDate) => epoch.until(date, { largestUnit: 'days' }).days

function createCalendar(timeZone: string): Calendar {
  const spans: OffsetSpan[] = []
  let latest: OffsetSpan = { from: 0, to: 0, offset: 0 }

  function offsetAt(instant: number): number {
    if (instant >= latest.from && instant < latest.to) return latest.offset
    let span = spans.find(({ from, to }) => instant >= from && instant < to)
    if (!span) {
      span = findSpan(instant, timeZone)
      spans.push(span)
    }
    latest = span
    return span.offset
  }

  const dayStarts = new Map<number, number>()
  const monthStarts = new Map<number, number>()
  const yearStarts = new Map<number, number>()
  const daysLater = new Map<string, Map<number, number>>()
  const startsLater = new Map<string, Map<number, number>>()

  const dates = new Map<number, CalendarDate>()

  const calendar: Calendar = {
    timeZone,
    dateOf(day) {
      let date = dates.get(day)
      if (!date) {
        const { year, month, day: dayOfMonth } = toPlainDate(day)
        dates.set(day, (date = { year, month, day: dayOfMonth }))
      }
      return date
    },
    dayOfDate: (date) => toDay(Temporal.PlainDate.from(date, { overflow: 'constrain' })),
    dayOf: (instant) => Math.floor((instant + offsetAt(instant)) / dayMs),
    startOf: (day) => remember(dayStarts, day, () => toPlainDate(day).toZonedDateTime(timeZone).epochMilliseconds),
    addToDay(day, period) {
      let days = daysLater.get(period)
      if (!days) daysLater.set(period, (days = new Map()))
      return remember(days, day, () => toDay(toPlainDate(day).add(period)))
    },
    startOfDayAfter(day, period) {
      let starts = startsLater.get(period)
      if (!starts) startsLater.set(period, (starts = new Map()))
      return remember(starts, day, () => calendar.startOf(calendar.addToDay(day, period)))
    },
    addToInstant(instant, period) {
      const local = instant + offsetAt(instant)
      const day = Math.floor(local / dayMs)
      const target = calendar.addToDay(day, period) * dayMs + (local - day * dayMs)
      const offset = offsetAt(target - offsetAt(instant))
      const result = target - offset
      // Far from a change of the clocks there is one answer; near it, Temporal knows the rules.
      if (offsetAt(result - hoursAround) === offset && offsetAt(result + hoursAround) === offset) return result
      return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone).add(period).epochMilliseconds
    },
    nextMonth: (day) =>
      remember(monthStarts, day, () => {
        const date = toPlainDate(day)
        return toDay(date.with({ day: 1 }).add({ months: 1 }))
      }),
    startOfYear: (day) => remember(yearStarts, day, () => toDay(toPlainDate(day).with({ month: 1, day: 1 }))),
    lastAnniversary(of, day) {
      const inYear = anniversaryInYearOf(of, day, 0)
      return inYear <= day ? inYear : anniversaryInYearOf(of, day, -1)
    },
    nextAnniversary(of, day) {
      const inYear = anniversaryInYearOf(of, day, 0)
      return inYear > day ? inYear : anniversaryInYearOf(of, day, 1)
    },
    startOfDate: (date) => calendar.startOf(toDay(Temporal.PlainDate.from(date))),
  }

  function anniversaryInYearOf(of: number, day: number, later: number): number {
    const years = calendar.dateOf(day).year + later - calendar.dateOf(of).year
    return calendar.addToDay(of, years < 0 ? `-P${-years}Y` : `P${years}Y`)
  }

  return calendar
}

function remember(cache: Map<number, number>, key: number, compute: () => number): number {
  let value = cache.get(key)
  if (value === undefined) cache.set(key, (value = compute()))
  return value
}

/** The stretch of time around an instant in which the zone keeps one offset from UTC. */
function findSpan(instant: number, timeZone: string): OffsetSpan {
  const zoned = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone)
  const next = zoned.getTimeZoneTransition('next')
  // `previous` looks strictly before: one millisecond later it also finds a change at the instant itself.
  const previous = zoned.add({ milliseconds: 1 }).getTimeZoneTransition('previous')
  return {
    from: previous?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    to: next?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offset: Math.round(zoned.offsetNanoseconds / 1e6),
  }
}

/** Milliseconds of a period whose length does not depend on a calendar; a month counts 30 days, a year 365. */
export function nominalMs(period: string): number {
  const { years, months, weeks, days } = Temporal.Duration.from(period)
  return (years * 365 + months * 30 + weeks * 7 + days) * dayMs
}
