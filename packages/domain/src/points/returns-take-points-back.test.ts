import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { programmeVersions } from '../programme/versions.ts'
import { bought, broughtBack, foldAll, given, instant, line, shop } from '../testing/given.ts'
import { sumOf } from './ledger.ts'
import { pointsFold } from './points-fold.ts'

const fivePerPound = shop({ points: { earn: [{ name: 'base', for: 'purchase', per: '1.00', points: 5 }] } })

describe('a return takes back what its line was awarded', () => {
  test('all of it, where all comes back', () => {
    given(bought('2025-03-01', 'o1', '20.00'), broughtBack('2025-03-02', 'r1', 'o1', '20.00'))
      .when(pointsFold)
      .then({ accounts: { available: 0, clawedBack: 20, issued: -20, debt: 0 }, lots: [] })
  })

  test('its share, where part comes back', () => {
    given(bought('2025-03-01', 'o1', [line('tea', '30.00', { quantity: 3 })]), broughtBack('2025-03-02', 'r1', 'o1', '10.00'))
      .when(pointsFold)
      .then({ accounts: { available: 20, clawedBack: 10 } })
  })

  test('rounded down while part is kept, and all of it in the end', () => {
    const order = bought('2025-03-01', 'o1', [line('tea', '10.00', { quantity: 3 })])
    const third = (day: string, id: string, amount: string) => broughtBack(day, id, 'o1', amount)
    const returns = [third('2025-03-02', 'r1', '3.33'), third('2025-03-03', 'r2', '3.33'), third('2025-03-04', 'r3', '3.34')]
    const clawedBack = [1, 2, 3].map((count) => given(order, ...returns.slice(0, count)).when(pointsFold).state.accounts.clawedBack)
    expect(clawedBack).toEqual([3, 6, 10])
  })

  test('a sale of 200 earning 1000, returned for 120 and for 120: never more than 1000', () => {
    given(
      bought('2025-03-01', 'o1', [line('tea', '200.00', { quantity: 2 })]),
      broughtBack('2025-03-02', 'r1', 'o1', '120.00'),
      broughtBack('2025-03-03', 'r2', 'o1', '120.00'),
    )
      .under(fivePerPound)
      .when(pointsFold)
      .then({ accounts: { available: 0, clawedBack: 1000, debt: 0 } })
  })

  test('the line that came back, not the others of its basket', () => {
    const organic = { name: 'organic', for: 'purchase' as const, when: { category: ['organic'] }, multiply: 2 }
    given(
      bought('2025-03-01', 'o1', [line('tea', '10.00', { category: 'organic' }), line('oil', '10.00')]),
      broughtBack('2025-03-02', 'r1', 'o1', [line('tea', '10.00')]),
    )
      .under(shop({ points: { earn: [{ name: 'base', for: 'purchase', per: '1.00', points: 1 }, organic] } }))
      .when(pointsFold)
      .then({ accounts: { available: 10, clawedBack: 20 } })
  })

  test('what it was awarded then, not what today’s rules would award', () => {
    const generous = shop({
      version: 2,
      effectiveFrom: '2025-03-02',
      points: { earn: [{ name: 'base', for: 'purchase', per: '1.00', points: 10 }] },
    })
    given(bought('2025-03-01', 'o1', '20.00'), broughtBack('2025-03-05', 'r1', 'o1', '20.00'))
      .under(shop(), generous)
      .when(pointsFold)
      .then({ accounts: { available: 0, clawedBack: 20, debt: 0 } })
  })

  test('nothing for goods that were never bought, or bought before there were points', () => {
    given(bought('2025-03-01', 'o1', '20.00'), broughtBack('2025-03-02', 'r1', undefined, [line('soap', '20.00')]))
      .when(pointsFold)
      .then({ accounts: { available: 20, clawedBack: 0 } })
    given(bought('2024-12-01', 'o1', '20.00'), broughtBack('2025-03-02', 'r1', 'o1', '20.00'))
      .under(shop({ effectiveFrom: '2025-01-01' }))
      .when(pointsFold)
      .then({ accounts: { available: 0, clawedBack: 0, debt: 0 } })
  })

  test('nothing a second time when the return is sent twice', () => {
    given(
      bought('2025-03-01', 'o1', [line('tea', '30.00', { quantity: 3 })]),
      broughtBack('2025-03-02', 'r1', 'o1', '10.00'),
      broughtBack('2025-03-02', 'r1', 'o1', '10.00', { id: 'again' }),
    )
      .when(pointsFold)
      .then({ accounts: { available: 20, clawedBack: 10 } })
  })
})

