import { describe, expect, test } from '@jest/globals'
import { shop } from '../testing/given.ts'
import { compileRules, type Level } from './rules.ts'

const base = { name: 'base', for: 'purchase', per: '1.00', points: 1 } as const

describe('thresholds in minor units', () => {
  test.each([
    ['GBP', 50_000],
    ['JPY', 500],
    ['KWD', 500_000],
    [null, 50_000],
  ])('500.00 in %s is %d', (currency, from) => {
    expect(
      compileRules(shop())
        .in(currency)
        .levels.map((level) => level.from),
    ).toEqual([0, from, from * 4])
  })

  test('a threshold between two yen is the higher one', () => {
    const levels = [
      { name: 'member', from: '0' },
      { name: 'silver', from: '499.50' },
    ]
    expect(compileRules(shop({ tiers: { levels } })).in('JPY').levels[1]?.from).toBe(500)
  })

  test.each([
    [-1, 'member'],
    [0, 'member'],
    [49_999, 'member'],
    [50_000, 'silver'],
    [199_999, 'silver'],
    [200_000, 'gold'],
    [Number.MAX_SAFE_INTEGER, 'gold'],
  ])('a spend of %d is %s', (spend, name) => {
    expect(compileRules(shop()).in('GBP').levelFor(spend).name).toBe(name)
  })

  test('a level that no longer exists is the lowest', () => {
    expect(compileRules(shop()).in('GBP').levelNamed('platinum').name).toBe('member')
  })
})

describe('rates are exact, over one denominator', () => {
  test('of levels and categories', () => {
    const rules = compileRules(
      shop({
        points: {
          earn: [
            { ...base, per: '3.00' },
            { name: 'organic', for: 'purchase', when: { category: ['organic'] }, multiply: '0.333' },
          ],
        },
        tiers: {
          levels: [
            { name: 'member', from: '0' },
            { name: 'silver', from: '1', multiply: 1.25 },
          ],
        },
      }),
    )
    const { earn, levels } = rules.in('GBP')
    const situation = { day: 0, tier: 'member', birthday: null, uses: {} }
    const under = (level: number) => earn.applying(situation, levels[level] as Level)
    const rate = (level: number, category?: string) =>
      under(level).onLine(category, 'tea').rate / under(level).onLine(category, 'tea').denominator
    expect(rate(0)).toBeCloseTo(1 / 300, 12)
    expect(rate(1)).toBeCloseTo(1.25 / 300, 12)
    expect(rate(0, 'organic')).toBeCloseTo(0.333 / 300, 12)
    expect(rate(1, 'organic')).toBeCloseTo((1.25 * 0.333) / 300, 12)
    expect(rate(0, 'other')).toBe(rate(0))
    for (const { index } of levels) expect(Number.isSafeInteger(under(index).onLine('organic', 'tea').rate)).toBe(true)
  })

  test('of many campaigns that never meet on one line', () => {
    const campaigns = Array.from({ length: 60 }, (_, index) => ({
      name: `c${index}`,
      when: { category: `category-${index}` },
      multiply: '1.1',
    }))
    const rules = compileRules(shop({ points: { earn: [base, ...campaigns] } }))
    expect(() => rules.in('GBP').earn.tryAll()).not.toThrow()
  })

  test('rates that have no exact common denominator are refused rather than wrong', () => {
    const rules = compileRules(
      shop({
        points: { earn: [{ ...base, per: '1000000007' }] },
        tiers: {
          levels: [
            { name: 'member', from: '0' },
            { name: 'silver', from: '1', multiply: '0.000001' },
          ],
        },
      }),
    )
    expect(() => rules.in('GBP').earn.tryAll()).toThrow(expect.objectContaining({ code: 'sum-too-large' }))
  })
})
