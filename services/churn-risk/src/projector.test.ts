import { describe, expect, test } from '@jest/globals'
import { bought, given, joined } from '../../engine/src/testing/given.ts'
import { churnRiskProjector } from './projector.ts'

describe('a row of churn risk', () => {
  test('of a prospect has no score', async () => {
    const { rows } = await given(joined('ann', '2025-03-01')).when('churn-risk', '2025-03-02')
    expect(rows.ann).toEqual({
      memberId: 'ann',
      score: null,
      band: 'unknown',
      recencyDays: null,
      rhythmDays: null,
      asOf: '2025-03-02T12:00:00.000Z',
    })
  })

  test('of an active member: days since the last purchase, against the member’s own rhythm', async () => {
    const { rows } = await given(bought('ann', '2025-03-01', 'o1', '20.00')).when('churn-risk', '2025-03-13')
    // 12 days of a rhythm of 60: 0.2² / (0.2² + 2²)
    expect(rows.ann).toMatchObject({ score: 0.0099, band: 'low', recencyDays: 12, rhythmDays: 60 })
  })

  test('on the day of the purchase the risk is zero', async () => {
    const { rows } = await given(bought('ann', '2025-03-01', 'o1', '20.00')).when('churn-risk', '2025-03-01')
    expect(rows.ann).toMatchObject({ score: 0, band: 'low', recencyDays: 0 })
  })

  test('of a purchase that the till’s clock put into the future, from that instant on', async () => {
    const tomorrow = given(bought('ann', '2025-03-02', 'o1', '20.00'))
    expect((await tomorrow.when('churn-risk', '2025-03-01')).rows).toEqual({})
    const { rows } = await tomorrow.when('churn-risk', '2025-03-01', '2025-03-02')
    expect(rows.ann).toMatchObject({ score: 0, band: 'low', recencyDays: 0 })
  })

  test('of a member who went quiet', async () => {
    const { rows } = await given(bought('ann', '2020-03-01', 'o1', '20.00')).when('churn-risk', '2025-03-01')
    expect(rows.ann).toMatchObject({ band: 'high' })
    expect(Number((rows.ann as Record<string, unknown>).score)).toBeGreaterThan(0.9)
  })
})

describe('announcements of churn risk', () => {
  test('tell every band that is seen, with when it began', async () => {
    const { announced } = await given(bought('ann', '2025-01-01', 'o1', '20.00')).when(
      'churn-risk',
      '2025-01-02',
      '2025-04-01',
      '2025-08-01',
    )
    expect(announced.map(({ type }) => type)).toEqual(Array(3).fill('perennial.churn-risk.changed.v1'))
    expect(announced.map(({ data }) => data)).toMatchObject([
      { before: null, after: 'low', since: '2025-01-01T12:00:00.000Z' },
      { before: 'low', after: 'medium', since: expect.stringMatching(/^2025-03-11/) },
      { before: 'medium', after: 'high', since: expect.stringMatching(/^2025-05-28/) },
    ])
  })

  test('say nothing where the band stays', () => {
    const shown = { band: 'low', since: '2025-01-01T00:00:00.000Z' }
    expect(churnRiskProjector.transitions(shown, { ...shown, since: '2025-01-02T00:00:00.000Z' })).toEqual([])
  })
})
