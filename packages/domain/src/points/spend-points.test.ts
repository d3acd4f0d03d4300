import { describe, expect, test } from '@jest/globals'
import type { MemberEvent } from '../member/member-event.ts'
import { bought, broughtBack, decided, given, shop } from '../testing/given.ts'
import { sumOf } from './ledger.ts'
import { pointsFold } from './points-fold.ts'

const redeemed = (at: string, key: string, points: number, orderId?: string) =>
  decided(at, key, 'PointsRedeemed', { points, ...(orderId !== undefined && { orderId }) })
const cancelled = (at: string, redemption: string, points: number) =>
  decided(at, `cancel-${redemption}-${at}`, 'RedemptionCancelled', { redemption, points })
const held = (at: string, key: string, points: number, lapsesAt: string, orderId?: string) =>
  decided(at, key, 'PointsHeld', { points, lapsesAt, ...(orderId !== undefined && { orderId }) })
const captured = (at: string, hold: string, points: number) => decided(at, `capture-${hold}`, 'HoldCaptured', { hold, points })
const released = (at: string, hold: string) => decided(at, `release-${hold}`, 'HoldReleased', { hold })

const byDay = shop({ points: { expiry: { after: 'P1M', at: 'end-of-day' } } })
const hundredThenFifty = [bought('2025-03-01', 'o1', '100.00'), bought('2025-03-11', 'o2', '50.00')]

describe('a redemption', () => {
  test('takes the points that expire first', () => {
    const { state } = given(...hundredThenFifty, redeemed('2025-03-12', 'r', 120))
      .under(byDay)
      .when(pointsFold)
    expect(state.lots.map(({ left }) => left)).toEqual([30])
    expect(state.accounts).toMatchObject({ available: 30, redeemed: 120 })
  })

  test('leaves points that are pending alone, and what was missing is owed', () => {
    given(bought('2025-03-01', 'o1', '100.00'), redeemed('2025-03-02', 'r', 30))
      .under(shop({ points: { pending: 'P14D' } }))
      .when(pointsFold, '2025-03-03')
      .then({ accounts: { pending: 100, available: 0, debt: -30, redeemed: 30 } })
  })

  test('that a late return leaves without points stands, and is paid by the next points', () => {
    const events = [
      bought('2025-03-01', 'o1', '100.00'),
      broughtBack('2025-03-02', 'late', 'o1', '100.00'),
      redeemed('2025-03-03', 'r', 100),
    ]
    given(...events)
      .when(pointsFold)
      .then({ accounts: { available: 0, debt: -100, redeemed: 100 } })
    given(...events, bought('2025-03-04', 'o2', '130.00'))
      .when(pointsFold)
      .then({ accounts: { available: 30, debt: 0, redeemed: 100 } })
  })

  test('of the very instant at which a lot expires comes too late for it', () => {
    given(bought('2025-03-01', 'o1', '100.00'), redeemed('2025-04-01T23:00:00Z', 'r', 10))
      .under(byDay)
      .when(pointsFold)
      .then({ accounts: { expired: 100, available: 0, debt: -10 } })
  })
})

