import { describe, expect, test } from '@jest/globals'
import type { ChurnModelData } from '@perennial/contracts'
import type { ShoppingFacts } from '@perennial/domain'
import fc from 'fast-check'
import { runs } from '../../../test/support/property.ts'
import { compileChurnModel } from './compile-churn-model.ts'
import { fitChurnModel } from './fit-churn-model.ts'
import type { MemberSnapshot } from './snapshot.ts'
import { options, simulatedShop, snapshotsOf } from './testing/simulated-shop.ts'

const fitted: Pick<ChurnModelData, 'holdout' | 'fallbacks' | 'candidates' | 'dataHash'> & { members: number; repeatBuyers: number } = {
  members: 1_000,
  repeatBuyers: 500,
  dataHash: '',
  candidates: [],
  holdout: null,
  fallbacks: [],
}

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const positive = (max: number) => number(0.01, max)
const dropout = { r: positive(5), alpha: positive(500), a: positive(5), b: positive(20) }

/** Every model whose risk only grows with silence. */
const admissible: readonly { model: string; parameters: fc.Arbitrary<Record<string, number>> }[] = [
  { model: 'nbd', parameters: fc.record({ r: dropout.r, alpha: dropout.alpha }) },
  { model: 'bg-nbd', parameters: fc.record(dropout) },
  { model: 'mbg-nbd', parameters: fc.record(dropout) },
  { model: 'mbg-cnbd-k', parameters: fc.record({ k: fc.constant(1), ...dropout }) },
  { model: 'pareto-nbd', parameters: fc.record({ r: dropout.r, alpha: dropout.alpha, s: positive(5), beta: positive(500) }) },
]

const weight = number(0, 3)
const calibration = fc.record({
  intercept: number(-5, 5),
  weights: fc.record({
    model: weight,
    recency: weight,
    ownGap: weight,
    engagement: weight,
    frequency: number(-3, 3),
    tenure: number(-3, 3),
    netSpend: number(-3, 3),
    returnRate: number(-3, 3),
  }),
  means: fc.constant({}),
  gapDays: number(0.5, 365),
  netSpend: fc.constant({ GBP: 5_000 }),
})

const facts: fc.Arbitrary<ShoppingFacts> = fc
  .record({
    gaps: fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 30 }),
    gross: fc.nat(1_000_000),
    returned: fc.nat(1_200_000),
    currency: fc.constantFrom('GBP', 'JPY'),
  })
  .map(({ gaps, ...money }) => ({
    ...money,
    days: gaps.length + 1,
    firstDay: 100,
    lastDay: gaps.reduce((sum, gap) => sum + gap, 100),
    previousDay: 0,
    firstAt: 0,
    lastAt: 0,
    logGaps: gaps.reduce((sum, gap) => sum + Math.log(gap), 0),
    purchases: gaps.length + 1,
  }))

/** A silence, watched at several instants: what was engaged before fades by half in 30 days. */
const silence = fc.record({
  instants: fc.array(fc.oneof(number(0, 10), number(0, 400), number(0, 40_000)), { minLength: 2, maxLength: 12 }),
  engagementAtFirst: number(0, 50),
})

/** What rounding may move a chance by. */
const rounding = 1e-12

describe.each(admissible)('a chance by $model', ({ model, parameters }) => {
  test('is from 0 to 1, and never rises while a member is silent', () => {
    fc.assert(
      fc.property(
        facts,
        silence,
        parameters,
        fc.option(calibration),
        fc.constantFrom(7, 30, 90, 365),
        (member, { instants, engagementAtFirst }, given, layer, horizonDays) => {
          const { chanceOfPurchase } = compileChurnModel({
            ...fitted,
            asOf: '2025-01-01T00:00:00.000Z',
            basis: layer ? 'calibrated' : 'model',
            model,
            parameters: given,
            logLikelihood: 0,
            calibration: layer,
            horizonDays,
          })
          let before = 1
          for (const silent of instants.toSorted((a, b) => a - b)) {
            const chance = chanceOfPurchase(member, silent, engagementAtFirst * 2 ** (-silent / 30))
            expect(chance).toBeGreaterThanOrEqual(0)
            expect(chance).toBeLessThanOrEqual(before + rounding)
            before = chance
          }
        },
      ),
      runs(300),
    )
  })
})

describe('what was fitted, made ready', () => {
  const snapshots = snapshotsOf(simulatedShop({ spendTells: true, members: 1_000 }))
  const data = fitChurnModel(snapshots, options)
  const first = snapshots[0]?.members[0] as MemberSnapshot

  test('says what it is and from when on it counts', () => {
    const { asOf, basis, model, horizonDays } = compileChurnModel(data)
    expect({ asOf, basis, model, horizonDays }).toEqual({
      asOf: Date.parse(data.asOf),
      basis: 'calibrated',
      model: data.model,
      horizonDays: 90,
    })
  })

  test('says the same when it comes from the log', () => {
    const [fresh, stored] = [compileChurnModel(data), compileChurnModel(JSON.parse(JSON.stringify(data)))]
    for (const { facts, silenceDays } of snapshots[0]?.members.slice(0, 50) ?? []) {
      expect(stored.chanceOfPurchase(facts, silenceDays, 0.5)).toBe(fresh.chanceOfPurchase(facts, silenceDays, 0.5))
      expect(stored.contributions(facts, silenceDays, 0.5)).toEqual(fresh.contributions(facts, silenceDays, 0.5))
    }
  })

  test('a model alone has nothing to tell of what moves the chance', () => {
    const alone = compileChurnModel({ ...data, basis: 'model', calibration: null })
    const { facts, silenceDays } = first
    expect(alone.chanceOfPurchase(facts, silenceDays, 0)).toBeLessThan(alone.chanceOfPurchase(facts, silenceDays / 2, 0))
    expect(alone.contributions(facts, silenceDays, 0)).toEqual([])
  })

  test("by the member's own rhythm there is no model to ask", () => {
    const rhythm = compileChurnModel({ ...data, basis: 'own-rhythm', model: null, parameters: {}, calibration: null })
    expect(rhythm.model).toBeNull()
    expect(() => rhythm.chanceOfPurchase(first.facts, 1, 0)).toThrow('no model to ask')
  })

  test('a model of another name is refused', () => {
    expect(() => compileChurnModel({ ...data, model: 'toString' })).toThrow('toString')
  })
})
