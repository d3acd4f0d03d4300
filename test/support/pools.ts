/** What random histories and programmes are made of. Pools are small, so that everything collides all the time. */

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

export const sources = ['/till/1', '/till/2', '/shop'] as const
export const orderIds = ['o1', 'o1', 'o1', 'o2', 'o3', 'o4', 'o5', 'o6'] as const
export const returnIds = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'] as const
export const skus = ['tea', 'tea', 'tea', 'oil', 'soap'] as const
export const categories = [undefined, 'organic', 'home'] as const
export const channels = [undefined, 'web', 'shop'] as const
export const activities = ['review', 'review', 'visit'] as const
export const lineIds = [undefined, undefined, '1', '2'] as const
export const quantities = [1, 1, 1, 2, 3, 0.375, 0.000001, 12] as const
export const minorAmounts = [0, 0, 1, 50, 99, 100, 1_999, 5_000, 9_999, 10_000, 20_000] as const
export const birthdays = [undefined, '02-29', '02-28', '03-31', '01-01', '10-27'] as const
export const levelNames = ['member', 'silver', 'gold', 'platinum'] as const

/** Days on which calendars go wrong: clock changes in London and New York, 29 February, ends of months and years. */
export const awkwardDays = [
  '2024-01-31',
  '2024-02-28',
  '2024-02-29',
  '2024-03-01',
  '2024-03-10',
  '2024-03-30',
  '2024-03-31',
  '2024-04-01',
  '2024-10-26',
  '2024-10-27',
  '2024-11-03',
  '2024-12-31',
  '2025-01-01',
  '2025-01-31',
  '2025-02-28',
  '2025-03-30',
].map((day) => Date.parse(`${day}T00:00:00Z`))

export const awkwardTimes = [0, 0.5 * hourMs, hourMs, 1.5 * hourMs, 10 * hourMs, 22.5 * hourMs, 23 * hourMs, 24 * hourMs - 1] as const

/** An hour that is left out in spring, and one that comes twice in autumn. */
export const clockChanges = [
  Date.parse('2024-03-31T01:00:00Z'),
  Date.parse('2024-10-27T00:30:00Z'),
  Date.parse('2024-10-27T01:30:00Z'),
] as const

export const firstInstant = Date.parse('2023-10-01T00:00:00Z')
export const lastInstant = Date.parse('2026-06-01T00:00:00Z')