describe('a cancelled redemption', () => {
  test('gives the points back to their lots, with their expiry', () => {
    const { state } = given(...hundredThenFifty, redeemed('2025-03-12', 'r', 120), cancelled('2025-03-13', 'r', 120))
      .under(byDay)
      .when(pointsFold, '2025-04-02')
    expect(state.accounts).toMatchObject({ available: 50, expired: 100, redeemed: 0 })
  })

  test('in part gives back what was taken last', () => {
    const { state } = given(...hundredThenFifty, redeemed('2025-03-12', 'r', 120), cancelled('2025-03-13', 'r', 30))
      .under(byDay)
      .when(pointsFold)
    expect(state.lots.map(({ left }) => left)).toEqual([10, 50])
  })

  test('never gives back more than was redeemed, however often it is cancelled', () => {
    given(
      bought('2025-03-01', 'o1', '100.00'),
      redeemed('2025-03-02', 'r', 60),
      cancelled('2025-03-03', 'r', 60),
      cancelled('2025-03-04', 'r', 60),
    )
      .when(pointsFold)
      .then({ accounts: { available: 100, redeemed: 0 } })
  })

  const late = [bought('2025-03-01', 'o1', '100.00'), redeemed('2025-03-02', 'r', 60)]
  const generous = shop({ points: { expiry: { after: 'P1M', at: 'end-of-day' }, returns: { reinstateExpired: 'P30D' } } })

  test('gives points that have expired meanwhile back to nobody', () => {
    given(...late, cancelled('2025-04-10', 'r', 60))
      .under(byDay)
      .when(pointsFold)
      .then({ accounts: { available: 0, expired: 100, redeemed: 0 } })
  })

  test('gives them back where the programme reinstates them, until that time is over too', () => {
    given(...late, cancelled('2025-04-10', 'r', 60))
      .under(generous)
      .when(pointsFold)
      .then({ accounts: { available: 60, expired: 40 } })
    given(...late, cancelled('2025-04-10', 'r', 60))
      .under(generous)
      .when(pointsFold, '2025-05-02')
      .then({ accounts: { available: 0, expired: 100 } })
    given(...late, cancelled('2025-05-02', 'r', 60))
      .under(generous)
      .when(pointsFold)
      .then({ accounts: { available: 0, expired: 100 } })
  })

  test('forgives the debt that it made, and gives back what has paid it', () => {
    const short = [redeemed('2025-03-01', 'r', 50), bought('2025-03-02', 'o1', '20.00')]
    given(...short)
      .when(pointsFold)
      .then({ accounts: { available: 0, debt: -30 } })
    given(...short, cancelled('2025-03-03', 'r', 50))
      .when(pointsFold)
      .then({ accounts: { available: 20, debt: 0, redeemed: 0 } })
  })
})

describe('a hold', () => {
  const purse = bought('2025-03-01', 'o1', '100.00')
  const hold = held('2025-03-02', 'h', 60, '2025-03-03T12:00:00Z')

  test('sets points aside', () => {
    given(purse, hold)
      .when(pointsFold)
      .then({ accounts: { available: 40, held: 60, redeemed: 0 } })
  })

  test('lapses by itself, at the very instant', () => {
    given(purse, hold)
      .when(pointsFold, '2025-03-03T11:59:59.999Z')
      .then({ accounts: { available: 40, held: 60 } })
    given(purse, hold)
      .when(pointsFold, '2025-03-03T12:00:00Z')
      .then({ accounts: { available: 100, held: 0 } })
  })

  test('that is captured is redeemed, and what is not captured goes back', () => {
    given(purse, hold, captured('2025-03-03', 'h', 50))
      .when(pointsFold, '2025-04-01')
      .then({ accounts: { available: 100, held: 0, redeemed: 0 } })
    given(purse, hold, captured('2025-03-03T11:00:00Z', 'h', 50))
      .when(pointsFold, '2025-04-01')
      .then({ accounts: { available: 50, held: 0, redeemed: 50 } })
  })

  test('captured can be cancelled like any redemption, by the name of the hold', () => {
    given(purse, hold, captured('2025-03-02T13:00:00Z', 'h', 60), cancelled('2025-03-05', 'h', 60))
      .when(pointsFold)
      .then({ accounts: { available: 100, held: 0, redeemed: 0 } })
  })

  test('that is released gives everything back, once', () => {
    given(purse, hold, released('2025-03-02T13:00:00Z', 'h'), captured('2025-03-02T14:00:00Z', 'h', 60))
      .when(pointsFold, '2025-04-01')
      .then({ accounts: { available: 100, held: 0, redeemed: 0 } })
  })

  test('keeps its points from expiring while it lasts', () => {
    const long = held('2025-03-20', 'h', 60, '2025-04-20T12:00:00Z')
    given(purse, long)
      .under(byDay)
      .when(pointsFold, '2025-04-10')
      .then({ accounts: { held: 60, expired: 40 } })
    given(purse, long)
      .under(byDay)
      .when(pointsFold, '2025-04-21')
      .then({ accounts: { held: 0, expired: 100 } })
  })
})

