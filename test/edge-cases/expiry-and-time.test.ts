import { describe, expect, test } from '@jest/globals'
import { pointsFold, tierFold } from '@perennial/domain'
import { bought, broughtBack, decided, enrolled, given, instant, shop } from '../../packages/domain/src/testing/given.ts'

const points = (accounts: object) => ({ accounts })
const oneMonth = shop({ points: { expiry: { after: 'P1M', at: 'end-of-day' } } })
const order = bought('2025-03-01', 'o1', '100.00')
/** The end of 1 April 2025 in London, where it is summer. */
const expiry = '2025-04-01T23:00:00Z'

describe('edge cases: expiry and time', () => {
  test('16. what has expired and what was spent of it stay in one account each: the balance is right', () => {
    const { state } = given(order, decided('2025-03-10', 'spend', 'PointsRedeemed', { points: 70 }), bought('2025-03-20', 'o2', '5.00'))
      .under(oneMonth)
      .when(pointsFold, '2025-04-02')
    expect(state.accounts).toMatchObject({ available: 5, expired: 30, redeemed: 70, issued: -105 })
  })

  test('17. a cancelled redemption gives the points back to their lots: they expire when they would have', () => {
    const events = [
      order,
      decided('2025-03-10', 'spend', 'PointsRedeemed', { points: 70 }),
      decided('2025-03-11', 'undo', 'RedemptionCancelled', { redemption: 'spend', points: 70 }),
    ]
    given(...events)
      .under(oneMonth)
      .when(pointsFold, '2025-04-01')
      .then(points({ available: 100 }))
    given(...events)
      .under(oneMonth)
      .when(pointsFold, expiry)
      .then(points({ available: 0, expired: 100 }))
  })

  test('18. points are expired from their instant on, whoever looks or does not look', () => {
    const { state } = given(order).under(oneMonth).when(pointsFold, expiry)
    expect(state.accounts.available).toBe(0)
  })

  test('19. a lot that expires exactly now is expired', () => {
    given(order)
      .under(oneMonth)
      .when(pointsFold, '2025-04-01T22:59:59.999Z')
      .then(points({ available: 100 }))
    given(order)
      .under(oneMonth)
      .when(pointsFold, expiry)
      .then(points({ available: 0, expired: 100 }))
  })

  test('20. points do not expire before they are released', () => {
    const slow = shop({ points: { pending: 'P60D', expiry: { after: 'P1M', at: 'end-of-month' } } })
    given(order)
      .under(slow)
      .when(pointsFold, '2025-04-30T11:00:01Z')
      .then(points({ available: 100, expired: 0 }))
  })

  test('21. the day is the programme’s, not the server’s or the visitor’s; a new zone does not reclassify the past', () => {
    const inTaipei = shop({ timeZone: 'Asia/Taipei', points: { expiry: { after: 'P1M', at: 'end-of-day' } } })
    const inLondon = shop({ version: 2, effectiveFrom: '2025-03-15', points: { expiry: { after: 'P1M', at: 'end-of-day' } } })
    given(order)
      .under(inTaipei)
      .when(pointsFold, '2025-04-01T16:00:00Z')
      .then(points({ available: 0, expired: 100 }))
    given(order)
      .under(inTaipei, inLondon)
      .when(pointsFold, '2025-04-01T16:00:00Z')
      .then(points({ available: 0, expired: 100 }))
  })

  test('22. a birthday on 29 February is kept on the 28th in common years; 31 January plus one month is 28 February', () => {
    const birthday = shop({
      points: {
        earn: [
          { name: 'base', for: 'purchase', per: '1.00', points: 1 },
          { name: 'birthday', when: { birthday: 'day' }, multiply: 2 },
        ],
      },
    })
    given(enrolled('2025-01-01', { birthday: '02-29' }), bought('2025-02-28', 'o1', '10.00'))
      .under(birthday)
      .when(pointsFold)
      .then(points({ available: 20 }))
    const { state } = given(bought('2025-01-31', 'o1', '10.00'))
      .under(oneMonth)
      .when(pointsFold)
    expect(state.lots[0]?.expiresAt).toBe(instant('2025-03-01T00:00:00Z'))
  })
})

describe('edge cases: tiers', () => {
  test('23. redeeming does not demote: the tier does not follow the spendable balance', () => {
    const events = [bought('2025-03-01', 'o1', '600.00'), decided('2025-03-02', 'spend', 'PointsRedeemed', { points: 600 })]
    given(...events)
      .when(tierFold)
      .then({ tier: 'silver' })
    const byPoints = shop({
      tiers: {
        metric: 'points',
        levels: [
          { name: 'member', from: 0 },
          { name: 'silver', from: 500 },
        ],
      },
    })
    given(...events)
      .under(byPoints)
      .when(tierFold)
      .then({ tier: 'silver' })
  })

  test('24. the first level is everybody’s from the start, and points that pay for an order are no spend', () => {
    given(enrolled('2025-03-01')).when(tierFold).then({ tier: 'member' })
    given(bought('2025-03-01', 'o1', '499.00'), decided('2025-03-02', 'spend', 'PointsRedeemed', { points: 499, orderId: 'o2' }))
      .when(tierFold)
      .then({ tier: 'member' })
  })

  test('25. a member has one tier, whatever was granted by hand', () => {
    const until = '2025-06-01T00:00:00.000Z'
    const grant = decided('2025-03-02', 'grant', 'TierGranted', { tier: 'gold', until, reason: 'goodwill', by: 'kim' })
    given(bought('2025-03-01', 'o1', '600.00'), grant)
      .when(tierFold, '2025-05-31')
      .then({ tier: 'gold' })
    given(bought('2025-03-01', 'o1', '600.00'), grant)
      .when(tierFold, until)
      .then({ tier: 'silver' })
  })

  test.each([
    ['recalculate', 'member'],
    ['at-evaluation', 'silver'],
  ] as const)('26. a return after the rise: %s leaves the member %s, until the next evaluation', (onReturn, tier) => {
    const yearly = shop({ tiers: { window: { calendar: 'year' }, keepUntil: 'end-of-next-year', onReturn } })
    const returned = [bought('2025-03-01', 'o1', '600.00'), broughtBack('2025-03-10', 'r1', 'o1', '600.00')]
    given(...returned)
      .under(yearly)
      .when(tierFold)
      .then({ tier })
    given(...returned)
      .under(yearly)
      .when(tierFold, '2027-01-01T00:00:00Z')
      .then({ tier: 'member' })
  })
})
