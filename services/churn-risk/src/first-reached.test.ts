import { describe, expect, test } from '@jest/globals'
import { dayMs } from '@perennial/domain'
import fc from 'fast-check'
import { firstReached, neverAfterMs } from './first-reached.ts'

const from = Date.parse('2025-01-01T12:00:00.123Z')

/** By halving alone. */
function byHalving(level: number, valueAt: (at: number) => number): number {
  let low = from
  let high = from + neverAfterMs
  if (valueAt(high) < level) return Number.POSITIVE_INFINITY
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (valueAt(middle) >= level) high = middle
    else low = middle
  }
  return high
}

const smooth = (halfDays: number, power: number) => (at: number) => {
  const days = (at - from) / dayMs
  return days ** power / (days ** power + halfDays ** power)
}

describe('the first millisecond at which a level is reached', () => {
  test('is found where a risk grows smoothly', () => {
    const cases = fc.record({
      halfDays: fc.double({ min: 1e-7, max: 1e5, noNaN: true }),
      power: fc.constantFrom(0.3, 1, 2, 8),
      level: fc.double({ min: 0.001, max: 0.999, noNaN: true }),
    })
    fc.assert(
      fc.property(cases, ({ halfDays, power, level }) => {
        const valueAt = smooth(halfDays, power)
        expect(firstReached(level, from, valueAt)).toBe(byHalving(level, valueAt))
      }),
      { numRuns: 2_000 },
    )
  })

  test('is found where it leaps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: neverAfterMs }), (later) => {
        expect(firstReached(0.5, from, (at) => (at >= from + later ? 0.5 : 0.1))).toBe(from + later)
        expect(firstReached(0.5, from, (at) => (at >= from + later ? 1 : 0.4999999))).toBe(from + later)
      }),
    )
  })

  test('is never where the level is not reached within 100 years', () => {
    expect(firstReached(0.5, from, () => 0.49)).toBe(Number.POSITIVE_INFINITY)
    expect(firstReached(0.5, from, (at) => (at > from + neverAfterMs ? 1 : 0))).toBe(Number.POSITIVE_INFINITY)
    expect(firstReached(0.5, from, (at) => (at >= from + neverAfterMs ? 1 : 0))).toBe(from + neverAfterMs)
  })

  test('costs some twenty looks where halving would take forty, and never many more than halving', () => {
    const looks = (level: number, valueAt: (at: number) => number) => {
      let count = 0
      firstReached(level, from, (at) => {
        count++
        return valueAt(at)
      })
      return count
    }
    expect(looks(0.25, smooth(60, 2))).toBeLessThanOrEqual(20)
    expect(looks(0.8, smooth(400, 1))).toBeLessThanOrEqual(22)
    for (const later of [1, 7, 86_400_000, 20 * 365 * dayMs]) {
      expect(looks(0.5, (at) => (at >= from + later ? 1 : 0))).toBeLessThanOrEqual(55)
    }
  })
})
