import type { CohortPeriod } from '@perennial/contracts'
import { type CalendarDate, calendarOf } from '@perennial/domain'

/** Periods of one kind, counted one by one: the next one has the next number. */
export interface Periods {
  /** The period in which a local day lies; days are numbered from 1970-01-01. */
  of(day: number): number
  /** `2011-03`, `2011-Q1`, `2011-W09`. */
  nameOf(period: number): string
}

// Days are local days already: which date a day has is the same everywhere.
const calendar = calendarOf('UTC')
const dateOf = (day: number): CalendarDate => calendar.dateOf(day)

const months: Periods = {
  of(day) {
    const { year, month } = dateOf(day)
    return year * 12 + month - 1
  },
  nameOf: (period) => `${yearName(Math.floor(period / 12))}-${twoDigits(remainder(period, 12) + 1)}`,
}

const quarters: Periods = {
  of: (day) => Math.floor(months.of(day) / 3),
  nameOf: (period) => `${yearName(Math.floor(period / 4))}-Q${remainder(period, 4) + 1}`,
}

/** 1970-01-01 was a Thursday: the Monday of its week was three days before. */
const mondayOfWeekZero = -3

const weeks: Periods = {
  of: (day) => Math.floor((day - mondayOfWeekZero) / 7),
  nameOf(period) {
    // ISO 8601: a week belongs to the year in which its Thursday lies.
    const thursday = period * 7
    const { year } = dateOf(thursday)
    const firstOfYear = calendar.dayOfDate({ year, month: 1, day: 1 })
    return `${yearName(year)}-W${twoDigits(Math.floor((thursday - firstOfYear) / 7) + 1)}`
  },
}

export const periodsBy: Readonly<Record<CohortPeriod, Periods>> = { month: months, quarter: quarters, week: weeks }

/** Months, by number as in `periodsBy.month`: which one a name means, and its first day. */
export function monthNamed(name: string): number | undefined {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(name) ?? []
  return year === undefined ? undefined : Number(year) * 12 + Number(month) - 1
}

export function firstDayOfMonth(month: number): number {
  return calendar.dayOfDate({ year: Math.floor(month / 12), month: remainder(month, 12) + 1, day: 1 })
}

function remainder(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor
}

function yearName(year: number): string {
  return year < 0 ? `-${String(-year).padStart(6, '0')}` : String(year).padStart(4, '0')
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
