import { describe, expect, test } from '@jest/globals'
import { refuseAhead } from './refuse-ahead.ts'

describe('a report for a time that has not come', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')

  test('is refused, naming the field, the time and the clock', () => {
    const message = '2026-01-01T00:00:00.001Z lies ahead of the clock, which stands at 2026-01-01T00:00:00.000Z'
    expect(() => refuseAhead(now + 1, now, 'asOf')).toThrow(
      expect.objectContaining({ code: 'not-yet', where: 'asOf', faults: [{ field: 'asOf', message }] }),
    )
  })

  test('one for this very instant, for an earlier one or for none in particular is not', () => {
    for (const asked of [now, now - 1, undefined]) expect(() => refuseAhead(asked, now, 'asOf')).not.toThrow()
  })
})
