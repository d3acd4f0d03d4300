import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { programmeVersions } from '../programme/versions.ts'
import { bought, broughtBack, enrolled, foldAll, given, instant, shop, wroteReview } from '../testing/given.ts'
import { churnRiskFold, churnScore } from './churn-risk-fold.ts'

const first = '2025-01-01T12:00:00Z'
const daysAfter = (days: number) => new Date(instant(first) + days * 86_400_000).toISOString()
/** With even odds after 2 rhythms of 30 days: the score is 1/4 after 34.64 days and 0.6 after 73.48. */
const mediumAfter = 60 / Math.sqrt(3)
const highAfter = 60 * Math.sqrt(1.5)

describe('the risk is unknown', () => {
  test.each([
    ['who joined', enrolled(first)],
    ['who reviewed', wroteReview(first)],
    ['who brought back what nobody bought', broughtBack(first, 'r1', undefined, '5.00')],
  ])('of a member %s, however long ago', (_, event) => {
    const outcome = given(event).when(churnRiskFold, daysAfter(1_000))
    outcome.then({ band: 'unknown', since: instant(first) })
    expect(churnScore(outcome.state, instant(daysAfter(1_000)))).toBeNull()
  })
})

describe('the risk grows with silence', () => {
  const purchase = bought(first, 'o1', '10.00')
  test.each([
    [0, 'low', 0],
    [mediumAfter - 0.001, 'low', 0.25],
    [mediumAfter + 0.001, 'medium', 0.25],
    [60, 'medium', 0.5],
    [highAfter - 0.001, 'medium', 0.6],
    [highAfter + 0.001, 'high', 0.6],
    [3_000, 'high', 0.9996],
  ])('after %d days it is %s, at %d', (days, band, score) => {
    const outcome = given(purchase).when(churnRiskFold, daysAfter(days))
    outcome.then({ band })
    expect(churnScore(outcome.state, instant(daysAfter(days)))).toBeCloseTo(score, 3)
  })

  test('each band is dated from when it began', () => {
    const since = (days: number) => (given(purchase).when(churnRiskFold, daysAfter(days)).state.since as number) - instant(first)
    expect(since(10)).toBe(0)
    expect(since(50) / 86_400_000).toBeCloseTo(mediumAfter, 6)
    expect(since(100) / 86_400_000).toBeCloseTo(highAfter, 6)
  })

  test('the band begins at the first millisecond on which the score is there', () => {
    const versions = programmeVersions([shop()])
    const fold = churnRiskFold(versions)
    const state = foldAll(fold, versions, [purchase])
    const due = fold.nextDue(state) as number
    expect(churnScore(state, due)).toBeGreaterThanOrEqual(0.25)
    expect(churnScore(state, due - 1)).toBeLessThan(0.25)
    const medium = fold.advance(state, due)
    const next = fold.nextDue(medium) as number
    expect(churnScore(medium, next)).toBeGreaterThanOrEqual(0.6)
    expect(churnScore(medium, next - 1)).toBeLessThan(0.6)
    expect(fold.nextDue(fold.advance(medium, next))).toBeUndefined()
  })

  test('a purchase brings it back to low, and dates it', () => {
    given(purchase, bought(daysAfter(100), 'o2', '10.00'))
      .when(churnRiskFold)
      .then({ band: 'low', since: instant(daysAfter(100)) })
  })

  test('a purchase while it is low changes no date', () => {
    given(purchase, bought(daysAfter(10), 'o2', '10.00'))
      .when(churnRiskFold)
      .then({ band: 'low', since: instant(first) })
  })

  test('a review or a return does not lower it', () => {
    given(purchase, wroteReview(daysAfter(50)), broughtBack(daysAfter(51), 'r1', 'o1', '10.00'))
      .when(churnRiskFold)
      .then({ band: 'medium' })
  })

  test('the score is between 0 and 1, and never falls while the member is silent', () => {
    const { state } = given(purchase, bought(daysAfter(9), 'o2', '10.00')).when(churnRiskFold)
    fc.assert(
      fc.property(fc.nat(5_000), fc.nat(5_000), (days, more) => {
        const early = churnScore(state, instant(daysAfter(9 + days))) as number
        const late = churnScore(state, instant(daysAfter(9 + days + more))) as number
        expect(early).toBeGreaterThanOrEqual(0)
        expect(late).toBeLessThanOrEqual(1)
        expect(late).toBeGreaterThanOrEqual(early)
      }),
    )
  })
})
