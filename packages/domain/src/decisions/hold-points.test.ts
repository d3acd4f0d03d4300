import { describe, test } from '@jest/globals'
import { bought, decided, shop } from '../testing/given.ts'
import type { CommandOf } from './decision.ts'
import { given } from './testing/when-asked.ts'

const hold = (points: number, more: Partial<CommandOf<'hold'>> = {}): CommandOf<'hold'> => ({ command: 'hold', points, ...more })
const hundred = bought('2025-01-10', 'o1', '100.00')

describe('a hold', () => {
  test('sets points aside, says what they pay, and when it lapses', () => {
    given(hundred)
      .whenAsked(hold(100, { orderId: 'o2', orderAmount: '20.00' }), '2025-02-01')
      .decides('PointsHeld', { points: 100, lapsesAt: '2025-02-02T12:00:00.000Z', orderId: 'o2', worth: 100, currency: 'GBP' })
  })

  test('lapses sooner where a shorter time is asked for', () => {
    given(hundred)
      .whenAsked(hold(1, { lapsesIn: 'PT15M' }), '2025-02-01')
      .decides('PointsHeld', { points: 1, lapsesAt: '2025-02-01T12:15:00.000Z', worth: 1, currency: 'GBP' })
  })

  test('does not last longer than the programme lets it', () => {
    const programme = shop({ points: { redeem: { holdFor: 'PT30M' } } })
    given(hundred)
      .under(programme)
      .whenAsked(hold(1, { lapsesIn: 'PT31M' }), '2025-02-01')
      .refuses('hold-too-long', 'PT30M')
    given(hundred)
      .under(programme)
      .whenAsked(hold(1, { lapsesIn: 'P1D' }), '2025-02-01')
      .refuses('hold-too-long')
    given(hundred)
      .under(programme)
      .whenAsked(hold(1, { lapsesIn: 'PT30M' }), '2025-02-01')
      .decides('PointsHeld', { points: 1, lapsesAt: '2025-02-01T12:30:00.000Z', worth: 1, currency: 'GBP' })
  })

  test('cannot take what another one has set aside', () => {
    const other = decided('2025-02-01', 'h1', 'PointsHeld', { points: 60, lapsesAt: '2025-02-02T12:00:00.000Z' })
    given(hundred, other).whenAsked(hold(41), '2025-02-01T12:05:00Z').refuses('points-missing', '40 points can be spent')
    given(hundred, other)
      .whenAsked(hold(41), '2025-02-02T12:00:00Z')
      .decides('PointsHeld', { points: 41, lapsesAt: '2025-02-03T12:00:00.000Z', worth: 41, currency: 'GBP' })
  })
})
