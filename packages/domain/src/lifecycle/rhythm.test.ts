import { describe, expect, test } from '@jest/globals'
import { compileRules } from '../programme/rules.ts'
import { instant, shop } from '../testing/given.ts'
import { dayMs } from '../time/calendar.ts'
import { rhythmMs } from './rhythm.ts'

const days = (count: number, first: string, last: string) => ({ count, firstAt: instant(first), lastAt: instant(last), lastDay: 0 })

describe('how often a member buys', () => {
  const rules = compileRules(shop({ lifecycle: { rhythm: { prior: 'P30D', weight: 2, shortest: 'P7D', longest: 'P90D' } } }))
  test.each([
    ['after one shopping day, the usual of the programme', days(1, '2025-01-01', '2025-01-01'), 30],
    ['after two, drawn towards the gap that was seen', days(2, '2025-01-01', '2025-01-13'), 24],
    ['after many, nearly the gaps themselves', days(42, '2025-01-01', '2026-01-31'), (2 * 30 + 395) / 43],
    ['never shorter than the shortest', days(100, '2025-01-01', '2025-04-10'), 7],
    ['never longer than the longest', days(3, '2020-01-01', '2025-01-01'), 90],
  ])('%s', (_, seen, expected) => {
    expect(rhythmMs(seen, rules) / dayMs).toBeCloseTo(expected, 6)
  })

  test('is a whole number of milliseconds', () => {
    expect(Number.isInteger(rhythmMs(days(4, '2025-01-01', '2025-02-02'), rules))).toBe(true)
  })
})
