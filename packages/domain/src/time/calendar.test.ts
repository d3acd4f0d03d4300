import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { calendarOf, dayMs, nominalMs } from './calendar.ts'

const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds
const show = (instant: number, zone: string) => Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toString()
const dayNamed = (date: string) => Temporal.PlainDate.from('1970-01-01').until(Temporal.PlainDate.from(date)).days
const dateOf = (day: number) => Temporal.PlainDate.from('1970-01-01').add({ days: day }).toString()

describe('the same wall-clock time some period later', () => {
  test.each([
    ['Europe/London', '2024-01-10T09:30:00+00:00', 'P14D', '2024-01-24T09:30:00+00:00', 'two weeks'],
    ['Europe/London', '2024-03-30T12:00:00+00:00', 'P1D', '2024-03-31T12:00:00+01:00', 'a day of 23 hours'],
    ['Europe/London', '2024-10-26T12:00:00+01:00', 'P1D', '2024-10-27T12:00:00+00:00', 'a day of 25 hours'],
    [
      'Europe/London',
      '2024-03-30T01:30:00+00:00',
      'P1D',
      '2024-03-31T02:30:00+01:00',
      'an hour that the spring leaves out comes an hour later',
    ],
    [
      'Europe/London',
      '2024-10-26T01:30:00+01:00',
      'P1D',
      '2024-10-27T01:30:00+01:00',
      'an hour that the autumn has twice is the first of them',
    ],
    [
      'Europe/London',
      '2024-10-27T01:30:00+00:00',
      'P1D',
      '2024-10-28T01:30:00+00:00',
      'from the second of them it goes on as from the first',
    ],
    ['Europe/London', '2024-01-31T12:00:00+00:00', 'P1M', '2024-02-29T12:00:00+00:00', '31 January and a month'],
    ['Europe/London', '2023-01-31T12:00:00+00:00', 'P1M', '2023-02-28T12:00:00+00:00', 'the same in a common year'],
    ['Europe/London', '2024-02-29T12:00:00+00:00', 'P1Y', '2025-02-28T12:00:00+00:00', '29 February and a year'],
    ['Europe/London', '2024-02-29T12:00:00+00:00', 'P4Y', '2028-02-29T12:00:00+00:00', '29 February and four years'],
    ['Europe/London', '2024-03-31T12:00:00+01:00', '-P1M', '2024-02-29T12:00:00+00:00', 'a month back'],
    ['Europe/London', '2024-05-31T12:00:00+01:00', 'P1M1D', '2024-07-01T12:00:00+01:00', 'months before days'],
    ['UTC', '2024-03-30T23:59:59.999Z', 'P1D', '2024-03-31T23:59:59.999Z', 'a zone without summer time'],
    ['Asia/Taipei', '2024-03-30T23:30:00+08:00', 'P1M', '2024-04-30T23:30:00+08:00', 'and another'],
    ['Australia/Lord_Howe', '2024-10-05T02:15:00+10:30', 'P1D', '2024-10-06T02:45:00+11:00', 'a summer time of half an hour'],
    ['Pacific/Apia', '2011-12-29T12:00:00-10:00', 'P1D', '2011-12-31T12:00:00+14:00', 'a day that the zone left out'],
  ])('%s: %s and %s is %s (%s)', (zone, from, period, to) => {
    expect(show(calendarOf(zone).addToInstant(at(from), period), zone)).toBe(show(at(to), zone))
  })
})

describe('days are those of the programme, not of the server', () => {
  const london = calendarOf('Europe/London')
  test.each([
    ['2024-07-01T22:59:59.999Z', '2024-07-01'],
    ['2024-07-01T23:00:00Z', '2024-07-02'],
    ['2024-01-01T23:59:59.999Z', '2024-01-01'],
    ['1969-12-31T12:00:00Z', '1969-12-31'],
  ])('%s is on %s in London', (instant, date) => {
    expect(dateOf(london.dayOf(at(instant)))).toBe(date)
  })

  test('the same instant is another day in Taipei and in New York', () => {
    const instant = at('2024-07-01T20:00:00Z')
    expect(dateOf(calendarOf('Asia/Taipei').dayOf(instant))).toBe('2024-07-02')
    expect(dateOf(calendarOf('America/New_York').dayOf(instant))).toBe('2024-07-01')
  })

  test('a day begins at local midnight, or as soon as there is a time', () => {
    expect(london.startOfDate('2024-07-01')).toBe(at('2024-06-30T23:00:00Z'))
    expect(london.startOfDate('2024-03-31')).toBe(at('2024-03-31T00:00:00Z'))
    // Beirut leaves out the hour after midnight in spring.
    expect(calendarOf('Asia/Beirut').startOfDate('2022-03-27')).toBe(at('2022-03-26T22:00:00Z'))
  })

  test.each([
    ['2024-01-31', '2024-02-01'],
    ['2024-02-01', '2024-03-01'],
    ['2024-12-31', '2025-01-01'],
  ])('the month after %s begins on %s', (date, first) => {
    expect(dateOf(london.nextMonth(dayNamed(date)))).toBe(first)
  })

  test.each([
    ['2024-01-01', '2024-01-01'],
    ['2024-02-29', '2024-01-01'],
    ['2024-12-31', '2024-01-01'],
  ])('the year of %s begins on %s', (date, first) => {
    expect(dateOf(london.startOfYear(dayNamed(date)))).toBe(first)
  })

  test.each([
    ['2023-05-10', '2023-05-10', '2023-05-10', '2024-05-10', 'the day itself is the first of them'],
    ['2023-05-10', '2024-05-09', '2023-05-10', '2024-05-10', 'a year later less a day'],
    ['2023-05-10', '2024-05-10', '2024-05-10', '2025-05-10', 'a year later'],
    ['2023-05-10', '2030-01-01', '2029-05-10', '2030-05-10', 'years later'],
    ['2023-05-10', '2023-05-09', '2022-05-10', '2023-05-10', 'before the day: zones may differ by one'],
    ['2024-02-29', '2025-02-27', '2024-02-29', '2025-02-28', '29 February in a common year is the 28th'],
    ['2024-02-29', '2025-02-28', '2025-02-28', '2026-02-28', 'on which it is held'],
    ['2024-02-29', '2028-02-28', '2027-02-28', '2028-02-29', 'and in a leap year the 29th again'],
    ['2023-12-31', '2025-01-01', '2024-12-31', '2025-12-31', 'New Year lies between'],
  ])('anniversaries of %s on %s: %s and %s (%s)', (of, day, last, next) => {
    expect(dateOf(london.lastAnniversary(dayNamed(of), dayNamed(day)))).toBe(last)
    expect(dateOf(london.nextAnniversary(dayNamed(of), dayNamed(day)))).toBe(next)
  })

  test('asked twice, it answers the same', () => {
    const day = dayNamed('2024-01-31')
    expect(london.addToDay(day, 'P1M')).toBe(london.addToDay(day, 'P1M'))
    expect(dateOf(london.addToDay(day, 'P1M'))).toBe('2024-02-29')
  })
})

