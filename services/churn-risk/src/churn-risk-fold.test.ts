import { describe, expect, test } from '@jest/globals'
import { dayMs, type Fold, learnt, nothingLearnt, type ProgrammeVersions, programmeVersions } from '@perennial/domain'
import fc from 'fast-check'
import { histories, keepsTheLawsOfFolds } from '../../../packages/domain/src/testing/fold-laws.ts'
import { bought, broughtBack, enrolled, foldAll, given, instant, shop, wroteReview } from '../../../packages/domain/src/testing/given.ts'
import { type ChurnRiskState, churnRiskFold, rhythmDaysOf } from './churn-risk-fold.ts'
import { riskAt } from './risk.ts'
import { riskRules } from './risk-rules.ts'
import { restore, save } from './saved-churn-risk.ts'
import { fakeModel } from './testing/fake-models.ts'

const first = '2025-01-01'
/** So many days after the first purchase of these stories. */
const day = (days: number) => new Date(instant(first) + days * dayMs).toISOString()
const daysAfter = (at: number | null) => ((at ?? Number.NaN) - instant(first)) / dayMs
const purchase = bought(day(0), 'o1', '10.00')

/** The rhythm of a single purchase is the prior of 30 days: even after 60 days of silence. */
const plain = programmeVersions([shop()])
const withModels = (...models: ReturnType<typeof fakeModel>[]) => ({ churn: learnt(models) })
const versionsWith = (...models: ReturnType<typeof fakeModel>[]) =>
  programmeVersions([shop()], { ...nothingLearnt, ...withModels(...models) })

function riskIn(state: ChurnRiskState, at: number, versions: ProgrammeVersions): number {
  const { shopping, engagement } = state
  return riskAt({ facts: shopping.facts, engagement, rhythmDays: rhythmDaysOf(state, versions) }, at, riskRules(versions)(at))
}
const bandAt = (fold: Fold<ChurnRiskState>, state: ChurnRiskState, at: number) => fold.advance(structuredClone(state), at).band

describe('the risk is unknown', () => {
  test.each([
    ['who joined', enrolled(first)],
    ['who reviewed', wroteReview(first)],
    ['who brought back what nobody bought', broughtBack(first, 'r1', undefined, '5.00')],
  ])('of a member %s, however long ago', (_, event) => {
    given(event)
      .when(churnRiskFold, day(1_000))
      .then({ band: 'unknown', since: instant(first) })
    expect(churnRiskFold(plain).nextDue(given(event).when(churnRiskFold).state)).toBeUndefined()
  })

  test('again of a member who brought back everything, from that instant on', () => {
    given(purchase, broughtBack(day(5), 'r1', 'o1', '10.00'))
      .when(churnRiskFold, day(1_000))
      .then({ band: 'unknown', since: instant(day(5)) })
  })
})

describe('by the member’s own rhythm, where no model was fitted', () => {
  // Even after 2 rhythms of 30 days, and 1 − e⁻³ of those who are still there buy within 90 days.
  const riskAfter = (days: number) => 1 - (4 / ((days / 30) ** 2 + 4)) * (1 - Math.exp(-3))
  /** The days of silence at which that is reached. */
  const silenceFor = (risk: number) => 30 * Math.sqrt((4 * (1 - Math.exp(-3))) / (1 - risk) - 4)

  test.each([
    [0, 'low', 0.0498],
    [silenceFor(0.25) - 0.001, 'low', 0.25],
    [silenceFor(0.25) + 0.001, 'medium', 0.25],
    [60, 'medium', 0.5249],
    [silenceFor(0.6) + 0.001, 'high', 0.6],
    [silenceFor(0.8) - 0.001, 'high', 0.8],
    [silenceFor(0.8) + 0.001, 'critical', 0.8],
    [3_000, 'critical', 0.9996],
  ])('after %d days it is %s, at %d', (days, band, risk) => {
    const outcome = given(purchase).when(churnRiskFold, day(days))
    outcome.then({ band })
    expect(riskIn(outcome.state, instant(day(days)), plain)).toBeCloseTo(risk, 4)
    expect(riskIn(outcome.state, instant(day(days)), plain)).toBeCloseTo(riskAfter(days), 6)
  })

  test('each band is dated from when it began', () => {
    const since = (days: number) => daysAfter(given(purchase).when(churnRiskFold, day(days)).state.since)
    expect(since(10)).toBe(0)
    expect(since(50)).toBeCloseTo(silenceFor(0.25), 6)
    expect(since(80)).toBeCloseTo(silenceFor(0.6), 6)
    expect(since(1_000)).toBeCloseTo(silenceFor(0.8), 6)
  })

  test('a band begins at the first millisecond on which the risk is there', () => {
    const fold = churnRiskFold(plain)
    let state = foldAll(fold, plain, [purchase])
    for (const level of [0.25, 0.6, 0.8]) {
      const due = fold.nextDue(state) as number
      expect(riskIn(state, due, plain)).toBeGreaterThanOrEqual(level)
      expect(riskIn(state, due - 1, plain)).toBeLessThan(level)
      expect(fold.advance(structuredClone(state), due - 1).band).toBe(state.band)
      state = fold.advance(state, due)
      expect(state.since).toBe(due)
    }
    expect(state.band).toBe('critical')
    expect(fold.nextDue(state)).toBeUndefined()
  })

  test('a long rhythm is a risk from the first day on', () => {
    given(purchase)
      .under(shop({ lifecycle: { rhythm: { prior: 'P180D' } } }))
      .when(churnRiskFold)
      .then({ band: 'high', since: instant(first) })
  })

  test('by a model that says so too, with the horizon of the programme', () => {
    const outcome = given(purchase)
      .havingLearnt(withModels(fakeModel('2024-01-01', 1, { basis: 'own-rhythm', model: null, horizonDays: 7 })))
      .when(churnRiskFold, day(60))
    expect(riskIn(outcome.state, instant(day(60)), versionsWith())).toBeCloseTo(0.5249, 4)
    outcome.then({ band: 'medium' })
    expect(daysAfter(outcome.state.since)).toBeCloseTo(silenceFor(0.25), 6)
  })

  test('it is between 0 and 1, and never falls while the member is silent', () => {
    const { state } = given(purchase, bought(day(9), 'o2', '10.00')).when(churnRiskFold)
    fc.assert(
      fc.property(fc.nat(5_000), fc.nat(5_000), (days, more) => {
        const early = riskIn(state, instant(day(9 + days)), plain)
        const late = riskIn(state, instant(day(9 + days + more)), plain)
        expect(early).toBeGreaterThanOrEqual(0)
        expect(late).toBeLessThanOrEqual(1)
        expect(late).toBeGreaterThanOrEqual(early)
      }),
    )
  })
})

