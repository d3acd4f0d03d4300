import { describe, test } from '@jest/globals'
import { bought, enrolled, given, instant, shop } from '../testing/given.ts'
import { tierFold } from './tier-fold.ts'

describe('members rise at the evaluation', () => {
  test('of the calendar year: the year that has just ended decides', () => {
    const yearly = shop({ tiers: { window: { calendar: 'year' }, upgrade: 'at-evaluation', keepUntil: 'end-of-next-year' } })
    const order = bought('2024-03-01', 'o1', '600.00')
    given(order).under(yearly).when(tierFold, '2024-12-31').then({ tier: 'member', qualifying: 60_000 })
    given(order)
      .under(yearly)
      .when(tierFold, '2025-01-01T00:00:00Z')
      .then({ tier: 'silver', since: instant('2025-01-01T00:00:00Z'), keptUntil: instant('2026-01-01T00:00:00Z'), qualifying: 0 })
    given(order)
      .under(yearly)
      .when(tierFold, '2026-01-01')
      .then({ tier: 'member', since: instant('2026-01-01T00:00:00Z') })
  })

  test("of the member's own year", () => {
    const own = shop({ tiers: { window: { anniversary: 'enrolment' }, upgrade: 'at-evaluation', keepUntil: 'P12M' } })
    const history = [enrolled('2024-03-01'), bought('2024-03-02', 'o1', '600.00')]
    given(...history)
      .under(own)
      .when(tierFold, '2025-02-28')
      .then({ tier: 'member' })
    given(...history)
      .under(own)
      .when(tierFold, '2025-03-01')
      .then({ tier: 'silver', since: instant('2025-03-01T00:00:00Z'), keptUntil: instant('2026-03-01T00:00:00Z') })
  })

  test('of a rolling window, and of a lifetime, at the start of each month', () => {
    const order = bought('2024-03-10', 'o1', '600.00')
    for (const window of [{ rolling: 'P12M' }, { lifetime: true as const }]) {
      const monthly = shop({ tiers: { window, upgrade: 'at-evaluation' } })
      given(order).under(monthly).when(tierFold, '2024-03-31T22:59:59.999Z').then({ tier: 'member' })
      given(order)
        .under(monthly)
        .when(tierFold, '2024-04-02')
        .then({ tier: 'silver', since: instant('2024-03-31T23:00:00Z') })
    }
  })

  test('but they fall when the window says so', () => {
    given(bought('2024-03-10', 'o1', '600.00'))
      .under(shop({ tiers: { upgrade: 'at-evaluation' } }))
      .when(tierFold, '2025-03-10')
      .then({ tier: 'member', since: instant('2025-03-10T00:00:00Z') })
  })

  test('what was lost by the evaluation lifts nobody', () => {
    given(bought('2024-03-10', 'o1', '600.00'))
      .under(shop({ tiers: { window: { rolling: 'P1W' }, upgrade: 'at-evaluation' } }))
      .when(tierFold, '2024-06-01')
      .then({ tier: 'member', since: instant('2024-03-10') })
  })
})

describe('a tier that was kept is reviewed', () => {
  test('in the middle of a calendar year by that year so far', () => {
    const mid = shop({ tiers: { window: { calendar: 'year' }, keepUntil: 'P12M' } })
    const silver = bought('2024-06-10', 'o1', '600.00')
    given(silver).under(mid).when(tierFold, '2025-06-09T22:59:59.999Z').then({ tier: 'silver', qualifying: 0 })
    given(silver)
      .under(mid)
      .when(tierFold, '2025-06-10')
      .then({ tier: 'member', since: instant('2025-06-09T23:00:00Z') })
    given(silver, bought('2025-02-01', 'o2', '500.00'))
      .under(mid)
      .when(tierFold, '2025-06-10')
      .then({ tier: 'silver', keptUntil: instant('2026-06-09T23:00:00Z') })
  })

  test('and may turn out higher, where members rise at the evaluation', () => {
    const yearly = shop({ tiers: { window: { lifetime: true }, upgrade: 'at-evaluation', keepUntil: 'P9D' } })
    given(bought('2024-03-30', 'o1', '600.00'), bought('2024-04-02', 'o2', '2000.00'))
      .under(yearly)
      .when(tierFold, '2024-04-15')
      .then({ tier: 'gold', since: instant('2024-04-09T23:00:00Z'), keptUntil: instant('2024-04-18T23:00:00Z') })
  })

  test('with what was bought today in the zone that the programme leaves at that instant', () => {
    const yearly = { window: { calendar: 'year' as const }, upgrade: 'at-evaluation' as const, keepUntil: 'P3M' }
    const tiers = { ...yearly, onReturn: 'at-evaluation' as const }
    const inNewYork = shop({ timeZone: 'America/New_York', tiers })
    const inDelhi = shop({ version: 2, effectiveFrom: '2024-02-01', timeZone: 'Asia/Kolkata', tiers })
    const again = shop({ version: 3, effectiveFrom: '2024-04-01', timeZone: 'America/New_York', tiers })
    const history = [bought('2023-06-01', 'o1', '600.00'), bought('2024-01-05', 'o2', '300.00')]
    given(...history)
      .under(inNewYork, inDelhi, again)
      .when(tierFold, '2024-05-01')
      .then({ tier: 'member', since: instant('2024-04-01T04:00:00Z') })
    given(...history, bought('2024-04-01T01:00:00Z', 'o3', '200.00'))
      .under(inNewYork, inDelhi, again)
      .when(tierFold, '2024-05-01')
      .then({ tier: 'silver', since: instant('2024-01-01T05:00:00Z'), keptUntil: instant('2024-07-01T04:00:00Z') })
  })

  test('by a new version that takes effect at that instant, by its own window', () => {
    const rolling = shop({ tiers: { window: { rolling: 'P1M' }, keepUntil: 'end-of-next-year' } })
    const yearly = shop({
      version: 2,
      effectiveFrom: '2026-01-01',
      tiers: { window: { calendar: 'year' }, keepUntil: 'end-of-next-year' },
    })
    given(bought('2024-06-10', 'o1', '600.00'), bought('2025-02-01', 'o2', '500.00'))
      .under(rolling, yearly)
      .when(tierFold, '2026-06-01')
      .then({ tier: 'silver', since: instant('2024-06-10'), keptUntil: instant('2027-01-01T00:00:00Z') })
  })
})
