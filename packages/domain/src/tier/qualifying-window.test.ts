import { describe, expect, test } from '@jest/globals'
import { programmeVersions } from '../programme/versions.ts'
import { bought, broughtBack, enrolled, foldAll, given, instant, shop, wroteReview } from '../testing/given.ts'
import { tierFold } from './tier-fold.ts'

describe('the calendar year', () => {
  const yearly = shop({ tiers: { window: { calendar: 'year' } } })
  const order = bought('2024-11-30', 'o1', '600.00')

  test('counts what was bought in it', () => {
    given(order, bought('2024-12-31T23:30:00Z', 'o2', '1400.00'))
      .under(yearly)
      .when(tierFold, '2024-12-31T23:59:59.999Z')
      .then({ tier: 'gold', qualifying: 200_000 })
  })

  test('begins anew at local midnight of New Year', () => {
    given(order)
      .under(yearly)
      .when(tierFold, '2025-01-01T00:00:00Z')
      .then({ tier: 'member', since: instant('2025-01-01T00:00:00Z'), qualifying: 0, days: { spend: [] } })
    const taipei = shop({ timeZone: 'Asia/Taipei', tiers: { window: { calendar: 'year' } } })
    given(order).under(taipei).when(tierFold, '2024-12-31T15:59:59.999Z').then({ tier: 'silver' })
    given(order)
      .under(taipei)
      .when(tierFold, '2025-01-01')
      .then({ tier: 'member', since: instant('2024-12-31T16:00:00Z') })
  })

  test('a return of a purchase of last year takes nothing from this one', () => {
    given(order, bought('2025-01-10', 'o2', '500.00'), broughtBack('2025-01-20', 'r1', 'o1', '600.00'))
      .under(yearly)
      .when(tierFold)
      .then({ tier: 'silver', qualifying: 50_000, lifetimeSpend: 50_000 })
  })

  test('it is due at New Year where a tier ends then, and not where none does', () => {
    const versions = programmeVersions([yearly])
    const fold = tierFold(versions)
    expect(fold.nextDue(foldAll(fold, versions, [order]))).toBe(instant('2025-01-01T00:00:00Z'))
    expect(fold.nextDue(foldAll(fold, versions, [bought('2024-11-30', 'o1', '5.00')]))).toBeUndefined()
  })
})

describe("the member's own year", () => {
  const own = shop({ tiers: { window: { anniversary: 'enrolment' } } })

  test('begins with the day of enrolment and each anniversary of it', () => {
    const history = [enrolled('2023-05-10'), bought('2024-05-09', 'o1', '600.00')]
    given(...history)
      .under(own)
      .when(tierFold, '2024-05-09T22:59:59.999Z')
      .then({ tier: 'silver' })
    given(...history)
      .under(own)
      .when(tierFold, '2024-05-09T23:00:00Z')
      .then({ tier: 'member', since: instant('2024-05-09T23:00:00Z') })
    given(...history, bought('2024-05-10T08:00:00Z', 'o2', '700.00'))
      .under(own)
      .when(tierFold, '2025-05-09')
      .then({ tier: 'silver', qualifying: 70_000 })
  })

  test('who joined on 29 February has it on the 28th in common years', () => {
    const history = [enrolled('2024-02-29'), bought('2024-06-01', 'o1', '600.00')]
    given(...history)
      .under(own)
      .when(tierFold, '2025-02-27T23:59:59.999Z')
      .then({ tier: 'silver' })
    given(...history)
      .under(own)
      .when(tierFold, '2025-02-28')
      .then({ tier: 'member', since: instant('2025-02-28T00:00:00Z') })
    given(...history, bought('2028-02-28', 'o2', '600.00'))
      .under(own)
      .when(tierFold, '2028-02-29')
      .then({ tier: 'member', since: instant('2028-02-29T00:00:00Z') })
  })

  test('until there is an enrolment it begins with the first event', () => {
    given(wroteReview('2023-05-10'), bought('2024-05-09', 'o1', '600.00'))
      .under(own)
      .when(tierFold, '2024-05-10')
      .then({ tier: 'member', since: instant('2024-05-09T23:00:00Z') })
  })

  test('an enrolment that comes later begins it anew', () => {
    given(bought('2024-05-01', 'o1', '600.00'), enrolled('2024-06-01'))
      .under(own)
      .when(tierFold)
      .then({ tier: 'member', since: instant('2024-06-01'), qualifying: 0, lifetimeSpend: 60_000 })
  })

  test('but only the first one', () => {
    given(enrolled('2024-05-01'), bought('2024-05-02', 'o1', '600.00'), enrolled('2024-06-01'))
      .under(own)
      .when(tierFold)
      .then({ tier: 'silver' })
  })
})

