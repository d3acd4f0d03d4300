import { describe, test } from '@jest/globals'
import type { ProgrammeInput } from '@perennial/contracts'
import { bought, given, instant, shop } from '../testing/given.ts'
import { tierFold } from './tier-fold.ts'

type Tiers = Partial<Omit<ProgrammeInput['tiers'], 'levels'>>
const tiers = (changes: Tiers) => shop({ tiers: changes })
const newYear = (year: number) => instant(`${year}-01-01T00:00:00Z`)

describe('kept until the end of next year', () => {
  const yearly = tiers({ window: { calendar: 'year' }, keepUntil: 'end-of-next-year' })
  const silver = bought('2024-03-01', 'o1', '600.00')

  test('from the day on which it was reached', () => {
    given(silver)
      .under(yearly)
      .when(tierFold)
      .then({ tier: 'silver', keptUntil: newYear(2026) })
    given(silver).under(yearly).when(tierFold, '2025-12-31T23:59:59.999Z').then({ tier: 'silver', qualifying: 0 })
  })

  test('then it is lost, if the year that ends did not earn it', () => {
    given(silver)
      .under(yearly)
      .when(tierFold, '2026-01-01T00:00:00Z')
      .then({ tier: 'member', since: newYear(2026) })
  })

  test('and renewed for a year, if that year did', () => {
    given(silver, bought('2025-12-31T12:00:00Z', 'o2', '500.00'))
      .under(yearly)
      .when(tierFold, '2026-01-01')
      .then({ tier: 'silver', since: instant('2024-03-01'), keptUntil: newYear(2027) })
  })

  test('a higher level reached on the way is kept on its own', () => {
    given(silver, bought('2025-06-01', 'o2', '2000.00'))
      .under(yearly)
      .when(tierFold, '2026-06-01')
      .then({ tier: 'gold', keptUntil: newYear(2027) })
  })

  test('who falls to what was earned keeps that for the year after', () => {
    given(bought('2024-03-01', 'o1', '2000.00'), bought('2025-03-01', 'o2', '600.00'))
      .under(yearly)
      .when(tierFold, '2026-03-01')
      .then({ tier: 'silver', since: newYear(2026), keptUntil: newYear(2027) })
  })

  test('one level down, and next year the next: a soft landing', () => {
    const softly = tiers({ window: { calendar: 'year' }, keepUntil: 'end-of-next-year', downgrade: { to: 'one-down' } })
    const gold = bought('2024-03-01', 'o1', '2000.00')
    given(gold)
      .under(softly)
      .when(tierFold, '2026-03-01')
      .then({ tier: 'silver', since: newYear(2026), keptUntil: newYear(2027) })
    given(gold)
      .under(softly)
      .when(tierFold, '2027-03-01')
      .then({ tier: 'member', since: newYear(2027) })
  })
})

describe('kept for twelve months', () => {
  const kept = tiers({ window: { rolling: 'P12M' }, keepUntil: 'P12M' })

  test('from the day on which it was reached, also when its purchases leave the window before', () => {
    const history = [bought('2024-01-10', 'o1', '400.00'), bought('2024-11-10', 'o2', '100.00')]
    given(...history)
      .under(kept)
      .when(tierFold, '2025-11-09T23:59:59.999Z')
      .then({ tier: 'silver', qualifying: 10_000 })
    given(...history)
      .under(kept)
      .when(tierFold, '2025-11-10')
      .then({ tier: 'member', since: instant('2025-11-10T00:00:00Z') })
  })

  test('and renewed by what is in the window then', () => {
    given(bought('2024-01-10', 'o1', '500.00'), bought('2024-11-10', 'o2', '500.00'))
      .under(kept)
      .when(tierFold, '2025-01-10')
      .then({ tier: 'silver', keptUntil: instant('2026-01-10T00:00:00Z') })
  })

  test('without keepUntil a tier lasts as long as it is earned', () => {
    given(bought('2024-01-10', 'o1', '500.00'))
      .under(tiers({}))
      .when(tierFold, '2024-12-01')
      .then({ tier: 'silver', keptUntil: undefined })
  })
})

