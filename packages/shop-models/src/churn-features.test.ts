import { describe, expect, test } from '@jest/globals'
import type { ShoppingFacts } from '@perennial/domain'
import { type ChurnFeature, churnFeatures, writeChurnFeatures } from './churn-features.ts'

const facts: ShoppingFacts = {
  days: 5,
  firstDay: 1_000,
  lastDay: 1_080,
  previousDay: 1_060,
  firstAt: 0,
  lastAt: 0,
  logGaps: 12,
  purchases: 6,
  gross: 50_000,
  returned: 10_000,
  currency: 'GBP',
}
const measures = { gapDays: 30, netSpend: { GBP: 20_000 } }

function featuresOf(
  changes: Partial<ShoppingFacts> = {},
  { silenceDays = 45, engagement = 1, chance = 0.2 } = {},
): Record<ChurnFeature, number> {
  const into = new Float64Array(churnFeatures.length)
  writeChurnFeatures(into, { facts: { ...facts, ...changes }, silenceDays, engagement, chance }, measures)
  return Object.fromEntries(churnFeatures.map((feature, index) => [feature, into[index]])) as Record<ChurnFeature, number>
}

describe('what the calibration layer looks at', () => {
  test('a member of five shopping days in eighty, silent for 45', () => {
    const near = (value: number) => expect.closeTo(value, 12)
    expect(featuresOf()).toEqual({
      model: near(Math.log(0.25)),
      recency: near(-Math.log(46)),
      // The own gap: (2 × 30 + 80) ÷ (5 + 1) days.
      ownGap: near(-Math.log(1 + 45 / (140 / 6))),
      engagement: near(Math.log(2)),
      frequency: near(Math.log(5)),
      tenure: near(Math.log(81)),
      netSpend: near(Math.log(3)),
      returnRate: near(0.2),
    })
  })

  test('on the day of the first purchase', () => {
    const first = { days: 1, lastDay: facts.firstDay, gross: 0, returned: 0 }
    expect(featuresOf(first, { silenceDays: 0, engagement: 0, chance: 0.5 })).toEqual(
      Object.fromEntries(churnFeatures.map((feature) => [feature, expect.closeTo(0, 15)])),
    )
  })

  test('nobody is told that a purchase is certain, or out of the question', () => {
    expect(featuresOf({}, { chance: 1 }).model).toBeCloseTo(Math.log(999_999), 6)
    expect(featuresOf({}, { chance: 0 }).model).toBeCloseTo(-Math.log(999_999), 6)
  })

  test('who brought back more than was bought spent nothing, and returned all of it', () => {
    expect(featuresOf({ returned: 60_000 })).toMatchObject({ netSpend: 0, returnRate: 1 })
  })

  test('of a currency of which the shop has no median, spend says nothing', () => {
    expect(featuresOf({ currency: 'JPY' }).netSpend).toBe(0)
    expect(featuresOf({ currency: null }).netSpend).toBe(0)
  })
})
