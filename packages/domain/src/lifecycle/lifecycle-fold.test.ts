import { describe, expect, test } from '@jest/globals'
import { programmeVersions } from '../programme/versions.ts'
import { bought, broughtBack, enrolled, foldAll, given, instant, shop, wroteReview } from '../testing/given.ts'
import { lifecycleFold } from './lifecycle-fold.ts'

/** Every gap seen is 30 days, as the programme's prior is, so the rhythm stays 30 days. */
const monthly = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    bought(new Date(instant('2025-01-01') + index * 30 * 86_400_000).toISOString(), `o${index}`, '10.00'),
  )

const daysAfter = (day: string, days: number) => new Date(instant(day) + days * 86_400_000).toISOString()

describe('a member comes along', () => {
  test('as a prospect, from joining or reviewing, and stays one', () => {
    given(enrolled('2025-01-01'))
      .when(lifecycleFold, '2030-01-01')
      .then({ stage: 'prospect', since: instant('2025-01-01'), purchases: 0 })
    given(wroteReview('2025-01-01')).when(lifecycleFold).then({ stage: 'prospect' })
  })

  test('as new with the first purchase', () => {
    given(enrolled('2025-01-01'), bought('2025-01-05', 'o1', '10.00'))
      .when(lifecycleFold)
      .then({ stage: 'new', since: instant('2025-01-05'), purchases: 1, netSpend: 1_000, currency: 'GBP' })
  })

  test.each([
    [1, 'new'],
    [2, 'growing'],
    [4, 'growing'],
    [5, 'loyal'],
    [9, 'loyal'],
  ])('after %d shopping days: %s', (count, stage) => {
    given(...monthly(count))
      .when(lifecycleFold)
      .then({ stage, purchases: count })
  })

  test('two purchases on one day are one shopping day, as the programme’s time zone counts days', () => {
    given(bought('2025-07-01T10:00:00Z', 'o1', '10.00'), bought('2025-07-01T22:59:59Z', 'o2', '10.00'))
      .when(lifecycleFold)
      .then({ stage: 'new', purchases: 2 })
    given(bought('2025-07-01T10:00:00Z', 'o1', '10.00'), bought('2025-07-01T23:00:00Z', 'o2', '10.00'))
      .when(lifecycleFold)
      .then({ stage: 'growing' })
  })

  test('a stage is dated from when it was entered, not from the last purchase', () => {
    given(...monthly(8))
      .when(lifecycleFold)
      .then({ stage: 'loyal', since: instant(daysAfter('2025-01-01', 120)) })
  })

  test('a return lowers the spend and nothing else', () => {
    given(...monthly(2), broughtBack('2025-02-10', 'r1', 'o1', '10.00'))
      .when(lifecycleFold)
      .then({ stage: 'growing', purchases: 2, netSpend: 1_000 })
  })

  test('a return alone makes a prospect', () => {
    given(broughtBack('2025-01-01', 'r1', 'o1', '10.00'))
      .when(lifecycleFold)
      .then({ stage: 'prospect', netSpend: -1_000, currency: 'GBP' })
  })
})

describe('a member goes quiet, by the member’s own rhythm of 30 days', () => {
  const last = '2025-01-31T12:00:00Z'
  test.each([
    [0, 'growing', 0],
    [44.999, 'growing', 0],
    [45, 'at-risk', 45],
    [89.999, 'at-risk', 45],
    [90, 'lapsed', 90],
    [179.999, 'lapsed', 90],
    [180, 'lost', 180],
    [5_000, 'lost', 180],
  ])('%d days after the last purchase: %s, since day %d', (days, stage, since) => {
    given(...monthly(2))
      .when(lifecycleFold, daysAfter(last, days))
      .then({ stage, since: since === 0 ? instant(last) : instant(daysAfter(last, since)) })
  })

  test('the next of these is what is due', () => {
    const versions = programmeVersions([shop()])
    const fold = lifecycleFold(versions)
    const due = (at: string) => fold.nextDue(foldAll(fold, versions, monthly(2), instant(at)))
    expect(due(last)).toBe(instant(daysAfter(last, 45)))
    expect(due(daysAfter(last, 45))).toBe(instant(daysAfter(last, 90)))
    expect(due(daysAfter(last, 100))).toBe(instant(daysAfter(last, 180)))
    expect(due(daysAfter(last, 180))).toBeUndefined()
  })

  test('a review does not break the silence', () => {
    given(...monthly(2), wroteReview(daysAfter(last, 40)))
      .when(lifecycleFold, daysAfter(last, 46))
      .then({ stage: 'at-risk' })
  })

  test('who buys often is missed sooner', () => {
    const weekly = Array.from({ length: 30 }, (_, index) => bought(daysAfter('2025-01-01', index * 7), `w${index}`, '5.00'))
    given(...weekly)
      .when(lifecycleFold, daysAfter('2025-01-01', 29 * 7 + 16))
      .then({ stage: 'at-risk' })
  })
})

describe('a member comes back', () => {
  const last = '2025-01-31T12:00:00Z'
  const back = (days: number, id: string) => bought(daysAfter(last, days), id, '10.00')

  test('from at risk, as if nothing had been', () => {
    given(...monthly(2), back(60, 'b1'))
      .when(lifecycleFold)
      .then({ stage: 'growing', since: instant(daysAfter(last, 60)) })
  })

  test.each([100, 400])('after %d days, as won back', (days) => {
    given(...monthly(2), back(days, 'b1'))
      .when(lifecycleFold)
      .then({ stage: 'won-back', since: instant(daysAfter(last, days)) })
  })

  test('for two shopping days, and then as what the member has become', () => {
    const stages = [1, 2, 3].map(
      (count) =>
        given(...monthly(2), ...[100, 110, 120].slice(0, count).map((days) => back(days, `b${days}`))).when(lifecycleFold).state.stage,
    )
    expect(stages).toEqual(['won-back', 'won-back', 'loyal'])
  })

  test('a second purchase on the day of the return uses none of them up', () => {
    given(...monthly(2), back(100, 'b1'), back(100.1, 'b2'), back(110, 'b3'))
      .when(lifecycleFold)
      .then({ stage: 'won-back' })
  })

  test('and may be lost and won again', () => {
    given(...monthly(2), back(100, 'b1'), back(900, 'b2'), back(910, 'b3'))
      .when(lifecycleFold)
      .then({ stage: 'won-back', since: instant(daysAfter(last, 900)) })
  })
})
