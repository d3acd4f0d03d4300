import { describe, expect, test } from '@jest/globals'
import { programmeVersions } from '../programme/versions.ts'
import { bought, broughtBack, decided, foldAll, given, instant, line, shop, wroteReview } from '../testing/given.ts'
import { saveTier, tierFold } from './tier-fold.ts'

describe('net spend qualifies', () => {
  test('and never the spendable balance: redeeming points demotes nobody (23)', () => {
    given(
      bought('2025-03-01', 'o1', '600.00'),
      decided('2025-03-02', 'h1', 'PointsRedeemed', { points: 600 }),
      decided('2025-03-03', 'a1', 'PointsAdjusted', { points: -600, reason: 'x', by: 'ann' }),
    )
      .when(tierFold)
      .then({ tier: 'silver', qualifying: 60_000 })
  })

  test('the first level is not skipped, and what was paid with points is spend like any other (24)', () => {
    given(bought('2025-03-01', 'o1', '0.00'))
      .when(tierFold)
      .then({ tier: 'member' })
    given(bought('2025-03-01', 'o1', '500.00'), decided('2025-03-02', 'h1', 'PointsRedeemed', { points: 500, orderId: 'o1' }))
      .when(tierFold)
      .then({ tier: 'silver', qualifying: 50_000 })
  })
})

describe('orders qualify', () => {
  const byOrders = shop({
    tiers: {
      metric: 'purchases',
      levels: [
        { name: 'member', from: '0' },
        { name: 'silver', from: '2' },
        { name: 'gold', from: '3' },
      ],
    },
  })
  const two = [
    bought('2025-03-01', 'o1', [line('tea', '20.00', { quantity: 2 }), line('gift', '0.00')]),
    bought('2025-03-01T13:00:00Z', 'o2', '1.00'),
  ]

  test('each once, whatever it cost', () => {
    given(...two, bought('2025-03-02', 'o2', '1.00', { id: 'again' }), wroteReview('2025-03-03'))
      .under(byOrders)
      .when(tierFold)
      .then({ tier: 'silver', qualifying: 2 })
  })

  test('until the window loses them', () => {
    given(...two)
      .under(byOrders)
      .when(tierFold, '2026-03-01')
      .then({ tier: 'member', qualifying: 0 })
  })

  test('not when part of them came back, but when all did, and then once', () => {
    const half = broughtBack('2025-03-05', 'r1', 'o1', '10.00')
    const rest = broughtBack('2025-03-06', 'r2', 'o1', [line('tea', '10.00'), line('gift', '0.00')])
    given(...two, half)
      .under(byOrders)
      .when(tierFold)
      .then({ tier: 'silver', qualifying: 2 })
    given(...two, half, rest)
      .under(byOrders)
      .when(tierFold)
      .then({ tier: 'member', qualifying: 1, since: instant('2025-03-06') })
    given(...two, half, rest, broughtBack('2025-03-07', 'r3', 'o1', '10.00'))
      .under(byOrders)
      .when(tierFold)
      .then({ qualifying: 1 })
  })

  test('goods that come back for nothing after all the money did end no order twice', () => {
    given(
      bought('2025-03-01', 'o1', [line('tea', '20.00', { quantity: 2 })]),
      broughtBack('2025-03-05', 'r1', 'o1', '20.00'),
      broughtBack('2025-03-06', 'r2', 'o1', '0.00'),
    )
      .under(byOrders)
      .when(tierFold)
      .then({ qualifying: 0 })
  })

  test('of which the goods cost nothing when all of them are back', () => {
    const free = bought('2025-03-01', 'o1', [line('tea', '0.00', { quantity: 2 })])
    given(free, broughtBack('2025-03-05', 'r1', 'o1', '0.00'))
      .under(byOrders)
      .when(tierFold)
      .then({ qualifying: 1 })
    given(free, broughtBack('2025-03-05', 'r1', 'o1', [line('tea', '0.00', { quantity: 2 })]))
      .under(byOrders)
      .when(tierFold)
      .then({ qualifying: 0 })
  })

  test('returns that came before their order take it away once, together', () => {
    given(
      broughtBack('2025-03-01', 'r1', 'o1', [line('tea', '5.00')]),
      broughtBack('2025-03-02', 'r2', 'o1', [line('oil', '7.00')]),
      bought('2025-03-03', 'o1', [line('oil', '7.00'), line('tea', '5.00')]),
    )
      .under(byOrders)
      .when(tierFold)
      .then({ qualifying: 0 })
  })

  test('a return without an order that matches two orders takes both', () => {
    given(
      bought('2025-03-01', 'o1', '5.00'),
      bought('2025-03-02', 'o2', '5.00'),
      broughtBack('2025-03-03', 'r1', undefined, [line('tea', '10.00', { quantity: 2 })]),
    )
      .under(byOrders)
      .when(tierFold)
      .then({ qualifying: 0 })
  })
})

