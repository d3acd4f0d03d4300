import { describe, test } from '@jest/globals'
import { bought, broughtBack, decided } from '../testing/given.ts'
import { given } from './testing/when-asked.ts'

const hundred = bought('2025-01-10', 'o1', '100.00')
const redeemed = decided('2025-02-01', 'r1', 'PointsRedeemed', { points: 60, orderId: 'o2' })
const later = '2025-03-01'

describe('a redemption that is cancelled', () => {
  test('is given back whole, or in part', () => {
    given(hundred, redeemed)
      .whenAsked({ command: 'cancel', redemption: 'r1', reason: 'order-cancelled' }, later)
      .decides('RedemptionCancelled', { redemption: 'r1', points: 60, reason: 'order-cancelled' })
    given(hundred, redeemed)
      .whenAsked({ command: 'cancel', redemption: 'r1', points: 10 }, later)
      .decides('RedemptionCancelled', { redemption: 'r1', points: 10 })
  })

  test('is never given back twice', () => {
    const part = decided('2025-02-02', 'x1', 'RedemptionCancelled', { redemption: 'r1', points: 50 })
    const rest = decided('2025-02-03', 'x2', 'RedemptionCancelled', { redemption: 'r1', points: 10 })
    given(hundred, redeemed, part)
      .whenAsked({ command: 'cancel', redemption: 'r1' }, later)
      .decides('RedemptionCancelled', { redemption: 'r1', points: 10 })
    given(hundred, redeemed, part)
      .whenAsked({ command: 'cancel', redemption: 'r1', points: 11 }, later)
      .refuses('redemption-over', '10 points left')
    given(hundred, redeemed, part, rest)
      .whenAsked({ command: 'cancel', redemption: 'r1' }, later)
      .refuses('redemption-over', '0 points left')
  })

  test('does not give back again what a return of its order gave back', () => {
    const paid = bought('2025-02-01T11:00:00Z', 'o2', '80.00')
    const back = broughtBack('2025-02-05', 'b1', 'o2', '40.00')
    given(hundred, paid, redeemed, back)
      .whenAsked({ command: 'cancel', redemption: 'r1' }, later)
      .decides('RedemptionCancelled', { redemption: 'r1', points: 30 })
  })

  test('may have begun as a hold', () => {
    const held = decided('2025-02-01', 'h1', 'PointsHeld', { points: 60, lapsesAt: '2025-02-02T12:00:00.000Z' })
    const captured = decided('2025-02-01T13:00:00Z', 'c1', 'HoldCaptured', { hold: 'h1', points: 40 })
    given(hundred, held).whenAsked({ command: 'cancel', redemption: 'h1' }, '2025-02-01T12:30:00Z').refuses('redemption-unknown')
    given(hundred, held, captured)
      .whenAsked({ command: 'cancel', redemption: 'h1' }, later)
      .decides('RedemptionCancelled', { redemption: 'h1', points: 40 })
  })

  test('is unknown under another id', () => {
    given(hundred, redeemed).whenAsked({ command: 'cancel', redemption: 'r2' }, later).refuses('redemption-unknown', '"r2"')
  })
})
