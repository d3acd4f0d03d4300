import { describe, expect, test } from '@jest/globals'
import { programmeVersions } from '../programme/versions.ts'
import { bought, enrolled, foldAll, given, instant, line, shop, wroteReview } from '../testing/given.ts'
import { sumOf } from './ledger.ts'
import { nextExpiry } from './lots.ts'
import { pointsFold } from './points-fold.ts'

const base = { name: 'base', for: 'purchase', per: '1.00', points: 1 } as const
const available = (points: number) => ({ accounts: { available: points } })

describe('a purchase earns points', () => {
  test('one for each pound', () => {
    given(bought('2025-03-01', 'o1', '20.00'))
      .when(pointsFold)
      .then({ accounts: { available: 20, issued: -20 } })
  })

  test('a fraction of a point is nobody’s', () => {
    given(bought('2025-03-01', 'o1', '20.99'))
      .when(pointsFold)
      .then(available(20))
  })

  test('19.99 twice is 39 per order and 38 per line', () => {
    const order = bought('2025-03-01', 'o1', [line('tea', '19.99'), line('oil', '19.99')])
    given(order)
      .under(shop({ points: { rounding: { mode: 'floor', per: 'order' } } }))
      .when(pointsFold)
      .then(available(39))
    given(order)
      .under(shop({ points: { rounding: { mode: 'floor', per: 'line' } } }))
      .when(pointsFold)
      .then(available(38))
  })

  test.each([
    ['floor', 'order', 3],
    ['ceil', 'order', 4],
    ['half-up', 'order', 4],
    ['half-even', 'order', 4],
    ['floor', 'line', 2],
    ['ceil', 'line', 4],
    ['half-up', 'line', 4],
    ['half-even', 'line', 4],
  ] as const)('1.75 twice, rounded %s per %s, is %d', (mode, per, points) => {
    given(bought('2025-03-01', 'o1', [line('tea', '1.75'), line('oil', '1.75')]))
      .under(shop({ points: { rounding: { mode, per } } }))
      .when(pointsFold)
      .then(available(points))
  })

  test.each([
    ['half-up', '0.50', 1],
    ['half-even', '0.50', 0],
    ['half-even', '1.50', 2],
    ['half-even', '2.50', 2],
    ['half-up', '0.49', 0],
  ] as const)('a half rounded %s: %s is %d', (mode, amount, points) => {
    given(bought('2025-03-01', 'o1', amount))
      .under(shop({ points: { rounding: { mode } } }))
      .when(pointsFold)
      .then(available(points))
  })

  test('a rate of three points for seven pounds is exact', () => {
    given(bought('2025-03-01', 'o1', '21.00'))
      .under(shop({ points: { earn: [{ name: 'base', for: 'purchase', per: '7.00', points: 3 }] } }))
      .when(pointsFold)
      .then(available(9))
  })

  test('rates however fine are exact for orders however large', () => {
    const fine = shop({
      points: {
        earn: [
          { name: 'base', for: 'purchase', per: '999999.97', points: 999_983 },
          { name: 'more', multiply: '1.000001' },
        ],
      },
    })
    given(bought('2025-03-01', 'o1', [line('tea', '999999.97'), line('oil', '899999999.97')]))
      .under(fine)
      .when(pointsFold)
      .then({ accounts: { issued: -Number((999_983n * (99_999_997n + 89_999_999_997n) * 1_000_001n) / (99_999_997n * 1_000_000n)) } })
  })

  test('two base rules add up', () => {
    given(bought('2025-03-01', 'o1', '30.00'))
      .under(shop({ points: { earn: [base, { name: 'more', for: 'purchase', per: '10.00', points: 5 }] } }))
      .when(pointsFold)
      .then(available(45))
  })

  test('the programme speaks of whole units, whatever digits the currency has', () => {
    given({ ...bought('2025-03-01', 'o1', '0', { currency: 'JPY' }), ...yen(1500) })
      .when(pointsFold)
      .then(available(1500))
    given({ ...bought('2025-03-01', 'o1', '0', { currency: 'KWD' }), ...dinar(1500) })
      .when(pointsFold)
      .then(available(1))
  })

  test('joining or reviewing earns nothing', () => {
    given(enrolled('2025-03-01'), wroteReview('2025-03-02'))
      .when(pointsFold)
      .then({ accounts: { available: 0, issued: 0 }, lots: [] })
  })

  test('an order that was seen before earns nothing', () => {
    given(bought('2025-03-01', 'o1', '20.00'), bought('2025-03-02', 'o1', '20.00', { id: 'again' }))
      .when(pointsFold)
      .then(available(20))
  })

  test('nothing before the first version is in force', () => {
    given(bought('2024-12-31', 'o1', '20.00'), bought('2025-01-01', 'o2', '5.00'))
      .under(shop({ effectiveFrom: '2025-01-01' }))
      .when(pointsFold)
      .then(available(5))
  })

  test('by the version in force when it happened', () => {
    const double = shop({ version: 2, effectiveFrom: '2025-04-01', points: { earn: [{ ...base, points: 2 }] } })
    given(bought('2025-03-31', 'o1', '10.00'), bought('2025-04-01', 'o2', '10.00'))
      .under(shop(), double)
      .when(pointsFold)
      .then(available(30))
  })
})

