import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Fold } from '../fold.ts'
import { programmeVersions } from '../programme/versions.ts'
import { bought, broughtBack, did, enrolled, foldAll, instant, shop } from '../testing/given.ts'
import { dayMs } from '../time/calendar.ts'
import { activitiesAt, type EngagementState, engage, engagementAt, noEngagement, restoreEngagement, saveEngagement } from './engagement.ts'

const versions = programmeVersions([shop()])
const engagementFold: Fold<EngagementState> = {
  initial: noEngagement,
  evolve(state, occurrence) {
    engage(state, occurrence)
    return state
  },
  advance: (state) => state,
  nextDue: () => undefined,
}
const after = (...events: Parameters<typeof foldAll>[2]) => foldAll(engagementFold, versions, events)

describe('engagement', () => {
  test('is one for each, and halves every 30 days', () => {
    const state = after(did('2025-01-01', 'review'))
    expect(engagementAt(state, instant('2025-01-01'))).toBe(1)
    expect(engagementAt(state, instant('2025-01-31'))).toBe(0.5)
    expect(engagementAt(state, instant('2025-03-02'))).toBe(0.25)
  })

  test('of any date, the first day that there is among them, is one', () => {
    for (const day of ['0001-01-01', '1850-06-01', '1969-12-31']) {
      const state = after(did(day, 'review'))
      expect(engagementAt(state, instant(day))).toBe(1)
      expect(restoreEngagement(JSON.parse(JSON.stringify(saveEngagement(state))))).toEqual(state)
    }
  })

  test('adds up', () => {
    const state = after(did('2025-01-01', 'review'), did('2025-01-31', 'review'), did('2025-01-31', 'game'))
    expect(engagementAt(state, instant('2025-01-31'))).toBe(2.5)
    expect(activitiesAt(state, instant('2025-03-02'))).toEqual([
      { activity: 'review', value: 0.75 },
      { activity: 'game', value: 0.5 },
    ])
  })

  test('is not what is bought, brought back or joined', () => {
    const state = after(enrolled('2025-01-01'), bought('2025-01-02', 'o1', '5.00'), broughtBack('2025-01-03', 'r1', 'o1', '5.00'))
    expect(state).toEqual(noEngagement())
    expect(engagementAt(state, instant('2030-01-01'))).toBe(0)
  })

  test('keeps the first sixteen activities apart, and all others as one', () => {
    const names = Array.from({ length: 20 }, (_, index) => `activity-${index}`)
    const state = after(
      ...names.map((name, index) => did(`2025-01-01T12:00:${String(index).padStart(2, '0')}Z`, name)),
      did('2025-01-02', 'activity-18'),
    )
    expect(state.activities).toEqual(names.slice(0, 16))
    const [most] = activitiesAt(state, instant('2025-01-02'))
    expect(most?.activity).toBe('other')
    expect(most?.value).toBeCloseTo(1 + 4 * 0.5 ** (1 / 30), 3)
  })

  test('of an activity that is called other, is other', () => {
    expect(after(did('2025-01-01', 'other'))).toMatchObject({ activities: [], others: 1 })
  })

  test('fades to nothing, and never comes back by itself', () => {
    const state = after(did('2025-01-01', 'review'), did('2025-01-05', 'game'))
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), (days, more) => {
        const early = engagementAt(state, instant('2025-01-05') + days * dayMs)
        const late = engagementAt(state, instant('2025-01-05') + (days + more) * dayMs)
        expect(late).toBeLessThanOrEqual(early)
        expect(late).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  test('is the same after it was stored', () => {
    const names = fc.constantFrom(...Array.from({ length: 20 }, (_, index) => `activity-${index}`), 'other')
    const doings = fc.array(fc.record({ activity: names, hours: fc.nat(5_000) }), { maxLength: 40 })
    fc.assert(
      fc.property(doings, (all) => {
        const state = after(
          ...all.map(({ activity, hours }, index) =>
            did(new Date(instant('2025-01-01') + hours * 3_600_000).toISOString(), activity, { id: `e${index}` }),
          ),
        )
        expect(restoreEngagement(JSON.parse(JSON.stringify(saveEngagement(state))))).toEqual(state)
      }),
    )
  })
})
