import { describe, expect, test } from '@jest/globals'
import { bought, broughtBack, given, joined } from '../../engine/src/testing/given.ts'
import { tierProjector } from './projector.ts'

describe('a row of tier status', () => {
  test('of a prospect', async () => {
    const { rows } = await given(joined('ann', '2025-03-01')).when('tier', '2025-03-02')
    expect(rows.ann).toEqual({
      memberId: 'ann',
      tier: 'member',
      since: '2025-03-01T12:00:00.000Z',
      qualifyingSpend: '0.00',
      lifetimeSpend: '0.00',
      currency: null,
      nextTier: 'silver',
      toNextTier: '500.00',
      asOf: '2025-03-02T12:00:00.000Z',
    })
  })

  test('of an active member says what is missing to the next tier', async () => {
    const { rows } = await given(bought('ann', '2025-03-01', 'o1', '612.34'), bought('ann', '2025-03-02', 'o2', '0.66')).when(
      'tier',
      '2025-03-03',
    )
    expect(rows.ann).toMatchObject({ tier: 'silver', qualifyingSpend: '613.00', currency: 'GBP', nextTier: 'gold', toNextTier: '1387.00' })
  })

  test('of a member at the top has no next tier', async () => {
    const { rows } = await given(bought('ann', '2025-03-01', 'o1', '10000.00')).when('tier', '2025-03-03')
    expect(rows.ann).toMatchObject({ tier: 'platinum', nextTier: null, toNextTier: null })
  })

  test('of a member who went quiet remembers the lifetime', async () => {
    const { rows } = await given(bought('ann', '2023-03-01', 'o1', '600.00')).when('tier', '2025-03-03')
    expect(rows.ann).toMatchObject({
      tier: 'member',
      since: '2024-03-01T00:00:00.000Z',
      qualifyingSpend: '0.00',
      lifetimeSpend: '600.00',
      toNextTier: '500.00',
    })
  })

  test('of a member who brought back more than was bought goes below zero', async () => {
    const { rows } = await given(broughtBack('ann', '2025-03-01', 'r1', undefined, '20.00')).when('tier', '2025-03-03')
    expect(rows.ann).toMatchObject({ tier: 'member', qualifyingSpend: '-20.00', lifetimeSpend: '-20.00', toNextTier: '520.00' })
  })

  test.each([
    ['JPY', '700', '1300'],
    ['KWD', '700.125', '1299.875'],
  ])('in %s has its digits', async (currency, amount, missing) => {
    const { rows } = await given(bought('ann', '2025-03-01', 'o1', amount, currency)).when('tier', '2025-03-03')
    expect(rows.ann).toMatchObject({ tier: 'silver', qualifyingSpend: amount, toNextTier: missing, currency })
  })
})

describe('announcements of tiers', () => {
  test('tell the first tier, the way up and the way down, each once', async () => {
    const { announced } = await given(joined('ann', '2025-03-01'), bought('ann', '2025-03-02', 'o1', '600.00')).when(
      'tier',
      '2025-03-03',
      '2025-12-01',
      '2026-03-02',
      '2026-03-03',
    )
    expect(announced.map(({ type, subject, time, data }) => ({ type, subject, time, data }))).toEqual([
      {
        type: 'perennial.tier.changed.v1',
        subject: 'ann',
        time: '2025-03-03T12:00:00.000Z',
        data: { before: null, after: 'silver', since: '2025-03-02T12:00:00.000Z' },
      },
      {
        type: 'perennial.tier.changed.v1',
        subject: 'ann',
        time: '2026-03-02T12:00:00.000Z',
        data: { before: 'silver', after: 'member', since: '2026-03-02T00:00:00.000Z' },
      },
    ])
  })

  test('say nothing where the tier stays, even if its date changes', () => {
    const shown = { tier: 'silver', since: '2025-01-01T00:00:00.000Z' }
    expect(tierProjector.transitions(shown, { ...shown, since: '2025-02-01T00:00:00.000Z' })).toEqual([])
  })
})
