import { describe, expect, test } from '@jest/globals'
import { compileRules } from '../programme/rules.ts'
import { shop } from '../testing/given.ts'
import { dayMs } from '../time/calendar.ts'
import { rhythmOf } from './rhythm.ts'

const days = (count: number, first: string, last: string) => ({
  days: count,
  firstDay: Date.parse(first) / dayMs,
  lastDay: Date.parse(last) / dayMs,
})

describe('how often a member buys', () => {
  const { rhythm } = compileRules(shop({ lifecycle: { rhythm: { prior: 'P30D', weight: 2, shortest: 'P7D', longest: 'P90D' } } }))
  test.each([
    ['after one shopping day, what is usual', days(1, '2025-01-01', '2025-01-01'), 30],
    ['after two, drawn towards the gap that was seen', days(2, '2025-01-01', '2025-01-13'), 24],
    ['after many, nearly the gaps themselves', days(42, '2025-01-01', '2026-01-31'), (2 * 30 + 395) / 43],
    ['never shorter than the shortest', days(100, '2025-01-01', '2025-04-10'), 7],
    ['never longer than the longest', days(3, '2020-01-01', '2025-01-01'), 90],
  ])('%s', (_, seen, expected) => {
    expect(rhythmOf(seen, rhythm) / dayMs).toBeCloseTo(expected, 6)
  })

  test('is a whole number of milliseconds, rounded half up', () => {
    expect(rhythmOf(days(4, '2025-01-01', '2025-02-02'), rhythm)).toBe(Math.floor(((2 * 30 + 32) * dayMs) / 5 + 0.5))
    expect(rhythmOf(days(2, '2025-01-01', '2025-01-02'), { priorMs: 1, weight: 1, shortestMs: 0, longestMs: dayMs })).toBe((dayMs + 2) / 2)
  })
})
