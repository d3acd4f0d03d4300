import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Spend } from '../gamma-gamma.ts'
import { historyOf, type Observation } from '../history.ts'

/** Beside the repository, never in it. */
const data = join(import.meta.dirname, '../../../../../shared/data')

/** The 1/10 sample that the papers use, and all 23,570 customers. */
export const cdnowSampleFile = join(data, 'cdnow-sample.txt.gz')
export const cdnowMasterFile = join(data, 'cdnow-master.txt.gz')

/** The papers' calibration ends with this day, and the holdout of 39 weeks with that one. */
export const calibrationEnd = '1997-09-30'
export const holdoutEnd = '1998-06-30'
export const holdoutWeeks = 39

export interface Customer {
  id: string
  /** Amount spent on each day of purchase, by the day's number since 1970. */
  days: ReadonlyMap<number, number>
}

const millisecondsPerDay = 86_400_000

/** All customers of a file, same-day purchases merged. Both formats end in date, number of CDs, dollars. */
export function readCdnow(file: string): Customer[] {
  const customers = new Map<string, Map<number, number>>()
  for (const line of gunzipSync(readFileSync(file)).toString('latin1').split('\n')) {
    const columns = line.trim().split(/\s+/)
    const [date, , dollars] = columns.slice(-3)
    if (!date || !/^\d{8}$/.test(date)) continue
    const id = columns[0] as string
    const days = customers.get(id) ?? new Map<number, number>()
    customers.set(id, days)
    const day = dayOf(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`)
    days.set(day, (days.get(day) ?? 0) + Number(dollars))
  }
  return [...customers].map(([id, days]) => ({ id, days }))
}

export function dayOf(date: string): number {
  return Date.parse(date) / millisecondsPerDay
}

/** In weeks, as the papers have it. Counted from the first purchase in whole days, so that equal histories are equal bits. */
export function historyInWeeks({ days }: Customer, until: string): Observation {
  const first = Math.min(...days.keys())
  const weeks = [...days.keys()].map((day) => (day - first) / 7)
  return historyOf(weeks, (dayOf(until) - first) / 7) as Observation
}

/** Mean of the repeat purchases: the papers leave out the first, which brought the customer into the sample. */
export function spendOnRepeats({ days }: Customer, until: string): Spend {
  const amounts = [...days]
    .filter(([day]) => day <= dayOf(until))
    .sort(([a], [b]) => a - b)
    .slice(1)
    .map(([, amount]) => amount)
  return { x: amounts.length, mean: amounts.reduce((sum, amount) => sum + amount, 0) / amounts.length }
}

export function purchaseDaysBetween({ days }: Customer, after: string, until: string): number {
  return [...days.keys()].filter((day) => day > dayOf(after) && day <= dayOf(until)).length
}