describe('what happens to the member', () => {
  test('a purchase brings the risk down, and dates the band', () => {
    given(purchase, bought(day(100), 'o2', '10.00'))
      .when(churnRiskFold)
      .then({ band: 'low', since: instant(day(100)) })
  })

  test('a purchase while the risk is low changes no date', () => {
    given(purchase, bought(day(10), 'o2', '10.00'))
      .when(churnRiskFold)
      .then({ band: 'low', since: instant(first) })
  })

  test('a return in part does not lower it by the own rhythm, nor does a review', () => {
    const before = given(purchase).when(churnRiskFold, day(60)).state
    given(purchase, wroteReview(day(50)), broughtBack(day(51), 'r1', 'o1', '5.00'))
      .when(churnRiskFold, day(60))
      .then({ band: 'medium', since: before.since })
  })

  test('a return of the last day brings back the silence before it, at its instant', () => {
    given(purchase, bought(day(100), 'o2', '10.00'), broughtBack(day(105), 'r1', 'o2', '10.00'))
      .when(churnRiskFold)
      .then({ band: 'high', since: instant(day(105)) })
  })

  test('what says nothing about shopping changes nothing', () => {
    const silent = given(purchase).when(churnRiskFold, day(60)).state
    const joined = given(purchase, enrolled(day(40))).when(churnRiskFold, day(60)).state
    expect(joined).toEqual(silent)
  })
})

