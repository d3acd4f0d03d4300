import { describe, expect, test } from '@jest/globals'
import { dayMs, learnt, type MemberEvent, nothingLearnt, programmeVersions } from '@perennial/domain'
import { bought, broughtBack, did, foldAll, instant, shop } from '../../../packages/domain/src/testing/given.ts'
import { churnRiskFold, rhythmDaysOf } from './churn-risk-fold.ts'
import { drivers } from './drivers.ts'
import { riskRules } from './risk-rules.ts'
import { fakeModel } from './testing/fake-models.ts'

const first = '2025-01-01'
const day = (days: number) => new Date(instant(first) + days * dayMs).toISOString()
const often = [0, 30, 60, 90, 420].map((days) => bought(day(days), `o${days}`, '10.00'))

function told(events: MemberEvent[], days: number, model = fakeModel('2024-01-01', 1)): string[] {
  const versions = programmeVersions([shop()], { ...nothingLearnt, churn: learnt([model]) })
  const state = foldAll(churnRiskFold(versions), versions, events)
  const { shopping, engagement } = state
  const member = { facts: shopping.facts, engagement, rhythmDays: rhythmDaysOf(state, versions) }
  return drivers(member, instant(day(days)), riskRules(versions)(instant(day(days))))
}

describe('why a risk is what it is', () => {
  test('how often, how silent', () => {
    expect(told([bought(day(0), 'o1', '10.00')], 4.9)).toEqual(['bought once, silent for 5 days'])
  })

  test('and for long, of who bought again', () => {
    expect(told(often, 500)).toEqual(['bought on 5 days in 14 months, silent for 80 days; usual would be every 80 days'])
  })

  test('what was brought back', () => {
    expect(told([...often, broughtBack(day(430), 'r1', 'o30', '3.00')], 440).slice(1)).toEqual(['brought back 6 % of the spend'])
    expect(told([...often, broughtBack(day(430), 'r1', 'o30', '0.02')], 440).slice(1)).toEqual(['brought back less than 1 % of the spend'])
    expect(told([...often, broughtBack(day(430), 'r1', undefined, '400.00')], 440).slice(1)).toEqual(['brought back 100 % of the spend'])
  })

  test('what else the member did lately, the most of it first', () => {
    const done = [did(day(300), 'game'), did(day(410), 'review'), did(day(419), 'visit'), did(day(419.1), 'visit')]
    expect(told([...often, ...done], 425).slice(1)).toEqual(['lately: visit, review'])
    expect(told([...often, ...done], 600)).toHaveLength(1)
  })

  test('the weightiest first, as a calibrated model weighs them', () => {
    const weighed = (weights: Record<string, number>) =>
      told(
        [...often, broughtBack(day(420.1), 'r1', 'o30', '3.00'), did(day(420.2), 'review')],
        425,
        fakeModel('2024-01-01', 1, {
          contributions: () => Object.entries(weights).map(([feature, weight]) => ({ feature, weight })),
        }),
      ).map((sentence) => sentence.split(' ')[0])
    expect(weighed({ model: 1, engagement: 0.5, returnRate: -0.7 })).toEqual(['bought', 'brought', 'lately:'])
    expect(weighed({ engagement: 0.5, returnRate: -0.1 })).toEqual(['lately:', 'brought', 'bought'])
    expect(weighed({ recency: -2, ownGap: 1.9, returnRate: 0.2 })).toEqual(['brought', 'bought', 'lately:'])
    expect(weighed({})).toEqual(['bought', 'brought', 'lately:'])
  })
})
