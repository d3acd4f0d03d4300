import type { Programme } from '@perennial/contracts'
import { Temporal } from 'temporal-polyfill'

/**
 * All instants are milliseconds since 1970, all days ISO dates, as the programme's time zone has them. Temporal answers
 * every question; its answers are remembered, because the same ones are asked again and again.
 */

export const localDay = remembered((instant: number, timeZone: string) => zoned(instant, timeZone).toPlainDate().toString())

export const startOfDay = remembered(
  (day: string, timeZone: string) => Temporal.PlainDate.from(day).toZonedDateTime(timeZone).epochMilliseconds,
)

export const addToDay = remembered((day: string, period: string) => Temporal.PlainDate.from(day).add(period).toString())

/** The same time of day, a period later. */
export const addToInstant = remembered(
  (instant: number, period: string, timeZone: string) => zoned(instant, timeZone).add(period).epochMilliseconds,
)

export function nextDay(day: string): string {
  return addToDay(day, 'P1D')
}

export function firstOfNextMonth(day: string): string {
  return addToDay(`${day.slice(0, 7)}-01`, 'P1M')
}

export const mondayOf = remembered((day: string) => {
  const date = Temporal.PlainDate.from(day)
  return date.subtract({ days: date.dayOfWeek - 1 }).toString()
})

export function yearOf(day: string): number {
  return Number(day.slice(0, 4))
}

/** A day such as `02-29` in a year: the 28th in common years. */
export const dayInYear = remembered((monthDay: string, year: number) => {
  const [month = 1, day = 1] = monthDay.split('-').map(Number)
  return Temporal.PlainDate.from({ year, month, day }, { overflow: 'constrain' }).toString()
})

export function startOfYear(year: number, timeZone: string): number {
  return startOfDay(`${year}-01-01`, timeZone)
}

function zoned(instant: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone)
}

function remembered<Args extends (string | number)[], Answer>(ask: (...args: Args) => Answer): (...args: Args) => Answer {
  type Answers = Map<string | number, Answers | Answer>
  const answers: Answers = new Map()
  let size = 0
  return (...args) => {
    let known = answers
    for (let index = 0; index < args.length - 1; index++) {
      const argument = args[index] as string | number
      let deeper = known.get(argument) as Answers | undefined
      if (!deeper) known.set(argument, (deeper = new Map()))
      known = deeper
    }
    const last = args.at(-1) as string | number
    const remembered = known.get(last) as Answer | undefined
    if (remembered !== undefined) return remembered
    const answer = ask(...args)
    if (size++ > 50_000) {
      size = 0
      answers.clear()
    } else {
      known.set(last, answer)
    }
    return answer
  }
}

export const dayMs = 24 * 3_600_000

/** As a length of time, not on a calendar: a month is 30 days, a year 365. */
export const lengthMs = remembered((period: string) => {
  const { years, months, weeks, days } = Temporal.Duration.from(period)
  return (years * 365 + months * 30 + weeks * 7 + days) * dayMs
})

export function effectiveFrom(programme: Programme): number {
  return startOfDay(programme.effectiveFrom, programme.timeZone)
}

/** The version in force at an instant; undefined before the first. */
export function inForce(programmes: readonly Programme[], at: number): Programme | undefined {
  return inOrder(programmes).findLast((programme) => effectiveFrom(programme) <= at)
}

/** The version that judges what happens at an instant: the one in force, or the first before any is. */
export function judging(programmes: readonly Programme[], at: number): Programme {
  return inForce(programmes, at) ?? (inForce(programmes, effectiveFrom(inOrder(programmes)[0] as Programme)) as Programme)
}

const ordered = new WeakMap<readonly Programme[], Programme[]>()

/** By first day; of two with the same, the higher counts. */
function inOrder(programmes: readonly Programme[]): Programme[] {
  const known = ordered.get(programmes)
  if (known) return known
  const sorted = programmes.toSorted((a, b) => effectiveFrom(a) - effectiveFrom(b) || a.version - b.version)
  ordered.set(programmes, sorted)
  return sorted
}