describe('grace', () => {
  const graceful = tiers({ downgrade: { grace: 'P2M' } })
  const silver = bought('2024-01-10', 'o1', '500.00')

  test('a tier that is earned no longer stays for a while', () => {
    given(silver)
      .under(graceful)
      .when(tierFold, '2025-01-10')
      .then({ tier: 'silver', qualifying: 0, falling: { at: instant('2025-03-10T00:00:00Z'), to: 'member' } })
    given(silver).under(graceful).when(tierFold, '2025-03-09T23:59:59.999Z').then({ tier: 'silver' })
    given(silver)
      .under(graceful)
      .when(tierFold, '2025-03-10T00:00:00Z')
      .then({ tier: 'member', since: instant('2025-03-10T00:00:00Z'), falling: undefined })
  })

  test('in which a purchase saves it', () => {
    given(silver, bought('2025-02-01', 'o2', '500.00'))
      .under(graceful)
      .when(tierFold, '2025-12-01')
      .then({ tier: 'silver', since: instant('2024-01-10'), falling: undefined })
  })

  test('or one that is too small does not', () => {
    given(silver, bought('2025-02-01', 'o2', '499.00'))
      .under(graceful)
      .when(tierFold, '2025-03-11')
      .then({ tier: 'member' })
  })

  test('what is bought in it softens the fall', () => {
    given(bought('2024-01-10', 'o1', '2000.00'), bought('2025-02-01', 'o2', '600.00'))
      .under(graceful)
      .when(tierFold, '2025-03-11')
      .then({ tier: 'silver', since: instant('2025-03-10T00:00:00Z') })
  })

  test('after a tier was kept it comes on top', () => {
    const both = tiers({ window: { calendar: 'year' }, keepUntil: 'end-of-next-year', downgrade: { grace: 'P2M' } })
    given(bought('2024-03-01', 'o1', '600.00'))
      .under(both)
      .when(tierFold, '2026-02-28')
      .then({ tier: 'silver', falling: { at: instant('2026-03-01T00:00:00Z'), to: 'member' } })
    given(bought('2024-03-01', 'o1', '600.00'))
      .under(both)
      .when(tierFold, '2026-03-01')
      .then({ tier: 'member' })
  })

  test('and one that was saved in it is kept anew', () => {
    const both = tiers({ window: { calendar: 'year' }, keepUntil: 'end-of-next-year', downgrade: { grace: 'P2M' } })
    given(bought('2024-03-01', 'o1', '600.00'), bought('2026-02-01', 'o2', '500.00'))
      .under(both)
      .when(tierFold, '2026-02-02')
      .then({ tier: 'silver', since: instant('2024-03-01'), keptUntil: newYear(2028), falling: undefined })
  })
})

describe('one level down', () => {
  const gold = bought('2024-01-10', 'o1', '2000.00')

  test('at a time, with a grace before each', () => {
    const softly = tiers({ downgrade: { to: 'one-down', grace: 'P1M' } })
    given(gold).under(softly).when(tierFold, '2025-02-09').then({ tier: 'gold' })
    given(gold)
      .under(softly)
      .when(tierFold, '2025-03-09')
      .then({ tier: 'silver', since: instant('2025-02-10T00:00:00Z') })
    given(gold)
      .under(softly)
      .when(tierFold, '2025-03-10')
      .then({ tier: 'member', since: instant('2025-03-10T00:00:00Z') })
  })

  test('is all the way down at once where neither grace nor keepUntil stops it', () => {
    given(gold)
      .under(tiers({ downgrade: { to: 'one-down' } }))
      .when(tierFold, '2025-01-10')
      .then({ tier: 'member', since: instant('2025-01-10T00:00:00Z') })
  })

  test('unless more was earned', () => {
    const softly = tiers({ keepUntil: 'P12M', downgrade: { to: 'one-down' } })
    given(gold, bought('2024-06-01', 'o2', '1999.00'))
      .under(softly)
      .when(tierFold, '2025-01-11')
      .then({ tier: 'silver', keptUntil: instant('2026-01-10T00:00:00Z') })
  })
})

