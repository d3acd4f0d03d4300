import { describe, expect, test } from '@jest/globals'
import { bought, broughtBack, given, joined, reviewed } from '../../engine/src/testing/given.ts'

describe('a row of the lifecycle', () => {
  test('of a prospect', async () => {
    const { rows } = await given(joined('ann', '2025-03-01'), reviewed('ann', '2025-03-02')).when('lifecycle', '2025-03-03')
    expect(rows.ann).toEqual({
      memberId: 'ann',
      stage: 'prospect',
      since: '2025-03-01T12:00:00.000Z',
      reason: 'joined',
      because: 'has not bought yet',
      action: null,
      shoppingDays: 0,
      rhythmDays: null,
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
      broughtBack('ann', '2025-02-02', 'r1', 'o2', '1.50'),
    ).when('lifecycle', '2025-02-03')
    expect(rows.ann).toMatchObject({
      stage: 'growing',
      since: '2025-02-01T12:00:00.000Z',
      reason: 'purchase',
      because: 'bought on 2 days',
      shoppingDays: 2,
      rhythmDays: 50.33,
      purchases: 2,
      firstPurchaseAt: '2025-01-01T12:00:00.000Z',
      lastPurchaseAt: '2025-02-01T12:00:00.000Z',
      netSpend: '24.00',
      currency: 'GBP',
    })
  })

  test('of a member who brought the last order back: purchases are what was bought, the last one is that of the days left', async () => {
    const { rows } = await given(
      bought('ann', '2025-01-01', 'o1', '20.00'),
      bought('ann', '2025-02-01', 'o2', '5.50'),
      broughtBack('ann', '2025-02-02', 'r1', 'o2', '5.50'),
    ).when('lifecycle', '2025-02-03')
    expect(rows.ann).toMatchObject({
      stage: 'growing',
      shoppingDays: 1,
      purchases: 2,
      lastPurchaseAt: '2025-01-01T12:00:00.000Z',
      netSpend: '20.00',
    })
  })

  test('of a member who went quiet', async () => {
    const { rows } = await given(bought('ann', '2020-01-01', 'o1', '20.00')).when('lifecycle', '2025-02-03')
    expect(rows.ann).toMatchObject({
      stage: 'lost',
      reason: 'silence',
      because: 'bought once, silent for 360 days; usual would be every 60 days',
      purchases: 1,
    })
  })
})

describe('announcements of the lifecycle', () => {
  test('tell of a new member where the member is', async () => {
    const { announced } = await given(joined('ann', '2025-01-01')).when('lifecycle', '2025-01-02')
    expect(announced).toMatchObject([
      { type: 'perennial.lifecycle.changed.v1', data: { before: null, after: 'prospect', reason: 'joined' } },
    ])
  })

  test('tell every stage that is seen, in a chain without a gap', async () => {
    const chain = await given(bought('ann', '2025-01-01', 'o1', '20.00')).when(
      'lifecycle',
      '2025-01-02',
      '2025-04-02',
      '2025-07-01',
      '2025-12-28',
      '2026-06-01',
    )
    expect(chain.announced.map(({ data }) => data)).toMatchObject([
      { before: null, after: 'new', since: '2025-01-01T12:00:00.000Z', reason: 'purchase', because: 'bought on 1 day', action: 'welcome' },
      { before: 'new', after: 'at-risk', since: '2025-04-01T12:00:00.000Z', reason: 'silence' },
      { before: 'at-risk', after: 'lapsed', since: '2025-06-30T12:00:00.000Z' },
      { before: 'lapsed', after: 'lost', since: '2025-12-27T12:00:00.000Z' },
    ])
  })

  test('tell also what came and went while nobody looked', async () => {
    const { announced } = await given(bought('ann', '2025-01-01', 'o1', '20.00')).when('lifecycle', '2025-01-02', '2026-06-01')
    expect(announced.map(({ data }) => data)).toMatchObject([
      { before: null, after: 'new' },
      { before: 'new', after: 'at-risk', since: '2025-04-01T12:00:00.000Z' },
      { before: 'at-risk', after: 'lapsed', since: '2025-06-30T12:00:00.000Z' },
      { before: 'lapsed', after: 'lost', since: '2025-12-27T12:00:00.000Z' },
    ])
  })
})
