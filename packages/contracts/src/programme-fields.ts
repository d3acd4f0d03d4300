import { z } from 'zod'
import { currencyDigits } from './currency.ts'
import { yearDayPattern } from './year-day.ts'

/** What the fields of a programme file are made of. Amounts and rates stay text: floats never take part in a sum. */

export const decimal = z
  .union([z.number().nonnegative(), z.string().regex(/^\d+(\.\d+)?$/, { error: 'expected a number or a decimal string such as "1.5"' })], {
    error: 'expected a number or a decimal string such as "1.5"',
  })
  .transform((value) => String(value))
  .refine((text) => /^\d{1,12}(\.\d{1,6})?$/.test(text), { error: 'expected at most 12 digits before and 6 after the point' })

const moneyFault = { error: 'expected an amount as a decimal string such as "100.00"' }
export const money = z
  .union([z.string().regex(/^\d{1,12}(\.\d{1,4})?$/, moneyFault), z.int().nonnegative().lt(1e12)], moneyFault)
  .transform(String)

const periodPattern = /^P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?$/

/** A month counts 31 days and a year 366; not a number where the text is no period. */
function daysOf(period: string): number {
  const [, years = 0, months = 0, weeks = 0, days = 0] = periodPattern.exec(period) ?? [Number.NaN, Number.NaN]
  return Number(years) * 366 + Number(months) * 31 + Number(weeks) * 7 + Number(days)
}

// Calendars end: a period that leads beyond them would make every member's fold fail.
const periodDaysMax = 36_600
const periodFault = { error: 'expected a period of whole days, weeks, months or years, such as "P14D" or "P12M"' }
export const period = z
  .string(periodFault)
  .regex(periodPattern, periodFault)
  .refine((text) => !(daysOf(text) > periodDaysMax), { error: 'expected at most 100 years' })
export const longPeriod = period.refine((text) => daysOf(text) !== 0, { error: 'expected at least a day' })

const timePeriodFault = { error: 'expected days, hours or minutes, such as "PT30M" or "P1D"' }
export const timePeriod = z
  .string(timePeriodFault)
  .regex(/^P(?=[\dT])(?:\d{1,4}D)?(?:T(?=\d)(?:\d{1,5}H)?(?:\d{1,6}M)?)?$/, timePeriodFault)

export const date = z.iso.date({ error: 'expected a date such as 2025-01-01' })

const momentPattern = /^(\d{4}-\d{2}-\d{2})(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?)?$/
const momentFault = { error: 'expected a date such as 2025-03-02, or a date and time such as 2025-03-02T18:30' }
/** A day, a local time of the programme's zone, or an instant. */
export const moment = z.string(momentFault).refine((text) => {
  const [, day] = momentPattern.exec(text) ?? []
  return day !== undefined && date.safeParse(day).success
}, momentFault)

const yearDayFault = { error: 'expected a day of the year as "MM-DD"' }
export const yearDay = z.string(yearDayFault).regex(yearDayPattern, yearDayFault)

const slugFault = { error: 'expected lower-case letters, digits and hyphens' }
export const slug = z.string(slugFault).regex(/^[a-z0-9][a-z0-9-]{0,62}$/, slugFault)

const timeZoneFault = { error: 'expected a time zone of the IANA database, such as "Europe/London"' }
export const timeZone = z.string(timeZoneFault).refine((zone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}, timeZoneFault)

const currencyFault = { error: 'expected a code of ISO 4217 such as "GBP"' }
export const currency = z
  .string(currencyFault)
  .regex(/^[A-Z]{3}$/, currencyFault)
  .refine((code) => code.length !== 3 || currencyDigits(code) !== undefined, currencyFault)

/** One word may stand without brackets. */
export const words = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)], { error: 'expected a word or a list of words' })
  .transform((value) => (typeof value === 'string' ? [value] : value))

const percentFault = { error: 'expected a share such as 50%' }
export const percent = z
  .string(percentFault)
  .regex(/^\d{1,3}(\.\d{1,4})?%$/, percentFault)
  .refine((text) => Number(text.slice(0, -1)) > 0 && Number(text.slice(0, -1)) <= 100, { error: 'expected more than 0% and at most 100%' })