describe('by a churn model', () => {
  // With odds of 10, a member of one day is at even odds after 9 days, and at 0.25 after 10 / 3 − 1.
  const model = fakeModel('2024-01-01', 10)

  test('who bought once has a risk too', () => {
    const { state } = given(purchase).havingLearnt(withModels(model)).when(churnRiskFold, day(9))
    expect(state.band).toBe('medium')
    expect(riskIn(state, instant(day(9)), versionsWith(model))).toBeCloseTo(0.5, 12)
    expect(daysAfter(state.since)).toBeCloseTo(10 / 3 - 1, 6)
  })

  test('who bought more often, a lower one', () => {
    const { state } = given(bought(day(-1), 'o0', '10.00'), purchase)
      .havingLearnt(withModels(model))
      .when(churnRiskFold, day(9))
    expect(riskIn(state, instant(day(9)), versionsWith(model))).toBeCloseTo(1 / 3, 12)
  })

  test('engagement lowers it, and fades', () => {
    const versions = versionsWith(model)
    const risk = (days: number) =>
      riskIn(
        given(purchase, wroteReview(day(9)))
          .havingLearnt(withModels(model))
          .when(churnRiskFold, day(days)).state,
        instant(day(days)),
        versions,
      )
    expect(risk(8.999)).toBeCloseTo(0.5, 4)
    expect(risk(9)).toBeCloseTo(1 / 3, 6)
    expect(risk(39)).toBeCloseTo(40 / (40 + 15), 6)
    // Enough of it changes the band, at its instant.
    const reviews = Array.from({ length: 3 }, (_, index) => wroteReview(day(9 + index / 24)))
    const engaged = given(purchase, ...reviews)
      .havingLearnt(withModels(model))
      .when(churnRiskFold)
    engaged.then({ band: 'low', since: instant(day(9 + 2 / 24)) })
    expect(bandAt(churnRiskFold(versions), engaged.state, instant(day(12)))).toBe('medium')
  })

  test('a new one changes the band at the instant as of which it was fitted', () => {
    const models = [model, fakeModel(day(5), 1), fakeModel(day(20), 1_000)]
    const seen = (days: number) => {
      const { band, since } = given(purchase)
        .havingLearnt(withModels(...models))
        .when(churnRiskFold, day(days)).state
      return `${band} since ${Math.round(daysAfter(since) * 1e3) / 1e3}`
    }
    expect(seen(5 - 1e-6)).toBe('medium since 2.333')
    expect(seen(5)).toBe('critical since 5')
    expect(seen(20 - 1e-6)).toBe('critical since 5')
    expect(seen(20)).toBe('low since 20')
    expect(seen(400)).toBe('medium since 332.333')
    const fold = churnRiskFold(versionsWith(...models))
    const dueAfter = (days: number) =>
      daysAfter(fold.nextDue(foldAll(fold, versionsWith(...models), [purchase], instant(day(days)))) as number)
    expect(dueAfter(1)).toBeCloseTo(2.333, 3)
    expect(dueAfter(3)).toBe(5)
    expect(dueAfter(6)).toBe(20)
  })

  test('one that finds the band as it was changes no date', () => {
    given(purchase)
      .havingLearnt(withModels(model, fakeModel(day(1), 11)))
      .when(churnRiskFold, day(2))
      .then({ band: 'low', since: instant(first) })
  })

  test('other thresholds change the band on the day of the new version', () => {
    const stricter = shop({ version: 2, effectiveFrom: '2025-01-03', churnRisk: { mediumFrom: 0.1 } })
    given(purchase)
      .under(shop(), stricter)
      .havingLearnt(withModels(model))
      .when(churnRiskFold, day(2))
      .then({ band: 'medium', since: Date.parse('2025-01-03T00:00:00Z') })
  })
})

test('a model whose risk never gets to the next band is never due', () => {
  const careless = fakeModel('2024-01-01', 1, { chanceOfPurchase: () => 0.9 })
  const versions = versionsWith(careless)
  const fold = churnRiskFold(versions)
  expect(fold.nextDue(foldAll(fold, versions, [purchase]))).toBeUndefined()
})

const programmes = [
  shop({ churnRisk: { evenAt: 1.5 } }),
  shop({ version: 2, effectiveFrom: '2024-07-01', churnRisk: { mediumFrom: 0.2, highFrom: 0.5, horizon: 'P30D' } }),
  shop({ version: 3, effectiveFrom: '2025-12-01', churnRisk: { criticalFrom: 0.95 } }),
]
const models = fc.array(fc.record({ day: fc.nat(1_200), odds: fc.double({ min: 0.1, max: 1e4, noNaN: true }), own: fc.boolean() }), {
  maxLength: 5,
})

const textOf = (state: ChurnRiskState) => JSON.stringify(save(state))

test('whenever somebody looks, a state is the same to the byte, under any models through time', () => {
  fc.assert(
    fc.property(histories, models, fc.array(fc.nat(1_400 * 24), { maxLength: 8 }), (history, fitted, looks) => {
      const learntModels = fitted.map(({ day: days, odds, own }) =>
        fakeModel(new Date(instant('2024-01-30') + days * dayMs).toISOString(), odds, own ? { basis: 'own-rhythm', model: null } : {}),
      )
      const versions = programmeVersions(programmes, { ...nothingLearnt, churn: learnt(learntModels) })
      const fold = churnRiskFold(versions)
      const last = Math.max(...history.map(({ occurredAt }) => occurredAt))
      const end = last + 1_400 * dayMs
      const onceLookedAt = textOf(foldAll(fold, versions, history, end))

      let state = foldAll(fold, versions, history)
      for (const hours of looks.toSorted((a, b) => a - b)) state = fold.advance(state, last + hours * 3_600_000)
      expect(textOf(fold.advance(state, end))).toBe(onceLookedAt)

      // From one due instant to the next: at none of them it is too late, and in between nothing happens.
      state = foldAll(fold, versions, history)
      for (let due = fold.nextDue(state); due !== undefined && due <= end; due = fold.nextDue(state)) {
        const { band, since } = state
        state = fold.advance(state, due - 1)
        expect(state).toMatchObject({ band, since })
        state = fold.advance(state, due)
      }
      expect(textOf(fold.advance(state, end))).toBe(onceLookedAt)
    }),
  )
})

keepsTheLawsOfFolds('churn risk', {
  fold: churnRiskFold,
  versions: programmeVersions(programmes, {
    ...nothingLearnt,
    churn: learnt([fakeModel('2024-06-01', 30), fakeModel('2025-01-01', 400)]),
    rhythm: learnt([{ asOf: instant('2024-06-01'), gapDays: 17.3 }]),
  }),
  named: ({ band }) => band,
  save,
  restore,
})