describe('points that paid for an order', () => {
  const paid = [bought('2025-03-01', 'o1', '100.00'), redeemed('2025-03-02', 'r', 60, 'o2'), bought('2025-03-02T12:00:01Z', 'o2', '40.00')]

  test('come back as points when it comes back, while its own points go', () => {
    given(...paid, broughtBack('2025-03-05', 'b', 'o2', '40.00'))
      .when(pointsFold)
      .then({ accounts: { available: 100, redeemed: 0, clawedBack: 40 } })
  })

  test('come back in proportion, rounded down until all is back', () => {
    const half = broughtBack('2025-03-05', 'b1', 'o2', [{ sku: 'tea', quantity: 0.5, amount: 1333 }])
    const rest = broughtBack('2025-03-06', 'b2', 'o2', [{ sku: 'tea', quantity: 0.5, amount: 2667 }])
    given(...paid, half)
      .when(pointsFold)
      .then({ accounts: { redeemed: 60 - 19, clawedBack: 13 } })
    given(...paid, half, rest)
      .when(pointsFold)
      .then({ accounts: { redeemed: 0, clawedBack: 40, available: 100 } })
  })

  test('stay spent while no programme is in force, also where the return had waited for its order', () => {
    given(redeemed('2024-03-01', 'r', 50, 'o2'), broughtBack('2024-10-02', 'b', 'o2', '40.00'), bought('2024-10-03', 'o2', '40.00'))
      .under(shop({ effectiveFrom: '2025-01-01' }))
      .when(pointsFold)
      .then({ accounts: { redeemed: 50, debt: -50 } })
  })

  test('do not come back twice: by a cancellation and by a return', () => {
    given(...paid, cancelled('2025-03-04', 'r', 60), broughtBack('2025-03-05', 'b', 'o2', '40.00'))
      .when(pointsFold)
      .then({ accounts: { available: 100, redeemed: 0 } })
  })
})

describe('points given and taken by hand', () => {
  const adjusted = (at: string, points: number) => decided(at, `adjust-${at}`, 'PointsAdjusted', { points, reason: 'goodwill', by: 'kim' })

  test('are there at once, and expire like points earned that day', () => {
    const pending = shop({ points: { pending: 'P14D', expiry: { after: 'P1M', at: 'end-of-day' } } })
    given(adjusted('2025-03-01', 30))
      .under(pending)
      .when(pointsFold)
      .then({ accounts: { available: 30, adjusted: -30 } })
    given(adjusted('2025-03-01', 30))
      .under(pending)
      .when(pointsFold, '2025-04-02')
      .then({ accounts: { available: 0, expired: 30 } })
  })

  test('pay a debt first', () => {
    given(redeemed('2025-03-01', 'r', 50), adjusted('2025-03-02', 80))
      .when(pointsFold)
      .then({ accounts: { available: 30, debt: 0 } })
  })

  test('are taken from what expires first, and owed where there is nothing', () => {
    given(bought('2025-03-01', 'o1', '10.00'), adjusted('2025-03-02', -30))
      .when(pointsFold)
      .then({ accounts: { available: 0, adjusted: 30, debt: -20 } })
  })
})

describe('points from one member to another', () => {
  const lots = [
    { points: 20, expiresAt: '2025-06-01T00:00:00.000Z' },
    { points: 10, expiresAt: null },
  ]

  test('leave the one', () => {
    given(bought('2025-03-01', 'o1', '100.00'), decided('2025-03-02', 't', 'PointsTransferredOut', { to: 'bob', points: 30, lots }))
      .when(pointsFold)
      .then({ accounts: { available: 70, transferred: 30 } })
  })

  test('reach the other with the expiry that they had', () => {
    const received = decided('2025-03-02', 'in', 'PointsTransferredIn', { transfer: 't', from: 'ann', points: 30, lots })
    given(received)
      .when(pointsFold)
      .then({ accounts: { available: 30, transferred: -30 } })
    given(received)
      .when(pointsFold, '2025-06-01T00:00:00Z')
      .then({ accounts: { available: 10, expired: 20 } })
  })
})

test('after every decision the two sides of the ledger come to nothing', () => {
  const events: MemberEvent[] = [
    ...hundredThenFifty,
    held('2025-03-12', 'h', 70, '2025-03-20T12:00:00Z'),
    redeemed('2025-03-13', 'r', 90, 'o2'),
    broughtBack('2025-03-14', 'b', 'o1', '100.00'),
    cancelled('2025-03-15', 'r', 30),
  ]
  for (let count = 1; count <= events.length; count++) {
    const { accounts } = given(...events.slice(0, count))
      .under(byDay)
      .when(pointsFold).state
    expect(sumOf(accounts)).toBe(0)
  }
})
