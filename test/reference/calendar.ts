import type { Programme } from '@perennial/contracts'
import { Temporal } from 'temporal-polyfill'

/** All instants are milliseconds since 1970, all days ISO dates, as the programme's time zone has them. */

export function localDay(instant: number, timeZone: string): string {
  return zoned(instant, timeZone).toPlainDate().toString()
}

export function startOfDay(day: string, timeZone: string): number {
  return Temporal.PlainDate.from(day).toZonedDateTime(timeZone).epochMilliseconds
}

export function addToDay(day: string, period: string): string {
  return Temporal.PlainDate.from(day).add(period).toString()
}

/** The same time of day, a period later. */
export function addToInstant(instant: number, period: string, timeZone: string): number {
  return zoned(instant, timeZone).add(period).epochMilliseconds
}

export function nextDay(day: string): string {
  return addToDay(day, 'P1D')
}

export function firstOfNextMonth(day: string): string {
  return Temporal.PlainDate.from(day).with({ day: 1 }).add({ months: 1 }).toString()
}

function zoned(instant: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone)
}

export const dayMs = 24 * 3_600_000

/** As a length of time, not on a calendar: a month is 30 days, a year 365. */
export function lengthMs(period: string): number {
  const { years, months, weeks, days } = Temporal.Duration.from(period)
  return (years * 365 + months * 30 + weeks * 7 + days) * dayMs
}

export function effectiveFrom(programme: Programme): number {
  return startOfDay(programme.effectiveFrom, programme.timeZone)
}

/** The version in force at an instant; undefined before the first. */
export function inForce(programmes: readonly Programme[], at: number): Programme | undefined {
  return byEffect(programmes).findLast((programme) => effectiveFrom(programme) <= at)
}

/** The version that judges what happens at an instant: the one in force, or the first before any is. */
export function judging(programmes: readonly Programme[], at: number): Programme {
  return inForce(programmes, at) ?? (byEffect(programmes)[0] as Programme)
}

function byEffect(programmes: readonly Programme[]): Programme[] {
  return programmes.toSorted((a, b) => effectiveFrom(a) - effectiveFrom(b) || a.version - b.version)
}