const yen = (amount: number) => ({ data: { orderId: 'o1', currency: 'JPY', lines: [{ sku: 'tea', quantity: 1, amount }] } })
const dinar = (fils: number) => ({ data: { orderId: 'o1', currency: 'KWD', lines: [{ sku: 'tea', quantity: 1, amount: fils }] } })

describe('what multiplies points', () => {
  const organic = { name: 'organic', for: 'purchase' as const, when: { category: ['organic', 'fair-trade'] }, multiply: 2 }
  const campaign = shop({ points: { earn: [base, organic] } })

  test('a category, on its lines alone', () => {
    given(
      bought('2025-03-01', 'o1', [
        line('tea', '10.00', { category: 'organic' }),
        line('oil', '10.00', { category: 'home' }),
        line('soap', '10.00'),
      ]),
    )
      .under(campaign)
      .when(pointsFold)
      .then(available(40))
  })

  test('two rules for one category multiply each other', () => {
    given(bought('2025-03-01', 'o1', [line('tea', '10.00', { category: 'organic' })]))
      .under(shop({ points: { earn: [base, organic, { ...organic, name: 'spring', multiply: '1.5' }] } }))
      .when(pointsFold)
      .then(available(30))
  })

  test('a category that earns nothing', () => {
    given(bought('2025-03-01', 'o1', [line('gift-card', '50.00', { category: 'gift-card' }), line('tea', '5.00')]))
      .under(shop({ points: { earn: [base, { ...organic, when: { category: ['gift-card'] }, multiply: 0 }] } }))
      .when(pointsFold)
      .then(available(5))
  })

  const silverEarnsMore = shop({
    tiers: {
      levels: [
        { name: 'member', from: '0' },
        { name: 'silver', from: '500.00', multiply: 1.25 },
      ],
    },
  })

  test('the tier held before the purchase, not the one it leads to', () => {
    given(bought('2025-03-01', 'o1', '600.00'))
      .under(silverEarnsMore)
      .when(pointsFold)
      .then(available(600))
    given(bought('2025-03-01', 'o1', '600.00'), bought('2025-03-02', 'o2', '100.00'))
      .under(silverEarnsMore)
      .when(pointsFold)
      .then(available(725))
  })

  test('tier and category together', () => {
    given(bought('2025-03-01', 'o1', '600.00'), bought('2025-03-02', 'o2', [line('tea', '10.00', { category: 'organic' })]))
      .under(
        shop({
          points: { earn: [base, organic] },
          tiers: {
            levels: [
              { name: 'member', from: '0' },
              { name: 'silver', from: '500.00', multiply: '1.5' },
            ],
          },
        }),
      )
      .when(pointsFold)
      .then(available(630))
  })

  test('no longer the tier once it has lapsed', () => {
    given(bought('2024-03-01', 'o1', '600.00'), bought('2025-03-02', 'o2', '100.00'))
      .under(silverEarnsMore)
      .when(pointsFold)
      .then(available(700))
  })
})

describe('points are pending first', () => {
  const twoWeeks = shop({ points: { pending: 'P14D' } })
  const order = bought('2025-03-01T10:00:00Z', 'o1', '20.00')

  test.each([
    ['2025-03-01T10:00:00Z', 20, 0],
    ['2025-03-15T09:59:59.999Z', 20, 0],
    ['2025-03-15T10:00:00Z', 0, 20],
  ])('at %s %d are pending and %d there', (at, pending, points) => {
    given(order)
      .under(twoWeeks)
      .when(pointsFold, at)
      .then({ accounts: { pending, available: points } })
  })

  test('the release keeps the wall clock over the change to summer time', () => {
    const spring = bought('2025-03-20T10:00:00Z', 'o1', '20.00')
    given(spring).under(twoWeeks).when(pointsFold, '2025-04-03T08:59:59.999Z').then(available(0))
    given(spring).under(twoWeeks).when(pointsFold, '2025-04-03T09:00:00Z').then(available(20))
  })
})

