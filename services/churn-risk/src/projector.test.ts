import { describe, expect, test } from '@jest/globals'
import { bought, broughtBack, given, joined } from '../../engine/src/testing/given.ts'
import { churnRiskProjector } from './projector.ts'

describe('a row of churn risk', () => {
  test('of a prospect has no score', async () => {
    const { rows } = await given(joined('ann', '2025-03-01')).when('churn-risk', '2025-03-02')
    expect(rows.ann).toEqual({
      memberId: 'ann',
      score: null,
      band: 'unknown',
      since: '2025-03-01T12:00:00.000Z',
      horizonDays: null,
      basis: null,
      model: null,
      modelAsOf: null,
      recencyDays: null,
      rhythmDays: null,
      shoppingDays: 0,
      drivers: ['has not bought yet'],
      asOf: '2025-03-02T12:00:00.000Z',
    })
  })

  test('of an active member: the chance that nothing is bought within the horizon, by the member’s own rhythm', async () => {
    const { rows } = await given(bought('ann', '2025-03-01', 'o1', '20.00')).when('churn-risk', '2025-03-13')
    // 12 days of a rhythm of 60: 1 − 2² / (0.2² + 2²) × (1 − e^(−90 / 60))
    expect(rows.ann).toEqual({
      memberId: 'ann',
      score: 0.2308,
      band: 'low',
      since: '2025-03-01T12:00:00.000Z',
      horizonDays: 90,
      basis: 'own-rhythm',
      model: null,
      modelAsOf: null,
      recencyDays: 12,
      rhythmDays: 60,
      shoppingDays: 1,
      drivers: ['bought once, silent for 12 days'],
      asOf: '2025-03-13T12:00:00.000Z',
    })
  })

  test('of a purchase that the till’s clock put into the future, from that instant on', async () => {
    const tomorrow = given(bought('ann', '2025-03-02', 'o1', '20.00'))
    expect((await tomorrow.when('churn-risk', '2025-03-01')).rows).toEqual({})
    const { rows } = await tomorrow.when('churn-risk', '2025-03-01', '2025-03-02')
    expect(rows.ann).toMatchObject({ score: 0.2231, band: 'low', recencyDays: 0 })
  })

  test('of a member who went quiet', async () => {
    const { rows } = await given(bought('ann', '2020-03-01', 'o1', '20.00')).when('churn-risk', '2025-03-01')
    expect(rows.ann).toMatchObject({ band: 'critical' })
    expect(Number((rows.ann as Record<string, unknown>).score)).toBeGreaterThan(0.95)
  })

  test('of a member who brought everything back is as unknown as before', async () => {
    const { rows } = await given(bought('ann', '2025-03-01', 'o1', '20.00'), broughtBack('ann', '2025-03-05', 'r1', 'o1', '20.00')).when(
      'churn-risk',
      '2025-03-13',
    )
    expect(rows.ann).toMatchObject({
      score: null,
      band: 'unknown',
      since: '2025-03-05T12:00:00.000Z',
      shoppingDays: 0,
      drivers: ['brought back everything'],
    })
  })
})

describe('announcements of churn risk', () => {
  test('tell every band that is seen, with when it began', async () => {
    const { announced } = await given(bought('ann', '2025-01-01', 'o1', '20.00')).when(
      'churn-risk',
      '2025-01-02',
      '2025-02-15',
      '2025-06-01',
      '2026-06-01',
    )
    expect(announced.map(({ type }) => type)).toEqual(Array(4).fill('perennial.churn-risk.changed.v1'))
    // After 60 × √(4 × (1 − e^−1.5) ÷ (1 − risk) − 4) days: 22.7, 116.5 and 203.8.
    expect(announced.map(({ data }) => data)).toMatchObject([
      { before: null, after: 'low', since: '2025-01-01T12:00:00.000Z', basis: 'own-rhythm' },
      { before: 'low', after: 'medium', since: expect.stringMatching(/^2025-01-24T05/) },
      { before: 'medium', after: 'high', since: expect.stringMatching(/^2025-04-27T23/) },
      { before: 'high', after: 'critical', since: expect.stringMatching(/^2025-07-24T07/) },
    ])
  })

  test('say nothing where the band stays, whatever it goes by', () => {
    const shown = { band: 'low', since: '2025-01-01T00:00:00.000Z', basis: 'own-rhythm' }
    expect(churnRiskProjector.transitions(shown, { ...shown, since: '2025-01-02T00:00:00.000Z', basis: 'model' })).toEqual([])
  })

  test('tell nothing of a member of whom nothing is known to go by', () => {
    const shown = { band: 'unknown', since: '2025-01-01T00:00:00.000Z', basis: null }
    expect(churnRiskProjector.transitions(undefined, shown)).toMatchObject([{ data: { before: null, after: 'unknown', basis: null } }])
  })
})