describe('what is remembered is what Temporal says', () => {
  const zones = fc.constantFrom(
    'UTC',
    'Europe/London',
    'Europe/Dublin',
    'America/New_York',
    'America/St_Johns',
    'America/Sao_Paulo',
    'Asia/Taipei',
    'Asia/Kolkata',
    'Asia/Kathmandu',
    'Asia/Beirut',
    'Africa/Casablanca',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Pacific/Chatham',
    'Antarctica/Troll',
  )
  const periods = fc.constantFrom(
    'P0D',
    'P1D',
    'P6D',
    'P14D',
    'P2W',
    'P1M',
    'P11M',
    'P12M',
    'P1Y',
    'P1Y1M1D',
    'P4Y',
    '-P1D',
    '-P30D',
    '-P1M',
  )
  const years = { min: at('1985-01-01T00:00:00Z'), max: at('2045-01-01T00:00:00Z') }
  const anywhere = fc.integer(years)

  /** Instants within a few hours of a change of the clocks in the zone, or of that change less a period. */
  const awkward = (zone: string) =>
    fc
      .tuple(anywhere, fc.integer({ min: -5 * 3_600_000, max: 5 * 3_600_000 }), fc.constantFrom(0, 1, 14, 30, 31, 365, 366))
      .map(([start, hours, days]) => {
        const zoned = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(zone)
        const change = zoned.getTimeZoneTransition('next')?.epochMilliseconds
        return change === undefined || change > years.max ? start : change + hours - days * dayMs
      })
  const moments = zones.chain((zone) => fc.record({ zone: fc.constant(zone), instant: fc.oneof(anywhere, awkward(zone)) }))

  test('addToInstant', () => {
    fc.assert(
      fc.property(moments, periods, ({ zone, instant }, period) => {
        const expected = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).add(period).epochMilliseconds
        expect(show(calendarOf(zone).addToInstant(instant, period), zone)).toBe(show(expected, zone))
      }),
      { numRuns: 3_000 },
    )
  })

  test('dayOf', () => {
    fc.assert(
      fc.property(moments, ({ zone, instant }) => {
        const date = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate().toString()
        expect(dateOf(calendarOf(zone).dayOf(instant))).toBe(date)
      }),
      { numRuns: 3_000 },
    )
  })

  test('startOf, addToDay and nextMonth', () => {
    fc.assert(
      fc.property(zones, fc.integer({ min: dayNamed('1985-01-01'), max: dayNamed('2045-01-01') }), periods, (zone, day, period) => {
        const calendar = calendarOf(zone)
        const date = Temporal.PlainDate.from(dateOf(day))
        expect(show(calendar.startOf(day), zone)).toBe(show(date.toZonedDateTime(zone).epochMilliseconds, zone))
        expect(dateOf(calendar.addToDay(day, period))).toBe(date.add(period).toString())
        expect(calendar.startOfDayAfter(day, period)).toBe(calendar.startOf(calendar.addToDay(day, period)))
        expect(dateOf(calendar.nextMonth(day))).toBe(date.toPlainYearMonth().add({ months: 1 }).toPlainDate({ day: 1 }).toString())
      }),
      { numRuns: 1_000 },
    )
  })

  test('a day is where its beginning is', () => {
    fc.assert(
      fc.property(moments, ({ zone, instant }) => {
        const calendar = calendarOf(zone)
        const day = calendar.dayOf(instant)
        expect(calendar.startOf(day)).toBeLessThanOrEqual(instant)
        expect(calendar.dayOf(calendar.startOf(day))).toBe(day)
      }),
      { numRuns: 2_000 },
    )
  })
})

test.each([
  ['P1D', 1],
  ['P2W', 14],
  ['P1M', 30],
  ['P12M', 360],
  ['P1Y', 365],
  ['P1Y2M1W3D', 435],
])('nominally %s is %d days', (period, days) => {
  expect(nominalMs(period)).toBe(days * dayMs)
})
