import type { Programme } from '@perennial/contracts'
import { addToDay, effectiveFrom, firstOfNextMonth, judging, localDay, startOfDay, startOfYear, yearOf } from './calendar.ts'
import { sum } from './money.ts'
import type { MemberRecord, Metric, Posting } from './record.ts'

/** Days whose qualifying amounts are added up. */
export type Window = (day: string) => boolean

export function windowAt(record: MemberRecord, { tiers: { window }, timeZone }: Programme, at: number): Window {
  const today = localDay(at, timeZone)
  if ('rolling' in window) return (day) => startOfDay(addToDay(day, window.rolling), timeZone) > at
  if ('calendar' in window) return (day) => yearOf(day) === yearOf(today)
  if ('anniversary' in window) {
    const begins = anniversaries(record, yearOf(today))
    const since = begins.findLast((day) => day <= today) ?? firstDayOf(record)
    const until = begins.find((day) => day > today) as string
    return (day) => day >= since && day < until
  }
  return () => true
}

export function totalOf(postings: readonly Posting[], metric: Metric, window: Window): bigint {
  return sum(postings.filter((posting) => posting.metric === metric && window(posting.day)).map(({ amount }) => amount))
}

/** The anniversaries around a year, of the day on which the member joined, or was first heard of. */
function anniversaries(record: MemberRecord, year: number): string[] {
  const first = firstDayOf(record)
  const years = [-1, 0, 1, 2].map((more) => year + more - yearOf(first))
  return years.filter((count) => count > 0).map((count) => addToDay(first, `P${count}Y`))
}

function firstDayOf({ enrolledDay, firstDay }: MemberRecord): string {
  return enrolledDay ?? (firstDay as string)
}

/** Whether a tier is evaluated at an instant: when the window begins anew, or where it never does, at the start of a month. */
export function isEvaluation(record: MemberRecord, programme: Programme, at: number): boolean {
  return nextEvaluation(record, programme, at - 1) === at
}

/** The next evaluation after an instant. */
export function nextEvaluation(record: MemberRecord, { tiers: { window }, timeZone }: Programme, after: number): number {
  const today = localDay(after, timeZone)
  if ('calendar' in window) return startOfYear(yearOf(today) + 1, timeZone)
  if ('anniversary' in window) return startOfDay(anniversaries(record, yearOf(today)).find((day) => day > today) as string, timeZone)
  return startOfDay(firstOfNextMonth(today), timeZone)
}

/** Every instant, in order, at which a tier may change because of the calendar alone, by the version judging it. */
export function calendarInstants(record: MemberRecord, after: number, upTo: number): number[] {
  const { programmes } = record
  const instants = programmes.flatMap((version) => {
    const ofVersion = instantsOf(version, record, after, upTo).filter((at) => judging(programmes, at) === version)
    return [effectiveFrom(version), ...ofVersion]
  })
  return [...new Set(instants)].filter((at) => at > after && at <= upTo).sort((a, b) => a - b)
}

/** When days leave the window, the window begins anew or tiers are evaluated. */
function instantsOf(version: Programme, record: MemberRecord, after: number, upTo: number): number[] {
  const { timeZone, tiers } = version
  const instants: number[] = []
  if ('rolling' in tiers.window) {
    const days = new Set(record.postings.map(({ day }) => day))
    for (const day of days) instants.push(startOfDay(addToDay(day, tiers.window.rolling), timeZone))
  }
  const beginsAnew = 'calendar' in tiers.window || 'anniversary' in tiers.window
  if (!beginsAnew && tiers.upgrade !== 'at-evaluation') return instants
  for (let at = nextEvaluation(record, version, after); at <= upTo; at = nextEvaluation(record, version, at)) instants.push(at)
  return instants
}