describe('the whole life', () => {
  const forLife = shop({ tiers: { window: { lifetime: true } } })
  const history = [bought('2004-03-01', 'o1', '300.00'), bought('2014-03-01', 'o2', '200.00')]

  test('counts all that ever was, net of returns', () => {
    given(...history)
      .under(forLife)
      .when(tierFold, '2024-01-01')
      .then({ tier: 'silver', since: instant('2014-03-01'), qualifying: 50_000 })
    given(...history, broughtBack('2024-03-01', 'r1', 'o1', '0.01'))
      .under(forLife)
      .when(tierFold)
      .then({ tier: 'member', since: instant('2024-03-01'), qualifying: 49_999 })
  })

  test('needs no memory of days, and nothing is ever due', () => {
    const versions = programmeVersions([forLife])
    const fold = tierFold(versions)
    const state = foldAll(fold, versions, history)
    expect(state.days.spend).toHaveLength(1)
    expect(fold.nextDue(state)).toBeUndefined()
  })
})

describe('a new version with another window', () => {
  const order = bought('2024-10-01', 'o1', '600.00')
  const later = { version: 2, effectiveFrom: '2025-01-01' }

  test('a year that it still reaches counts again', () => {
    const short = shop({ tiers: { window: { rolling: 'P1M' } } })
    const yearly = shop({ version: 2, effectiveFrom: '2024-12-01', tiers: { window: { calendar: 'year' } } })
    given(order).under(short, yearly).when(tierFold, '2024-11-15').then({ tier: 'member', qualifying: 0 })
    given(order).under(short, yearly).when(tierFold, '2024-12-15').then({ tier: 'silver', qualifying: 60_000 })
  })

  test("the member's own year counts what was bought before the enrolment on the day of it", () => {
    const short = shop({ tiers: { window: { rolling: 'P1M' } } })
    const own = shop({ ...later, tiers: { window: { anniversary: 'enrolment' } } })
    given(wroteReview('2023-12-30'), bought('2024-10-26T09:00:00Z', 'o1', '600.00'), enrolled('2024-10-26T10:00:00Z'))
      .under(shop({ tiers: { window: { rolling: 'P0D' } } }), own)
      .when(tierFold, '2025-03-05')
      .then({ tier: 'silver', qualifying: 60_000 })
    given(wroteReview('2023-12-30'), bought('2024-10-26T09:00:00Z', 'o1', '600.00'))
      .under(short, own)
      .when(tierFold, '2025-03-05')
      .then({ tier: 'member', qualifying: 0, days: { spend: [] } })
  })

  test('the whole life counts from the first purchase', () => {
    const forLife = shop({ ...later, tiers: { window: { lifetime: true } } })
    given(order, bought('2010-01-01', 'o0', '1400.00'))
      .under(shop(), forLife)
      .when(tierFold, '2025-02-01')
      .then({ tier: 'gold', since: instant('2025-01-01T00:00:00Z') })
  })

  test('the day of a purchase stays the one that it was, whatever zone a later version has', () => {
    const history = [bought('2024-12-31T03:00:00Z', 'o1', '600.00'), broughtBack('2025-01-10', 'r1', 'o1', '600.00')]
    const honolulu = shop({ ...later, timeZone: 'Pacific/Honolulu' })
    given(...history)
      .under(shop(), honolulu)
      .when(tierFold, '2025-01-11')
      .then({ tier: 'member', qualifying: 0, days: { spend: [[20_088, 0]] } })
  })

  test('with another metric counts what that metric counted all along', () => {
    const byOrders = shop({
      ...later,
      tiers: {
        metric: 'purchases',
        levels: [
          { name: 'member', from: '0' },
          { name: 'silver', from: '2' },
        ],
      },
    })
    const small = [bought('2024-10-01', 'o1', '5.00'), bought('2024-11-01', 'o2', '5.00')]
    given(...small)
      .under(shop(), byOrders)
      .when(tierFold, '2024-12-01')
      .then({ tier: 'member', qualifying: 1_000 })
    given(...small)
      .under(shop(), byOrders)
      .when(tierFold, '2025-01-02')
      .then({ tier: 'silver', qualifying: 2, days: { spend: [] } })
  })
})
