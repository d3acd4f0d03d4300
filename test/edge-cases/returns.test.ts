import { describe, expect, test } from '@jest/globals'
import { pointsFold, tierFold } from '@perennial/domain'
import { bought, broughtBack, decided, given, line, shop } from '../../packages/domain/src/testing/given.ts'

const base = { name: 'base', for: 'purchase', per: '1.00', points: 1 } as const
const points = (accounts: object) => ({ accounts })
const redeemed = (at: string, count: number, orderId?: string) =>
  decided(at, `redeem-${at}`, 'PointsRedeemed', { points: count, ...(orderId !== undefined && { orderId }) })

describe('edge cases: returns', () => {
  test('1. buy, earn, refund: the points go', () => {
    given(bought('2025-03-01', 'o1', '80.00'), broughtBack('2025-03-02', 'r1', 'o1', '80.00'))
      .when(pointsFold)
      .then(points({ available: 0, pending: 0, clawedBack: 80 }))
  })

  test('2. a refund neither charges redeemed points a second time nor forgets to give them back', () => {
    given(
      bought('2025-03-01', 'o1', '100.00'),
      redeemed('2025-03-02', 60, 'o2'),
      bought('2025-03-02T12:00:01Z', 'o2', '40.00'),
      broughtBack('2025-03-03', 'r1', 'o2', '40.00'),
    )
      .when(pointsFold)
      .then(points({ available: 100, redeemed: 0, clawedBack: 40, debt: 0 }))
  })

  test('3. the minimum of an order judges what was bought: goods that come back neither lower nor raise it', () => {
    const minimum = shop({ points: { minimumOrder: '50.00' } })
    const basket = bought('2025-03-01', 'o1', [line('tea', '30.00'), line('oil', '30.00')])
    given(basket, broughtBack('2025-03-02', 'r1', 'o1', [line('oil', '30.00')]))
      .under(minimum)
      .when(pointsFold)
      .then(points({ available: 30, clawedBack: 30 }))
    given(bought('2025-03-01', 'o1', '40.00'), broughtBack('2025-03-01T13:00:00Z', 'r1', undefined, '40.00'))
      .under(minimum)
      .when(pointsFold)
      .then(points({ available: 0, clawedBack: 0, debt: 0 }))
  })

  test('4. the clawback takes what the line was awarded, not what the rules of today would award', () => {
    const stingy = shop({ version: 2, effectiveFrom: '2025-03-02', points: { earn: [{ ...base, per: '10.00' }] } })
    given(bought('2025-03-01', 'o1', '80.00'), broughtBack('2025-03-05', 'r1', 'o1', '80.00'))
      .under(shop(), stingy)
      .when(pointsFold)
      .then(points({ available: 0, clawedBack: 80 }))
  })

  test.each(['fifo-by-sku', 'base-rate', 'none'] as const)(
    '5. a sale of 200 earning 1000, returned for 120 and then 120, never takes back more than 1000 (%s)',
    (unmatched) => {
      given(
        bought('2025-03-01', 'o1', [line('tea', '200.00', { quantity: 2 })]),
        broughtBack('2025-03-02', 'r1', 'o1', '120.00'),
        broughtBack('2025-03-03', 'r2', 'o1', '120.00'),
        broughtBack('2025-03-04', 'r3', 'o1', '120.00'),
      )
        .under(shop({ points: { earn: [{ ...base, points: 5 }], returns: { unmatched } } }))
        .when(pointsFold)
        .then(points({ available: 0, clawedBack: 1000, debt: 0 }))
    },
  )

  test('6. points that are pending when the return arrives do not survive it', () => {
    given(bought('2025-03-01', 'o1', '80.00'), broughtBack('2025-03-05', 'r1', 'o1', '80.00'))
      .under(shop({ points: { pending: 'P14D' } }))
      .when(pointsFold, '2025-06-01')
      .then(points({ available: 0, pending: 0, clawedBack: 80 }))
  })

  test.each([
    ['carry', -100],
    ['clamp', 300],
  ] as const)('7. a balance of 100, a clawback of 500, then 300 earned: %s shows %d', (debt, balance) => {
    const { state } = given(
      bought('2025-03-01', 'o1', '500.00'),
      redeemed('2025-03-02', 500),
      bought('2025-03-03', 'o2', '100.00'),
      broughtBack('2025-03-04', 'r1', 'o1', '500.00'),
      bought('2025-03-05', 'o3', '300.00'),
    )
      .under(shop({ points: { returns: { debt } } }))
      .when(pointsFold)
    expect(state.accounts.available + state.accounts.debt).toBe(balance)
  })

  test('8. the return restores the tier and the use of a capped campaign', () => {
    const rules = shop({ points: { earn: [base, { name: 'welcome', add: 100, cap: { times: 1, every: 'ever' } }] } })
    const returned = [bought('2025-03-01', 'o1', '600.00'), broughtBack('2025-03-02', 'r1', 'o1', '600.00')]
    given(...returned)
      .under(rules)
      .when(tierFold)
      .then({ tier: 'member' })
    given(...returned, bought('2025-03-03', 'o2', '1.00'))
      .under(rules)
      .when(pointsFold)
      .then(points({ available: 101, clawedBack: 700 }))
  })

  test('9. points that were spent come back as points, never as money: money above what was paid finds no line', () => {
    const order = bought('2025-03-02T12:00:01Z', 'o2', '40.00')
    const { state } = given(
      bought('2025-03-01', 'o1', '100.00'),
      redeemed('2025-03-02', 60, 'o2'),
      order,
      broughtBack('2025-03-03', 'r1', 'o2', '100.00'),
    ).when(pointsFold)
    expect(state.accounts).toMatchObject({ available: 100, clawedBack: 40, redeemed: 0 })
  })

  test('10. the clawback does not take points from other lots once the order’s own have expired', () => {
    given(bought('2025-03-01', 'o1', '80.00'), bought('2025-03-30', 'o2', '50.00'), broughtBack('2025-04-10', 'r1', 'o1', '80.00'))
      .under(shop({ points: { expiry: { after: 'P1M', at: 'end-of-day' } } }))
      .when(pointsFold)
      .then(points({ available: 50, expired: 80, clawedBack: 0, debt: 0 }))
  })

  test('11. a return that is recorded before its purchase leads to the same end', () => {
    const order = bought('2025-03-01', 'o1', '80.00')
    const late = given(broughtBack('2025-02-28', 'r1', 'o1', '30.00'), order).when(pointsFold, '2025-03-10').state
    const onTime = given(order, broughtBack('2025-03-02', 'r1', 'o1', '30.00')).when(pointsFold, '2025-03-10').state
    expect(late.accounts).toEqual(onTime.accounts)
  })
})