describe('from where the points are', () => {
  const pending = shop({ points: { pending: 'P14D', expiry: { after: 'P1M', at: 'end-of-day' } } })
  const order = bought('2025-03-01', 'o1', [line('tea', '20.00', { quantity: 2 })])

  test('pending points go too, and are not released later', () => {
    given(order, broughtBack('2025-03-02', 'r1', 'o1', [line('tea', '20.00', { quantity: 2 })]))
      .under(pending)
      .when(pointsFold, '2025-03-20')
      .then({ accounts: { pending: 0, available: 0, clawedBack: 20 }, lots: [] })
    given(order, broughtBack('2025-03-02', 'r1', 'o1', '10.00'))
      .under(pending)
      .when(pointsFold, '2025-03-20')
      .then({ accounts: { pending: 0, available: 10, clawedBack: 10 } })
  })

  test('released ones from their own lot, while others stay whole', () => {
    const { state } = given(
      order,
      bought('2025-03-02', 'o2', '7.00'),
      broughtBack('2025-03-20', 'r1', 'o1', [line('tea', '20.00', { quantity: 2 })]),
    )
      .under(pending)
      .when(pointsFold)
    expect(state.accounts).toMatchObject({ available: 7, clawedBack: 20, debt: 0 })
    expect(state.lots.map(({ left }) => left)).toEqual([7])
  })

  test('after the lot has expired nothing is asked for again', () => {
    given(order, bought('2025-04-20', 'o2', '50.00'), broughtBack('2025-05-10', 'r1', 'o1', [line('tea', '20.00', { quantity: 2 })]))
      .under(pending)
      .when(pointsFold)
      .then({ accounts: { available: 50, expired: 20, clawedBack: 0, debt: 0 } })
  })

  test('half before the expiry and half after: only the first half', () => {
    given(
      order,
      bought('2025-03-30', 'o2', '50.00'),
      broughtBack('2025-03-20', 'r1', 'o1', '10.00'),
      broughtBack('2025-04-15', 'r2', 'o1', '10.00'),
    )
      .under(pending)
      .when(pointsFold)
      .then({ accounts: { available: 50, expired: 10, clawedBack: 10, debt: 0 } })
  })
})

describe('a return that comes first', () => {
  test('takes the points as soon as its purchase is there: the end is the same', () => {
    const purchase = bought('2025-03-02', 'o1', '20.00')
    const back = (at: string) => broughtBack(at, 'r1', 'o1', '20.00')
    const early = given(back('2025-03-01'), purchase).when(pointsFold, '2025-04-01').state
    const late = given(back('2025-03-03'), purchase).when(pointsFold, '2025-04-01').state
    expect(early.accounts).toEqual(late.accounts)
    expect(early.accounts).toMatchObject({ available: 0, clawedBack: 20 })
  })
})

test('whatever comes back, in whatever parts: never more than was awarded, and the ledger sums to zero', () => {
  const lines = fc.array(
    fc.record(
      { sku: fc.constantFrom('tea', 'oil'), quantity: fc.integer({ min: 1, max: 4 }), amount: fc.nat(30_000) },
      { noNullPrototype: true },
    ),
    { minLength: 1, maxLength: 3 },
  )
  const programme = fc.record({
    mode: fc.constantFrom('floor', 'half-up', 'half-even', 'ceil'),
    per: fc.constantFrom('line', 'order'),
    pending: fc.constantFrom('P0D', 'P2D', 'P14D'),
  })
  fc.assert(
    fc.property(lines, fc.array(lines, { maxLength: 5 }), programme, (sold, returns, { mode, per, pending }) => {
      const versions = programmeVersions([
        shop({
          points: {
            earn: [{ name: 'base', for: 'purchase', per: '0.70', points: 3 }],
            rounding: { mode, per },
            pending,
            expiry: { after: 'P3D', at: 'end-of-day' },
          },
        }),
      ])
      const events = [
        bought('2025-03-01', 'o1', sold),
        ...returns.map((back, index) => broughtBack(`2025-03-0${index + 2}`, `r${index}`, 'o1', back)),
      ]
      const end = foldAll(pointsFold(versions), versions, events, instant('2025-06-01'), ({ accounts }) => {
        expect(sumOf(accounts)).toBe(0)
        expect(accounts.clawedBack + accounts.expired).toBeLessThanOrEqual(-accounts.issued)
        expect(Math.min(accounts.available, accounts.pending, accounts.clawedBack, accounts.expired)).toBeGreaterThanOrEqual(0)
        // Nothing was spent, so nothing can be owed.
        expect(accounts.debt).toBe(0)
      })
      expect(end.accounts).toMatchObject({ available: 0, pending: 0 })
    }),
    { numRuns: 500 },
  )
})
