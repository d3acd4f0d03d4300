import { describe, expect, test } from '@jest/globals'
import { calendarOf } from '@perennial/domain'
import { type FlowsAsked, flowSpans } from './flow-instants.ts'

const instant = (date: string) => Date.parse(`${date}T12:00:00Z`)

describe('which instants flows are asked for', () => {
  const calendar = calendarOf('Europe/London')
  const now = instant('2011-12-10')
  const spansOf = (asked: FlowsAsked) => {
    const spans = flowSpans(asked, now, calendar)
    if (!Array.isArray(spans)) return spans
    return spans.map(({ month, from, to }) => `${month}: ${new Date(from).toISOString()} ${new Date(to).toISOString()}`)
  }

  test('a month begins and ends at midnight in the zone of the programme', () => {
    expect(spansOf({ month: '2011-10' })).toEqual(['2011-10: 2011-09-30T23:00:00.000Z 2011-11-01T00:00:00.000Z'])
  })

  test('without any, it is the last month that is over', () => {
    expect(spansOf({})).toEqual(['2011-11: 2011-11-01T00:00:00.000Z 2011-12-01T00:00:00.000Z'])
    expect(spansOf({ months: 2 })).toHaveLength(2)
  })

  test('the running month ends now', () => {
    expect(spansOf({ month: '2011-12' })).toEqual(['2011-12: 2011-12-01T00:00:00.000Z 2011-12-10T12:00:00.000Z'])
  })

  test('one of two instants is enough: to now, or from a month before', () => {
    expect(spansOf({ from: instant('2011-10-05') })).toEqual(['null: 2011-10-05T12:00:00.000Z 2011-12-10T12:00:00.000Z'])
    expect(spansOf({ to: instant('2011-10-31') })).toEqual(['null: 2011-09-30T11:00:00.000Z 2011-10-31T12:00:00.000Z'])
  })

  test('what cannot be answered is said, and why', () => {
    const refused = (asked: FlowsAsked) => (spansOf(asked) as { field: string }).field
    expect(refused({ month: '2011-13' })).toBe('month')
    expect(refused({ month: '2012-01' })).toBe('month')
    expect(refused({ months: 0 })).toBe('months')
    expect(refused({ months: 61 })).toBe('months')
    expect(refused({ month: '2011-10', from: 0 })).toBe('month')
    expect(refused({ months: 2, to: now })).toBe('months')
    expect(refused({ from: now })).toBe('from')
    expect(refused({ from: 5, to: 4 })).toBe('from')
  })
})
