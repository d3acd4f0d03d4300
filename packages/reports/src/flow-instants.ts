import type { Calendar } from '@perennial/domain'
import { firstDayOfMonth, monthNamed, periodsBy } from './periods.ts'

/** Between which instants flows are asked: some months, or two instants. Each may be left out. */
export interface FlowsAsked {
  /** `2011-10`: the last month; without it, the last one that is over. */
  month?: string | undefined
  /** How many, the last one included; one without it. */
  months?: number | undefined
  /** Milliseconds; a month before `to` without it. */
  from?: number | undefined
  /** Milliseconds; now without it. */
  to?: number | undefined
}

export interface FlowSpan {
  /** Where it is a month, or as much of it as is over. */
  month: string | null
  from: number
  to: number
}

export const flowMonthsMax = 60

/**
 * The spans that were asked for, one after the other; or which of the fields cannot be answered, and why.
 *
 * @param now milliseconds: months end there at the latest
 */
export function flowSpans(asked: FlowsAsked, now: number, calendar: Calendar): FlowSpan[] | { field: keyof FlowsAsked; message: string } {
  const { month, months = 1, from, to } = asked
  if (from !== undefined || to !== undefined) {
    if (month !== undefined) return { field: 'month', message: 'either months or two instants' }
    if (asked.months !== undefined) return { field: 'months', message: 'either months or two instants' }
    const end = to ?? now
    const start = from ?? calendar.addToInstant(end, '-P1M')
    if (start >= end) return { field: 'from', message: 'expected an instant before the other one' }
    return [{ month: null, from: start, to: end }]
  }
  if (!Number.isSafeInteger(months) || months < 1 || months > flowMonthsMax) {
    return { field: 'months', message: `expected a whole number from 1 to ${flowMonthsMax}` }
  }
  const running = periodsBy.month.of(calendar.dayOf(now))
  const last = month === undefined ? running - 1 : monthNamed(month)
  if (last === undefined) return { field: 'month', message: `expected a month such as 2011-10, got "${month}"` }
  if (calendar.startOf(firstDayOfMonth(last)) >= now) return { field: 'month', message: 'that month has not come yet' }
  return Array.from({ length: months }, (_, index) => {
    const number = last - months + 1 + index
    const start = (offset: number) => calendar.startOf(firstDayOfMonth(number + offset))
    return { month: periodsBy.month.nameOf(number), from: start(0), to: Math.min(start(1), now) }
  })
}