describe('a programme that begins to keep tiers', () => {
  const keeping = shop({ version: 2, effectiveFrom: '2024-06-01', tiers: { keepUntil: 'P12M' } })
  const begins = instant('2024-05-31T23:00:00Z')

  test('keeps those that are earned then', () => {
    given(bought('2024-01-10', 'o1', '500.00'))
      .under(shop(), keeping)
      .when(tierFold, '2025-03-01')
      .then({ tier: 'silver', keptUntil: instant('2025-05-31T23:00:00Z') })
  })

  test('and none of the lowest, nor what it asks more for than was earned', () => {
    given(bought('2024-01-10', 'o1', '5.00'))
      .under(shop(), keeping)
      .when(tierFold, '2024-07-01')
      .then({ keptUntil: undefined })
    const dearer = shop({
      version: 2,
      effectiveFrom: '2024-06-01',
      tiers: {
        keepUntil: 'P12M',
        levels: [
          { name: 'member', from: '0' },
          { name: 'silver', from: '1000.00' },
        ],
      },
    })
    given(bought('2024-01-10', 'o1', '500.00'))
      .under(shop(), dearer)
      .when(tierFold, '2024-07-01')
      .then({ tier: 'member', since: begins })
  })

  test('a tier that was kept stays kept under a version that keeps none', () => {
    const plain = shop({ version: 2, effectiveFrom: '2024-06-01' })
    given(bought('2024-01-10', 'o1', '400.00'), bought('2024-05-10', 'o2', '100.00'))
      .under(shop({ tiers: { keepUntil: 'P12M' } }), plain)
      .when(tierFold, '2025-05-09')
      .then({ tier: 'silver', qualifying: 10_000 })
  })

  test('a level that a new version does not have becomes its lowest, for good', () => {
    const levels = [
      { name: 'friend', from: '0' },
      { name: 'best-friend', from: '5000.00' },
    ]
    const without = shop({ version: 2, effectiveFrom: '2024-06-01', tiers: { keepUntil: 'P12M', levels } })
    const again = shop({ version: 3, effectiveFrom: '2024-09-01', tiers: { keepUntil: 'P12M' } })
    const history = [bought('2024-01-10', 'o1', '400.00'), bought('2024-01-11', 'o2', '100.00')]
    given(...history)
      .under(shop({ tiers: { keepUntil: 'P12M' } }), without)
      .when(tierFold, '2024-06-02')
      .then({ tier: 'friend', since: begins })
    given(...history)
      .under(shop({ tiers: { keepUntil: 'P3M', window: { rolling: 'P3M' } } }), without, again)
      .when(tierFold, '2025-09-02')
      .then({ tier: 'member' })
  })

  test('and so does one to fall to, also where a third version has it again', () => {
    const named = (...names: string[]) => names.map((name, index) => ({ name, from: `${500 * index}` }))
    const by = (version: number, effectiveFrom: string, ...names: string[]) =>
      shop({ version, effectiveFrom, tiers: { downgrade: { grace: 'P3M' }, levels: named(...names) } })
    // Gold ends in January, and begins to fall to member, until April.
    given(bought('2024-01-10', 'o1', '500.00'))
      .under(by(1, '2024-01-01', 'member', 'gold'), by(2, '2025-02-01', 'silver', 'gold'), by(3, '2025-03-01', 'member', 'silver', 'gold'))
      .when(tierFold, '2025-04-11')
      .then({ tier: 'silver', since: instant('2025-04-09T23:00:00Z') })
  })
})
