import { dayMs } from '../time/calendar.ts'

/** How sentences for people say numbers: as precise as anyone would say them. */

/** Whole days; of very few, a tenth tells something. */
export function roundedDays(days: number): string {
  return days < 3 ? String(Number(days.toFixed(1))) : String(Math.round(days))
}

/** "1 day", "2.5 days", "45 days". */
export function daysInWords(days: number): string {
  const rounded = roundedDays(days)
  return rounded === '1' ? '1 day' : `${rounded} days`
}

/** A long time in the unit that people would use: "59 days", "14 months", "3 years". */
export function spanInWords(ms: number): string {
  const days = ms / dayMs
  if (days < 60) return daysInWords(days)
  if (days < 730) return `${Math.round(days / 30.44)} months`
  return `${Math.round(days / 365.25)} years`
}
