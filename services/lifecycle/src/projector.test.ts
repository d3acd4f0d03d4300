import { describe, expect, test } from '@jest/globals'
import { bought, broughtBack, given, joined, reviewed } from '../../engine/src/testing/given.ts'
import { lifecycleProjector } from './projector.ts'

describe('a row of the lifecycle', () => {
  test('of a prospect', async () => {
    const { rows } = await given(joined('ann', '2025-03-01'), reviewed('ann', '2025-03-02')).when('lifecycle', '2025-03-03')
    expect(rows.ann).toEqual({
      memberId: 'ann',
      stage: 'prospect',
      since: '2025-03-01T12:00:00.000Z',
      purchases: 0,
      firstPurchaseAt: null,
      lastPurchaseAt: null,
      netSpend: '0.00',
      currency: null,
      asOf: '2025-03-03T12:00:00.000Z',
    })
  })

  test('of an active member', async () => {
    const { rows } = await given(
      bought('ann', '2025-01-01', 'o1', '20.00'),
      bought('ann', '2025-02-01', 'o2', '5.50'),
      broughtBack('ann', '2025-02-02', 'r1', 'o2', '5.50'),
    ).when('lifecycle', '2025-02-03')
    expect(rows.ann).toMatchObject({
      stage: 'growing',
      since: '2025-02-01T12:00:00.000Z',
      purchases: 2,
      firstPurchaseAt: '2025-01-01T12:00:00.000Z',
      lastPurchaseAt: '2025-02-01T12:00:00.000Z',
      netSpend: '20.00',
      currency: 'GBP',
    })
  })

  test('of a member who went quiet', async () => {
    const { rows } = await given(bought('ann', '2020-01-01', 'o1', '20.00')).when('lifecycle', '2025-02-03')
    expect(rows.ann).toMatchObject({ stage: 'lost', purchases: 1 })
  })
})

describe('announcements of the lifecycle', () => {
  test('tell every stage that is seen, in a chain without a gap', async () => {
    const { announced } = await given(joined('ann', '2025-01-01')).when('lifecycle', '2025-01-02')
    expect(announced).toMatchObject([{ type: 'perennial.lifecycle.changed.v1', data: { before: null, after: 'prospect' } }])

    const chain = await given(bought('ann', '2025-01-01', 'o1', '20.00')).when(
      'lifecycle',
      '2025-01-02',
      '2025-04-02',
      '2025-07-01',
      '2025-12-28',
      '2026-06-01',
    )
    expect(chain.announced.map(({ data }) => data)).toMatchObject([
      { before: null, after: 'new', since: '2025-01-01T12:00:00.000Z' },
      { before: 'new', after: 'at-risk', since: '2025-04-01T12:00:00.000Z' },
      { before: 'at-risk', after: 'lapsed', since: '2025-06-30T12:00:00.000Z' },
      { before: 'lapsed', after: 'lost', since: '2025-12-27T12:00:00.000Z' },
    ])
  })

  test('say nothing where the stage stays', () => {
    const shown = { stage: 'loyal', since: '2025-01-01T00:00:00.000Z' }
    expect(lifecycleProjector.transitions(shown, shown)).toEqual([])
  })
})
