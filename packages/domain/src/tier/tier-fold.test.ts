import { describe, expect, test } from '@jest/globals'
import { programmeVersions } from '../programme/versions.ts'
import { bought, broughtBack, enrolled, foldAll, given, instant, line, shop } from '../testing/given.ts'
import { tierFold } from './tier-fold.ts'
import { currentLevel } from './tier-rules.ts'

describe('the tier follows net spend in the window', () => {
  test('a member who joined has the lowest', () => {
    given(enrolled('2025-03-01'))
      .when(tierFold)
      .then({ tier: 'member', since: instant('2025-03-01'), currency: null, qualifying: 0 })
  })

  test('a purchase lifts at once, exactly at the threshold', () => {
    given(bought('2025-03-01', 'o1', '499.99'))
      .when(tierFold)
      .then({ tier: 'member' })
    given(bought('2025-03-01', 'o1', '500.00'))
      .when(tierFold)
      .then({ tier: 'silver', since: instant('2025-03-01'), qualifying: 50_000 })
  })

  test('one large purchase skips a level', () => {
    given(bought('2025-03-01', 'o1', '2500.00'))
      .when(tierFold)
      .then({ tier: 'gold' })
  })

  test('many small ones sum up; the level dates from the last of them', () => {
    given(bought('2025-03-01', 'o1', '200.00'), bought('2025-03-01T13:00:00Z', 'o2', '200.00'), bought('2025-04-01', 'o3', '100.00'))
      .when(tierFold)
      .then({ tier: 'silver', since: instant('2025-04-01'), lifetimeSpend: 50_000 })
  })

  test('an order that was seen before does not count again', () => {
    given(bought('2025-03-01', 'o1', '300.00'), bought('2025-03-02', 'o1', '300.00', { id: 'again' }))
      .when(tierFold)
      .then({ tier: 'member', lifetimeSpend: 30_000 })
  })

  test('purchases before the first version count for tiers', () => {
    given(bought('2024-12-01', 'o1', '600.00'))
      .under(shop({ effectiveFrom: '2025-01-01' }))
      .when(tierFold, '2025-02-01')
      .then({ tier: 'silver' })
  })

  test('thresholds are in units of the currency, whatever its digits', () => {
    const inYen = (amount: number) => ({
      ...bought('2025-03-01', 'o1', '0'),
      data: { orderId: 'o1', currency: 'JPY', lines: [{ sku: 'tea', quantity: 1, amount }] },
    })
    given(inYen(499)).when(tierFold).then({ tier: 'member' })
    given(inYen(500)).when(tierFold).then({ tier: 'silver' })
  })

  test('the level has its name, place and multiplier', () => {
    const versions = programmeVersions([shop()])
    const { state } = given(bought('2025-03-01', 'o1', '500.00')).when(tierFold)
    expect(currentLevel(state, versions)).toMatchObject({ index: 1, name: 'silver', from: 50_000 })
  })
})

describe('spend leaves the window by the day', () => {
  const order = bought('2024-03-10T18:00:00Z', 'o1', '600.00')

  test('at local midnight of the day a year later, whatever the hour of the purchase', () => {
    given(order).when(tierFold, '2025-03-09T23:59:59.999Z').then({ tier: 'silver', qualifying: 60_000 })
    given(order)
      .when(tierFold, '2025-03-10T00:00:00Z')
      .then({ tier: 'member', since: instant('2025-03-10T00:00:00Z'), qualifying: 0, lifetimeSpend: 60_000 })
  })

  test('local means the zone of the programme', () => {
    const taipei = shop({ timeZone: 'Asia/Taipei' })
    given(order).under(taipei).when(tierFold, '2025-03-10T15:59:59.999Z').then({ tier: 'silver' })
    given(order).under(taipei).when(tierFold, '2025-03-10T16:00:00Z').then({ tier: 'member' })
  })

  test('28 and 29 February leave together', () => {
    const february = [bought('2024-02-28', 'o1', '300.00'), bought('2024-02-29', 'o2', '300.00')]
    given(...february)
      .when(tierFold, '2025-02-27T23:59:59.999Z')
      .then({ tier: 'silver' })
    given(...february)
      .when(tierFold, '2025-02-28T00:00:00Z')
      .then({ tier: 'member', qualifying: 0, days: { spend: [] } })
  })

  test('a later purchase keeps the level, or a lower one', () => {
    given(order, bought('2024-09-01', 'o2', '1500.00'))
      .when(tierFold, '2025-03-11')
      .then({ tier: 'silver', since: instant('2025-03-10T00:00:00Z'), qualifying: 150_000 })
  })

  test('it is due when the level changes, not at every day that leaves', () => {
    const versions = programmeVersions([shop()])
    const fold = tierFold(versions)
    const events = [bought('2024-03-01', 'o1', '10.00'), bought('2024-03-02', 'o2', '10.00'), bought('2024-05-01', 'o3', '500.00')]
    expect(fold.nextDue(foldAll(fold, versions, events))).toBe(instant('2025-04-30T23:00:00Z'))
    expect(fold.nextDue(foldAll(fold, versions, events, instant('2025-06-01')))).toBeUndefined()
  })
})

