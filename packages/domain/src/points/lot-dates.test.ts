import { describe, expect, test } from '@jest/globals'
import { bought, broughtBack, decided, did, enrolled, given, instant, shop } from '../testing/given.ts'
import { nextExpiry } from './lots.ts'
import { pointsFold } from './points-fold.ts'

const available = (points: number) => ({ accounts: { available: points } })

describe('points that expire on a fixed day of the year', () => {
  const yearEnd = shop({ points: { expiry: { on: '12-31', yearsLater: 1 } } })

  test.each([
    ['2025-01-01', '2027-01-01T00:00:00Z'],
    ['2025-12-31', '2027-01-01T00:00:00Z'],
    ['2026-01-01', '2028-01-01T00:00:00Z'],
  ])('earned on %s at the end of the next year’s: %s', (day, end) => {
    const { state } = given(bought(day, 'o1', '20.00'))
      .under(yearEnd)
      .when(pointsFold)
    expect(nextExpiry(state)?.at).toBe(instant(end))
  })

  test('of 29 February are of the 28th in common years', () => {
    const leap = shop({ points: { expiry: { on: '02-29', yearsLater: 1 } } })
    const { state } = given(bought('2024-06-01', 'o1', '20.00'))
      .under(leap)
      .when(pointsFold)
    expect(nextExpiry(state)?.at).toBe(instant('2025-03-01T00:00:00Z'))
  })

  test('never before they are released: then the next such day', () => {
    const slow = shop({ points: { pending: 'P45D', expiry: { on: '12-31', yearsLater: 0 } } })
    const { state } = given(bought('2025-12-01', 'o1', '20.00'))
      .under(slow)
      .when(pointsFold)
    expect(nextExpiry(state)?.at).toBe(instant('2027-01-01T00:00:00Z'))
  })
})

describe('points that expire when the member is inactive', () => {
  const inactivity = shop({ points: { expiry: { inactivity: 'P18M' } } })
  const first = bought('2024-01-10', 'o1', '20.00')

  test('live for that long, to the end of the day', () => {
    given(first).under(inactivity).when(pointsFold, '2025-07-10T22:59:59Z').then(available(20))
    given(first)
      .under(inactivity)
      .when(pointsFold, '2025-07-10T23:00:00Z')
      .then({ accounts: { available: 0, expired: 20 } })
  })

  test.each([
    ['buys', bought('2025-07-01', 'o2', '0.50')],
    ['writes a review', did('2025-07-01', 'review')],
    ['enrols', enrolled('2025-07-01')],
    ['redeems points', decided('2025-07-01', 'spend', 'PointsRedeemed', { points: 1 })],
  ])('all live on when the member %s', (_, activity) => {
    const { state } = given(first, activity).under(inactivity).when(pointsFold, '2025-12-01')
    expect(nextExpiry(state)?.at).toBe(instant('2027-01-02T00:00:00Z'))
  })

  test('a return or a correction by the shop is no activity', () => {
    given(
      first,
      broughtBack('2025-07-01', 'r1', 'o1', '1.00'),
      decided('2025-07-02', 'fix', 'PointsAdjusted', { points: -1, reason: 'error', by: 'kim' }),
    )
      .under(inactivity)
      .when(pointsFold, '2025-07-11')
      .then({ accounts: { available: 0, expired: 18 } })
  })

  test('no activity brings their end forward, where it is counted from a late release', () => {
    const slow = shop({ points: { pending: 'P14D', expiry: { inactivity: 'P7D' } } })
    const { state } = given(bought('2025-01-01', 'o1', '20.00'), did('2025-01-11', 'visit'))
      .under(slow)
      .when(pointsFold)
    expect(nextExpiry(state)?.at).toBe(instant('2025-01-23T00:00:00Z'))
  })

  test('what has expired does not come back with the next purchase', () => {
    given(first, bought('2025-07-11', 'o2', '5.00'))
      .under(inactivity)
      .when(pointsFold, '2025-08-01')
      .then({ accounts: { available: 5, expired: 20 } })
  })

  test('points given by hand before the first version live by it too', () => {
    const later = shop({ effectiveFrom: '2024-10-27', points: { expiry: { inactivity: 'P1Y' } } })
    const gift = decided('2024-08-22', 'gift', 'PointsAdjusted', { points: 10, reason: 'opening-balance', by: 'kim' })
    const { state } = given(gift, bought('2025-04-06', 'o1', '1.00'))
      .under(later)
      .when(pointsFold)
    expect(nextExpiry(state)).toMatchObject({ points: 11, at: instant('2026-04-06T23:00:00Z') })
  })

  test('points that were spent come back to where later activity has moved their lot', () => {
    given(
      first,
      decided('2024-02-01', 'spend', 'PointsRedeemed', { points: 20 }),
      bought('2025-07-01', 'o2', '0.50'),
      decided('2026-01-01', 'undo', 'RedemptionCancelled', { redemption: 'spend', points: 20 }),
    )
      .under(inactivity)
      .when(pointsFold)
      .then({ accounts: { available: 20, redeemed: 0 } })
  })
})
