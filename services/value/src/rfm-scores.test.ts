import { describe, expect, test } from '@jest/globals'
import { dayMs, noShopping, type ShoppingFacts } from '@perennial/domain'
import fc from 'fast-check'
import { rfmScores } from './rfm-scores.ts'
import { measuredBy } from './testing/value-model.ts'

const lastAt = Date.parse('2025-03-01T12:00:00Z')
const shopper = (changes: Partial<ShoppingFacts> = {}): ShoppingFacts => ({
  ...noShopping().facts,
  days: 1,
  lastAt,
  gross: 15_00,
  currency: 'GBP',
  ...changes,
})
const model = measuredBy()
const recencyAfter = (ms: number) => rfmScores(shopper(), model, lastAt + ms)?.recency

describe('recency', () => {
  test.each([
    [0, 5],
    [10 * dayMs - 1, 5],
    [10 * dayMs, 4],
    [20 * dayMs - 1, 4],
    [20 * dayMs, 3],
    [30 * dayMs, 2],
    [40 * dayMs - 1, 2],
    [40 * dayMs, 1],
    [4_000 * dayMs, 1],
  ])('after %d milliseconds of silence is %d', (ms, score) => {
    expect(recencyAfter(ms)).toBe(score)
  })

  test('is the same for equal silences, also at a cut point that is no whole number of days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4e11 }), (silenceMs) => {
        // As a snapshot has it: the cut point is the silence of some member.
        const cut = silenceMs / dayMs
        const byThat = measuredBy({ silenceDays: [cut, cut, cut, cut] })
        expect(rfmScores(shopper(), byThat, lastAt + silenceMs)?.recency).toBe(1)
        expect(rfmScores(shopper(), byThat, lastAt + silenceMs - 1)?.recency).toBe(5)
      }),
    )
  })
})

describe('frequency and money', () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 3],
    [5, 4],
    [8, 4],
    [9, 5],
  ])('%d shopping days are frequency %d: only what exceeds a cut point counts', (days, score) => {
    expect(rfmScores(shopper({ days }), model, lastAt)?.frequency).toBe(score)
  })

  test.each([
    [-5_00, 0, 1],
    [10_00, 0, 1],
    [10_01, 0, 2],
    [60_00, 10_00, 3],
    [60_01, 10_00, 4],
    [100_01, 0, 5],
  ])('%d spent and %d returned is money %d', (gross, returned, score) => {
    expect(rfmScores(shopper({ gross, returned }), model, lastAt)?.monetary).toBe(score)
  })

  test('money has no score in a currency that has no cut points', () => {
    expect(rfmScores(shopper({ currency: 'JPY' }), model, lastAt)).toEqual({ recency: 5, frequency: 1, monetary: null })
  })
})

test('there are no scores without a shopping day, and none without a model', () => {
  expect(rfmScores(noShopping().facts, model, lastAt)).toBeNull()
  expect(rfmScores(shopper(), undefined, lastAt)).toBeNull()
  expect(rfmScores(shopper(), measuredBy({ silenceDays: null, shoppingDays: null }), lastAt)).toBeNull()
})
