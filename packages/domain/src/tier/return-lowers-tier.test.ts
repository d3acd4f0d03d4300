import { describe, test } from '@jest/globals'
import { bought, broughtBack, given, instant, line, shop } from '../testing/given.ts'
import { tierFold } from './tier-fold.ts'

const newYear = (year: number) => instant(`${year}-01-01T00:00:00Z`)

describe('a return after the upgrade: the programme says when the tier follows (26)', () => {
  const order = bought('2024-03-10', 'o1', [line('tea', '600.00', { quantity: 2 })])
  const back = broughtBack('2024-03-20', 'r1', 'o1', '300.00')

  describe('at once, with recalculate', () => {
    const kept = shop({ tiers: { keepUntil: 'P12M' } })

    test('even a tier that is kept, when the purchases that carried it came back', () => {
      given(order, back)
        .under(kept)
        .when(tierFold)
        .then({ tier: 'member', since: instant('2024-03-20') })
    })

    test('but not when others carry it', () => {
      given(order, bought('2024-03-11', 'o2', '200.00'), back)
        .under(kept)
        .when(tierFold)
        .then({ tier: 'silver', qualifying: 50_000 })
    })

    test('down to what is left, however the programme falls otherwise', () => {
      const softly = shop({ tiers: { keepUntil: 'P12M', downgrade: { to: 'one-down', grace: 'P2M' } } })
      given(bought('2024-03-10', 'o1', '2500.00'), broughtBack('2024-03-20', 'r1', 'o1', '2500.00'))
        .under(softly)
        .when(tierFold)
        .then({ tier: 'member', falling: undefined })
      given(
        bought('2024-03-10', 'o1', [line('tea', '2500.00', { quantity: 5 })]),
        broughtBack('2024-03-20', 'r1', 'o1', [line('tea', '2000.00', { quantity: 4 })]),
      )
        .under(softly)
        .when(tierFold)
        .then({ tier: 'silver', keptUntil: instant('2025-03-10T00:00:00Z') })
    })

    test('nothing that was bought after the tier was reached can take it away', () => {
      const history = [bought('2024-01-10', 'o1', '500.00'), bought('2025-01-15', 'o2', '20.00')]
      const keptLong = shop({ tiers: { keepUntil: 'P24M' } })
      given(...history, broughtBack('2025-01-20', 'r1', 'o2', '20.00'))
        .under(keptLong)
        .when(tierFold)
        .then({ tier: 'silver', qualifying: 0 })
      given(...history, broughtBack('2025-01-20', 'r1', undefined, [line('oil', '20.00')]))
        .under(keptLong)
        .when(tierFold)
        .then({ tier: 'silver' })
    })

    describe('but not for goods whose purchase is not known', () => {
      const unknown = (at: string, amount: string) => broughtBack(at, 'r1', undefined, [line('oil', amount)])

      test('at the very instant of a monthly evaluation, as at any other: the tier has its grace', () => {
        const monthly = shop({ tiers: { window: { lifetime: true }, upgrade: 'at-evaluation', downgrade: { grace: 'P3M' } } })
        for (const at of [newYear(2025), newYear(2025) + 1]) {
          given(order, unknown(new Date(at).toISOString(), '700.00'))
            .under(monthly)
            .when(tierFold)
            .then({ tier: 'silver', qualifying: -10_000, falling: { at: instant('2025-03-31T23:00:00Z'), to: 'member' } })
        }
      })

      test('that come back at the very instant at which the tier was reached, by money or by points at the base rate', () => {
        const byPoints = shop({ points: { returns: { unmatched: 'base-rate' } }, tiers: { metric: 'points', keepUntil: 'P12M' } })
        for (const [programme, left] of [[kept, 40_000] as const, [byPoints, 400] as const]) {
          given(order, unknown('2024-03-10', '200.00'))
            .under(programme)
            .when(tierFold)
            .then({ tier: 'silver', qualifying: left, keptUntil: instant('2025-03-10T00:00:00Z') })
        }
      })
    })

    test('of a purchase of that very instant, before the tier was looked at', () => {
      given(order, broughtBack('2024-03-10', 'r1', 'o1', '300.00'))
        .under(kept)
        .when(tierFold)
        .then({ tier: 'member' })
    })

    test('of a purchase of the previous calendar year that carried the tier', () => {
      const yearly = shop({ tiers: { window: { calendar: 'year' }, keepUntil: 'end-of-next-year' } })
      given(order, broughtBack('2025-01-20', 'r1', 'o1', '300.00'))
        .under(yearly)
        .when(tierFold)
        .then({ tier: 'member', since: instant('2025-01-20') })
      given(order, bought('2024-04-01', 'o2', '200.00'), broughtBack('2025-01-20', 'r1', 'o1', '300.00'))
        .under(yearly)
        .when(tierFold)
        .then({ tier: 'silver', keptUntil: newYear(2026) })
      given(order, bought('2025-01-10', 'o2', '500.00'), broughtBack('2025-01-20', 'r1', 'o1', '300.00'))
        .under(yearly)
        .when(tierFold)
        .then({ tier: 'silver' })
    })

    test('of a purchase of the year whose review renewed it', () => {
      const yearly = shop({ tiers: { window: { calendar: 'year' }, keepUntil: 'end-of-next-year' } })
      const history = [bought('2023-03-01', 'o0', '600.00'), order]
      given(...history, broughtBack('2025-01-20', 'r1', 'o0', '600.00'))
        .under(yearly)
        .when(tierFold)
        .then({ tier: 'silver', keptUntil: newYear(2026) })
      given(...history, broughtBack('2025-01-20', 'r1', 'o1', '300.00'))
        .under(yearly)
        .when(tierFold)
        .then({ tier: 'member' })
    })

    test("not of what was bought at the first instant of the member's new year: the year before carried the tier", () => {
      const own = shop({ tiers: { window: { anniversary: 'enrolment' }, keepUntil: 'P12M' } })
      given(
        bought('2024-01-10', 'o1', '500.00'),
        bought('2025-01-10T00:00:00Z', 'o2', '100.00'),
        broughtBack('2025-01-20', 'r1', 'o2', '100.00'),
      )
        .under(own)
        .when(tierFold)
        .then({ tier: 'silver', keptUntil: instant('2026-01-10T00:00:00Z') })
    })

    test('nor on its first day, where that had begun in the zone that the programme has left', () => {
      const yearly = { window: { calendar: 'year' as const }, upgrade: 'at-evaluation' as const, keepUntil: 'end-of-next-year' as const }
      const inDelhi = shop({ timeZone: 'Asia/Kolkata', tiers: { ...yearly, levels: [{ name: 'member', from: '0' }] } })
      const inNewYork = shop({ version: 2, effectiveFrom: '2024-01-01', timeZone: 'America/New_York', tiers: yearly })
      // The second order is of New Year in Delhi, and New York reviews the year that ends there only later.
      const orders = [bought('2023-06-01', 'o1', '500.00'), bought('2024-01-01T01:00:00Z', 'o2', '100.00')]
      given(...orders, broughtBack('2024-02-01', 'r1', 'o2', '100.00'))
        .under(inDelhi, inNewYork)
        .when(tierFold)
        .then({ tier: 'silver', since: instant('2024-01-01T05:00:00Z'), keptUntil: instant('2025-01-01T05:00:00Z') })
    })

    test('and ends a grace that had begun', () => {
      const graceful = shop({ tiers: { downgrade: { grace: 'P2M' } } })
      given(order, broughtBack('2025-03-20', 'r1', 'o1', '300.00'))
        .under(graceful)
        .when(tierFold)
        .then({ tier: 'member', since: instant('2025-03-20'), falling: undefined })
    })

    test('what a dearer version had left kept is not undone by the first small return', () => {
      const dearer = shop({
        version: 2,
        effectiveFrom: '2024-06-01',
        tiers: {
          keepUntil: 'P12M',
          levels: [
            { name: 'member', from: '0' },
            { name: 'silver', from: '5000.00' },
          ],
        },
      })
      given(order, broughtBack('2024-07-01', 'r1', 'o1', [line('tea', '1.00', { quantity: 0.1 })]))
        .under(kept, dearer)
        .when(tierFold, '2024-08-01')
        .then({ tier: 'silver' })
    })

    test('a new metric cannot take money from orders: what was kept stays kept', () => {
      const byOrders = shop({
        version: 2,
        effectiveFrom: '2024-06-01',
        tiers: {
          metric: 'purchases',
          keepUntil: 'P12M',
          levels: [
            { name: 'member', from: '0' },
            { name: 'silver', from: '2' },
          ],
        },
      })
      given(order, broughtBack('2024-07-01', 'r1', 'o1', [line('tea', '600.00', { quantity: 2 })]))
        .under(kept, byOrders)
        .when(tierFold, '2025-03-09')
        .then({ tier: 'silver', basis: undefined })
    })
  })

  describe('at the next evaluation', () => {
    test('of a rolling window: the start of next month', () => {
      const later = shop({ tiers: { onReturn: 'at-evaluation' } })
      given(order, back).under(later).when(tierFold, '2024-03-31T22:59:59.999Z').then({ tier: 'silver', qualifying: 30_000 })
      given(order, back)
        .under(later)
        .when(tierFold, '2024-04-01')
        .then({ tier: 'member', since: instant('2024-03-31T23:00:00Z') })
    })

    test('of the calendar year: New Year', () => {
      const yearly = shop({ tiers: { window: { calendar: 'year' }, onReturn: 'at-evaluation' } })
      given(order, back).under(yearly).when(tierFold, '2024-12-31').then({ tier: 'silver' })
      given(order, back)
        .under(yearly)
        .when(tierFold, '2025-01-01')
        .then({ tier: 'member', since: newYear(2025) })
    })

    test('a purchase before it makes up for it', () => {
      given(order, back, bought('2024-03-25', 'o2', '200.00'))
        .under(shop({ tiers: { onReturn: 'at-evaluation' } }))
        .when(tierFold, '2024-06-01')
        .then({ tier: 'silver', since: instant('2024-03-10'), keptUntil: undefined })
    })

    test('a tier that is kept longer anyway stays until then', () => {
      const both = shop({ tiers: { onReturn: 'at-evaluation', keepUntil: 'P12M' } })
      given(order, back)
        .under(both)
        .when(tierFold, '2025-03-09')
        .then({ tier: 'silver', keptUntil: instant('2025-03-10T00:00:00Z') })
    })
  })
})
