import { describe, expect, test } from '@jest/globals'
import { learnt, nothingLearnt, programmeVersions } from '@perennial/domain'
import { instant, shop } from '../../../packages/domain/src/testing/given.ts'
import { bandOf } from './risk.ts'
import { riskRules } from './risk-rules.ts'
import { fakeModel } from './testing/fake-models.ts'

describe('what judges a risk at an instant', () => {
  const models = [
    fakeModel('2025-03-01', 1),
    fakeModel('2025-04-01', 1, { basis: 'model', model: 'bg-nbd', horizonDays: 30 }),
    fakeModel('2025-05-01', 1, { basis: 'own-rhythm', model: null, horizonDays: 7 }),
  ]
  const programmes = [shop(), shop({ version: 2, effectiveFrom: '2025-03-15', churnRisk: { horizon: 'P1M', mediumFrom: 0.3 } })]
  const rulesAt = riskRules(programmeVersions(programmes, { ...nothingLearnt, churn: learnt(models) }))

  test.each([
    ['1990-01-01', 'own-rhythm', undefined, 90, 0.25],
    ['2025-02-28', 'own-rhythm', undefined, 90, 0.25],
    ['2025-03-01T11:59:59.999Z', 'own-rhythm', undefined, 90, 0.25],
    ['2025-03-01', 'calibrated', 'mbg-nbd', 60, 0.25],
    ['2025-03-15T00:00:00Z', 'calibrated', 'mbg-nbd', 60, 0.3],
    ['2025-04-01', 'model', 'bg-nbd', 30, 0.3],
    ['2025-05-01', 'own-rhythm', undefined, 30, 0.3],
    ['2035-05-01', 'own-rhythm', undefined, 30, 0.3],
  ])('at %s: %s, model %s, %d days, medium from %d', (at, basis, model, horizonDays, mediumFrom) => {
    const rules = rulesAt(instant(at))
    expect(rules).toMatchObject({ basis, horizonDays })
    expect(rules.model?.model).toBe(model)
    expect(rules.bandsFrom[0]).toBe(mediumFrom)
  })

  test('stays until the next of them', () => {
    expect(rulesAt(instant('2025-03-02')).until).toBe(Date.parse('2025-03-15T00:00:00Z'))
    expect(rulesAt(instant('2025-03-20'))).toMatchObject({ from: Date.parse('2025-03-15T00:00:00Z'), until: instant('2025-04-01') })
    expect(rulesAt(instant('2025-06-01')).until).toBe(Number.POSITIVE_INFINITY)
  })

  test('bands begin at their thresholds; critical, where the programme does not say, halfway from high to 1', () => {
    const rules = rulesAt(instant('2025-02-01'))
    expect([0, 0.2499, 0.25, 0.5999, 0.6, 0.7999, 0.8, 1].map((risk) => bandOf(risk, rules))).toEqual([
      'low',
      'low',
      'medium',
      'medium',
      'high',
      'high',
      'critical',
      'critical',
    ])
  })
})