describe('points expire', () => {
  const oneYear = shop({ points: { expiry: { after: 'P12M', at: 'end-of-month' } } })
  const order = bought('2024-03-10', 'o1', '20.00')

  test('at the end of the month, local time: one that expires exactly now is expired', () => {
    given(order)
      .under(oneYear)
      .when(pointsFold, '2025-03-31T22:59:59.999Z')
      .then({ accounts: { available: 20, expired: 0 } })
    given(order)
      .under(oneYear)
      .when(pointsFold, '2025-03-31T23:00:00Z')
      .then({ accounts: { available: 0, expired: 20 }, lots: [] })
  })

  test('or at the end of the day', () => {
    const byDay = shop({ points: { expiry: { after: 'P12M', at: 'end-of-day' } } })
    given(order).under(byDay).when(pointsFold, '2025-03-10T23:59:59.999Z').then(available(20))
    given(order).under(byDay).when(pointsFold, '2025-03-11T00:00:00Z').then(available(0))
  })

  test('points of 29 February at the end of February', () => {
    given(bought('2024-02-29', 'o1', '20.00'))
      .under(oneYear)
      .when(pointsFold, '2025-02-28T23:59:59.999Z')
      .then(available(20))
    given(bought('2024-02-29', 'o1', '20.00'))
      .under(oneYear)
      .when(pointsFold, '2025-03-01T00:00:00Z')
      .then(available(0))
  })

  test('each lot for itself', () => {
    given(order, bought('2024-04-10', 'o2', '7.00'))
      .under(oneYear)
      .when(pointsFold, '2025-04-15')
      .then({ accounts: { available: 7, expired: 20 } })
  })

  test('never, where the programme says so', () => {
    given(order).when(pointsFold, '2099-01-01').then(available(20))
    expect(nextExpiry(given(order).when(pointsFold, '2099-01-01').state)).toBeUndefined()
  })

  test('not before they are released: then their life begins with the release', () => {
    const slow = shop({ points: { pending: 'P45D', expiry: { after: 'P1D', at: 'end-of-month' } } })
    const lot = bought('2025-01-10', 'o1', '20.00')
    given(lot)
      .under(slow)
      .when(pointsFold, '2025-02-24T11:59:59Z')
      .then({ accounts: { pending: 20, expired: 0 } })
    given(lot)
      .under(slow)
      .when(pointsFold, '2025-02-24T12:00:00Z')
      .then({ accounts: { available: 20 } })
    given(lot)
      .under(slow)
      .when(pointsFold, '2025-02-28T23:59:59Z')
      .then({ accounts: { available: 20 } })
    given(lot)
      .under(slow)
      .when(pointsFold, '2025-03-01T00:00:00Z')
      .then({ accounts: { available: 0, expired: 20 } })
  })

  test('a later version changes no date of points that were earned before', () => {
    const short = shop({ version: 2, effectiveFrom: '2024-04-01', points: { expiry: { after: 'P1D', at: 'end-of-day' } } })
    given(order).under(oneYear, short).when(pointsFold, '2025-03-31').then(available(20))
  })

  test('the next expiry tells all points of that instant together', () => {
    const { state } = given(order, bought('2024-03-20', 'o2', '5.00'), bought('2024-04-20', 'o3', '3.00'))
      .under(oneYear)
      .when(pointsFold, '2024-05-01')
    expect(nextExpiry(state)).toMatchObject({ points: 25, at: instant('2025-03-31T23:00:00Z') })
  })

  test('what is due next is the release, then the warning, then the expiry', () => {
    const versions = programmeVersions([
      shop({ points: { pending: 'P14D', expiry: { after: 'P12M', at: 'end-of-month' }, warnBefore: 'P1M' } }),
    ])
    const fold = pointsFold(versions)
    const dueAfter = (at: string) => fold.nextDue(foldAll(fold, versions, [order], instant(at)))
    expect(dueAfter('2024-03-10')).toBe(instant('2024-03-24'))
    expect(dueAfter('2024-03-24')).toBe(instant('2025-03-01T00:00:00Z'))
    expect(dueAfter('2025-03-01T00:00:00Z')).toBe(instant('2025-03-31T23:00:00Z'))
    expect(dueAfter('2025-03-31T23:00:00Z')).toBeUndefined()
  })
})

describe('the ledger has two sides', () => {
  test('whose sum is zero after every event', () => {
    const versions = programmeVersions([shop({ points: { pending: 'P14D', expiry: { after: 'P1M', at: 'end-of-day' } } })])
    const events = [
      enrolled('2025-01-01'),
      bought('2025-01-02', 'o1', '99.99'),
      bought('2025-01-30', 'o2', '12.34'),
      bought('2025-03-30', 'o3', '700.00'),
      bought('2025-04-30', 'o4', '1.00'),
    ]
    const sums: number[] = []
    foldAll(pointsFold(versions), versions, events, instant('2026-01-01'), (state) => sums.push(sumOf(state.accounts)))
    expect(sums).toEqual([0, 0, 0, 0, 0])
  })
})