describe('a return lowers spend', () => {
  const order = bought('2025-03-01', 'o1', [line('tea', '600.00', { quantity: 2 })])

  test('and the level at once', () => {
    given(order, broughtBack('2025-03-05', 'r1', 'o1', '300.00'))
      .when(tierFold)
      .then({ tier: 'member', since: instant('2025-03-05'), qualifying: 30_000 })
  })

  test('on the day of its purchase: both leave the window together', () => {
    given(
      bought('2024-03-01', 'o1', [line('tea', '600.00', { quantity: 2 })]),
      broughtBack('2024-09-01', 'r1', 'o1', '300.00'),
      bought('2024-10-01', 'o2', '500.00'),
    )
      .when(tierFold, '2025-03-02')
      .then({ tier: 'silver', qualifying: 50_000 })
  })

  test('of a purchase that has left the window touches nothing in it', () => {
    given(bought('2023-03-01', 'o1', '600.00'), bought('2025-01-01', 'o2', '500.00'), broughtBack('2025-02-01', 'r1', 'o1', '600.00'))
      .when(tierFold)
      .then({ tier: 'silver', qualifying: 50_000, lifetimeSpend: 50_000 })
  })

  test('without a purchase counts on its own day, below zero if it must', () => {
    given(broughtBack('2025-03-01', 'r1', undefined, '20.00'))
      .when(tierFold)
      .then({ tier: 'member', qualifying: -2_000, lifetimeSpend: -2_000 })
  })

  test('that comes before its purchase ends where it would have ended after it', () => {
    const purchase = bought('2025-03-02', 'o1', '600.00')
    const before = given(broughtBack('2025-03-01', 'r1', 'o1', '600.00'), purchase).when(tierFold, '2025-04-01').state
    const after = given(purchase, broughtBack('2025-03-03', 'r1', 'o1', '600.00')).when(tierFold, '2025-04-01').state
    expect(before.qualifying).toBe(0)
    expect([before.tier, before.qualifying, before.lifetimeSpend]).toEqual([after.tier, after.qualifying, after.lifetimeSpend])
  })
})

describe('a new version of the programme', () => {
  const order = bought('2025-01-10', 'o1', '600.00')
  const from = '2025-06-01'
  const changes = instant('2025-05-31T23:00:00Z')

  test('with other levels judges from its first day', () => {
    const higher = shop({
      version: 2,
      effectiveFrom: from,
      tiers: {
        levels: [
          { name: 'member', from: '0' },
          { name: 'silver', from: '1000.00' },
        ],
      },
    })
    given(order).under(shop(), higher).when(tierFold, '2025-05-31T22:59:59Z').then({ tier: 'silver' })
    given(order).under(shop(), higher).when(tierFold, '2025-06-01').then({ tier: 'member', since: changes })
  })

  test('with a level renamed moves its members', () => {
    const renamed = shop({
      version: 2,
      effectiveFrom: from,
      tiers: {
        levels: [
          { name: 'friend', from: '0' },
          { name: 'best-friend', from: '500.00' },
        ],
      },
    })
    given(order, enrolled('2025-01-01')).under(shop(), renamed).when(tierFold, '2025-07-01').then({ tier: 'best-friend', since: changes })
  })

  test('with a shorter window drops what has left it, and what it says is due at its first day', () => {
    const shorter = shop({ version: 2, effectiveFrom: from, tiers: { window: { rolling: 'P3M' } } })
    given(order).under(shop(), shorter).when(tierFold, '2025-07-01').then({ tier: 'member', since: changes, qualifying: 0 })
    const versions = programmeVersions([shop(), shorter])
    const fold = tierFold(versions)
    expect(fold.nextDue(foldAll(fold, versions, [order]))).toBe(changes)
  })

  test('with a longer window brings back what had left', () => {
    const short = shop({ tiers: { window: { rolling: 'P3M' } } })
    const longer = shop({ version: 2, effectiveFrom: from })
    given(order).under(short, longer).when(tierFold, '2025-05-01').then({ tier: 'member', qualifying: 0 })
    given(order).under(short, longer).when(tierFold, '2025-07-01').then({ tier: 'silver', since: changes, qualifying: 60_000 })
  })
})
