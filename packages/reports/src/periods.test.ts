import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { firstDayOfMonth, monthNamed, periodsBy } from './periods.ts'

const dayOf = (date: string) => Date.parse(`${date}T00:00:00Z`) / 86_400_000
const nameOn = (by: keyof typeof periodsBy, date: string) => periodsBy[by].nameOf(periodsBy[by].of(dayOf(date)))

describe('periods', () => {
  test('months and quarters are those of the calendar', () => {
    expect(['2011-01-01', '2011-03-31', '2011-04-01', '1969-12-31'].map((date) => nameOn('month', date))).toEqual([
      '2011-01',
      '2011-03',
      '2011-04',
      '1969-12',
    ])
    expect(['2011-01-01', '2011-03-31', '2011-04-01', '1969-12-31'].map((date) => nameOn('quarter', date))).toEqual([
      '2011-Q1',
      '2011-Q1',
      '2011-Q2',
      '1969-Q4',
    ])
  })

  test('weeks begin on Monday, and belong to the year of their Thursday', () => {
    expect(['2024-12-29', '2024-12-30', '2025-01-05', '2025-01-06', '2027-01-03'].map((date) => nameOn('week', date))).toEqual([
      '2024-W52',
      '2025-W01',
      '2025-W01',
      '2025-W02',
      '2026-W53',
    ])
  })

  test('on any day, weeks are named as ISO 8601 has them, and a period follows the one before', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), (day) => {
        const date = Temporal.PlainDate.from('1970-01-01').add({ days: day })
        expect(periodsBy.week.nameOf(periodsBy.week.of(day))).toBe(`${date.yearOfWeek}-W${String(date.weekOfYear).padStart(2, '0')}`)
        for (const periods of Object.values(periodsBy)) {
          const step = periods.of(day + 1) - periods.of(day)
          expect(step === 0 || step === 1).toBe(true)
          expect(periods.nameOf(periods.of(day)) === periods.nameOf(periods.of(day + 1))).toBe(step === 0)
        }
      }),
    )
  })

  test('a month has a name and a first day; anything else has not', () => {
    for (const name of ['2011-01', '2011-12', '1969-11']) {
      const month = monthNamed(name) as number
      expect([periodsBy.month.nameOf(month), firstDayOfMonth(month)]).toEqual([name, dayOf(`${name}-01`)])
    }
    expect(['2011', '2011-13', '2011-00', '2011-1', 'October'].map(monthNamed)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})