describe('points qualify', () => {
  const byPoints = shop({
    points: {
      earn: [
        { name: 'base', for: 'purchase', per: '1.00', points: 1 },
        { name: 'review', for: 'engagement', when: { activity: ['review'] }, add: 50 },
      ],
      expiry: { after: 'P1M', at: 'end-of-day' },
    },
    tiers: {
      metric: 'points',
      levels: [
        { name: 'member', from: '0' },
        { name: 'silver', from: '500', multiply: '2' },
        { name: 'gold', from: '2000' },
      ],
    },
  })

  test('as they are earned, by purchases and engagement', () => {
    given(bought('2025-03-01', 'o1', '450.00'), wroteReview('2025-03-02'))
      .under(byPoints)
      .when(tierFold)
      .then({ tier: 'silver', since: instant('2025-03-02'), qualifying: 500 })
  })

  test('by the level held before: the order that lifts is not multiplied, the next one is', () => {
    given(bought('2025-03-01', 'o1', '500.00'), bought('2025-03-02', 'o2', '100.00'))
      .under(byPoints)
      .when(tierFold)
      .then({ tier: 'silver', qualifying: 700 })
  })

  test('whether they have expired, or were spent (23)', () => {
    given(bought('2025-03-01', 'o1', '500.00'), decided('2025-03-02', 'h1', 'PointsRedeemed', { points: 500 }))
      .under(byPoints)
      .when(tierFold, '2025-12-01')
      .then({ tier: 'silver', qualifying: 500 })
  })

  test('less what returns took back, on the day on which they were earned', () => {
    const order = bought('2024-03-01', 'o1', [line('tea', '600.00', { quantity: 2 })])
    given(order, broughtBack('2024-09-01', 'r1', 'o1', '300.00'))
      .under(byPoints)
      .when(tierFold)
      .then({ tier: 'member', since: instant('2024-09-01'), qualifying: 300 })
    given(order, broughtBack('2024-09-01', 'r1', 'o1', '300.00'), bought('2024-10-01', 'o2', '500.00'))
      .under(byPoints)
      .when(tierFold, '2025-03-02')
      .then({ tier: 'silver', qualifying: 500 })
  })

  test('what is saved does not grow with the orders of the past', () => {
    const versions = programmeVersions([byPoints])
    const orders = Array.from({ length: 20 }, (_, index) => bought('2025-03-01', `o${index}`, '5.00'))
    const saved = saveTier(foldAll(tierFold(versions), versions, orders))
    expect(JSON.parse(JSON.stringify(saved))).toEqual(saved)
    expect(JSON.stringify(saved).length).toBeLessThan(400)
  })
})

test('where only spend qualifies nothing else is remembered', () => {
  const versions = programmeVersions([shop()])
  const state = foldAll(tierFold(versions), versions, [bought('2025-03-01', 'o1', '500.00')])
  expect(Object.keys(JSON.parse(JSON.stringify(state)))).toEqual([
    'at',
    'tier',
    'since',
    'currency',
    'lifetimeSpend',
    'qualifying',
    'days',
    'daysOutside',
    'held',
  ])
})
