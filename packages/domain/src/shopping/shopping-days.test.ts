import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Fold } from '../fold.ts'
import { interpret } from '../member/interpret.ts'
import { emptyHistory } from '../member/member-history.ts'
import { isBackInFull } from '../member/occurrence.ts'
import { type ProgrammeVersions, programmeVersions } from '../programme/versions.ts'
import { histories, keepsTheLawsOfFolds } from '../testing/fold-laws.ts'
import { bought, broughtBack, decided, did, enrolled, foldAll, given, instant, line, shop as programme } from '../testing/given.ts'
import { calendarOf, dayMs } from '../time/calendar.ts'
import { restoreShopping, saveShopping } from './saved-shopping.ts'
import { noShopping, type ShoppingState, shop } from './shopping-days.ts'

const shoppingFold = (versions: ProgrammeVersions): Fold<ShoppingState> => ({
  initial: noShopping,
  evolve(state, occurrence) {
    shop(state, occurrence, versions)
    return state
  },
  advance: (state) => state,
  nextDue: () => undefined,
})

const day = (date: string) => Date.parse(date) / dayMs
const nothing = { days: 0, firstDay: 0, lastDay: 0, previousDay: 0, firstAt: 0, lastAt: 0, logGaps: 0 }

describe('a shopping day', () => {
  test('is a day on which the member bought', () => {
    given(bought('2025-01-01', 'o1', '10.00'), bought('2025-01-31', 'o2', '20.00'), bought('2025-02-10', 'o3', '5.00'))
      .when(shoppingFold)
      .then({
        facts: {
          days: 3,
          firstDay: day('2025-01-01'),
          lastDay: day('2025-02-10'),
          previousDay: day('2025-01-31'),
          firstAt: instant('2025-01-01'),
          lastAt: instant('2025-02-10'),
          logGaps: Math.log(30) + Math.log(10),
          purchases: 3,
          gross: 3_500,
          returned: 0,
          currency: 'GBP',
        },
      })
  })

  test('is one however often the member buys on it; the first purchase opens it, the last one ends the silence', () => {
    given(bought('2025-01-01T09:00:00Z', 'o1', '10.00'), bought('2025-01-01T18:00:00Z', 'o2', '10.00'))
      .when(shoppingFold)
      .then({
        facts: {
          days: 1,
          previousDay: 0,
          logGaps: 0,
          purchases: 2,
          firstAt: instant('2025-01-01T09:00:00Z'),
          lastAt: instant('2025-01-01T18:00:00Z'),
        },
      })
  })

  test('begins and ends where the programme’s time zone says', () => {
    const days = (second: string) =>
      given(bought('2025-07-01T10:00:00Z', 'o1', '10.00'), bought(second, 'o2', '10.00')).when(shoppingFold).state.facts.days
    expect(days('2025-07-01T22:59:59Z')).toBe(1)
    expect(days('2025-07-01T23:00:00Z')).toBe(2)
  })

  test('takes in a purchase whose own day lies before it, because a later version has another zone', () => {
    const east = programme({ timeZone: 'Pacific/Kiritimati' })
    const west = programme({ version: 2, effectiveFrom: '2025-01-02', timeZone: 'Pacific/Pago_Pago' })
    // In the east it is 3 January already; an hour later, by the new version, it is half past midnight on the 2nd.
    const orders = [bought('2025-01-02T10:30:00Z', 'o1', '10.00'), bought('2025-01-02T11:30:00Z', 'o2', '10.00')]
    const seen = given(...orders)
      .under(east, west)
      .when(shoppingFold)
    seen.then({ facts: { days: 1, lastDay: day('2025-01-03'), lastAt: instant('2025-01-02T11:30:00Z') } })
    given(...orders, broughtBack('2025-01-05', 'r1', 'o1', '10.00'))
      .under(east, west)
      .when(shoppingFold)
      .then({ facts: { days: 1, lastDay: day('2025-01-03') } })
  })

  test.each([
    ['joining', enrolled('2025-01-01')],
    ['a review', did('2025-01-01', 'review')],
    ['a decision', decided('2025-01-01', 'k1', 'PointsAdjusted', { points: 5, reason: 'goodwill', by: 'eve' })],
  ])('is not made by %s', (_, event) => {
    given(event)
      .when(shoppingFold)
      .then({ facts: { ...nothing, purchases: 0, gross: 0, returned: 0, currency: null } })
  })

  test('is not made by the same order again', () => {
    given(bought('2025-01-01', 'o1', '10.00'), bought('2025-01-05', 'o1', '10.00', { id: 'again' }))
      .when(shoppingFold)
      .then({ facts: { days: 1, purchases: 1, gross: 1_000 } })
  })
})

describe('what is brought back in full', () => {
  const twice = [bought('2025-01-01', 'o1', '10.00'), bought('2025-01-31', 'o2', '20.00')]

  test('does not count any more from the instant of the return', () => {
    const back = broughtBack('2025-02-10', 'r1', 'o2', '20.00')
    given(...twice, back)
      .when(shoppingFold)
      .then({
        facts: {
          days: 1,
          firstDay: day('2025-01-01'),
          lastDay: day('2025-01-01'),
          previousDay: 0,
          firstAt: instant('2025-01-01'),
          lastAt: instant('2025-01-01'),
          logGaps: 0,
          purchases: 2,
          gross: 3_000,
          returned: 2_000,
        },
      })
    given(...twice)
      .when(shoppingFold)
      .then({ facts: { days: 2, lastAt: instant('2025-01-31') } })
  })

  test('does not count in half', () => {
    given(...twice, broughtBack('2025-02-10', 'r1', 'o2', '10.00'))
      .when(shoppingFold)
      .then({ facts: { days: 2, lastAt: instant('2025-01-31'), returned: 1_000 } })
  })

  test('may come in several parts: the last one decides', () => {
    const lines = [line('tea', '10.00'), line('cake', '5.00')]
    const halves = [bought('2025-01-01', 'o1', lines), broughtBack('2025-01-03', 'r1', 'o1', [line('cake', '5.00')])]
    given(...halves)
      .when(shoppingFold)
      .then({ facts: { days: 1 } })
    given(...halves, broughtBack('2025-01-04', 'r2', 'o1', [line('tea', '10.00')]))
      .when(shoppingFold)
      .then({ facts: { ...nothing, purchases: 1 } })
  })

  test('leaves its gaps to the days around it', () => {
    given(...twice, bought('2025-02-10', 'o3', '5.00'), broughtBack('2025-02-11', 'r1', 'o2', '20.00'))
      .when(shoppingFold)
      .then({ facts: { days: 2, previousDay: day('2025-01-01'), lastDay: day('2025-02-10'), logGaps: Math.log(40) } })
  })

  test('moves the first day where it was that', () => {
    given(...twice, broughtBack('2025-02-10', 'r1', 'o1', '10.00'))
      .when(shoppingFold)
      .then({ facts: { days: 1, firstDay: day('2025-01-31'), firstAt: instant('2025-01-31'), lastAt: instant('2025-01-31') } })
  })

  test('does not end the day while another order of it is left, not even its last instant', () => {
    const sameDay = [bought('2025-01-31T09:00:00Z', 'o2', '20.00'), bought('2025-01-31T18:00:00Z', 'o3', '7.00')]
    given(twice[0] as never, ...sameDay, broughtBack('2025-02-10', 'r1', 'o3', '7.00'))
      .when(shoppingFold)
      .then({ facts: { days: 2, lastAt: instant('2025-01-31T18:00:00Z') } })
    given(twice[0] as never, ...sameDay, broughtBack('2025-02-10', 'r1', 'o3', '7.00'), broughtBack('2025-02-11', 'r2', 'o2', '20.00'))
      .when(shoppingFold)
      .then({ facts: { days: 1, lastAt: instant('2025-01-01') } })
  })

  test('may be bought anew on the same day, which then begins anew', () => {
    given(
      bought('2025-01-31T09:00:00Z', 'o1', '20.00'),
      broughtBack('2025-01-31T10:00:00Z', 'r1', 'o1', '20.00'),
      bought('2025-01-31T11:00:00Z', 'o2', '20.00'),
    )
      .when(shoppingFold)
      .then({ facts: { days: 1, firstAt: instant('2025-01-31T11:00:00Z'), lastAt: instant('2025-01-31T11:00:00Z'), purchases: 2 } })
  })

  test('before the order came in, makes no day at all, and ends no silence', () => {
    given(bought('2025-01-01', 'o1', '10.00'), broughtBack('2025-01-05', 'r1', 'o2', '20.00'), bought('2025-01-06', 'o2', '20.00'))
      .when(shoppingFold)
      .then({ facts: { days: 1, lastAt: instant('2025-01-01'), purchases: 2, gross: 3_000, returned: 2_000 } })
  })

  test('before the order came in, but only in part, leaves the day', () => {
    given(broughtBack('2025-01-05', 'r1', 'o2', '5.00'), bought('2025-01-06', 'o2', '20.00'))
      .when(shoppingFold)
      .then({ facts: { days: 1, lastAt: instant('2025-01-06') } })
  })

  test('without an order id takes the oldest first', () => {
    given(...twice, broughtBack('2025-02-10', 'r1', undefined, '10.00'))
      .when(shoppingFold)
      .then({ facts: { days: 1, firstDay: day('2025-01-31') } })
  })

  test('but was never bought here, counts for money and for nothing else', () => {
    given(broughtBack('2025-01-01', 'r1', undefined, '5.00'))
      .when(shoppingFold)
      .then({ facts: { ...nothing, purchases: 0, gross: 0, returned: 500, currency: 'GBP' } })
  })

  test('free of charge comes back with its goods', () => {
    const gift = [line('sample', '0.00', { quantity: 2 })]
    given(bought('2025-01-01', 'o1', gift), broughtBack('2025-01-02', 'r1', 'o1', [line('sample', '0.00', { quantity: 1 })]))
      .when(shoppingFold)
      .then({ facts: { days: 1 } })
    given(bought('2025-01-01', 'o1', gift), broughtBack('2025-01-02', 'r1', 'o1', gift))
      .when(shoppingFold)
      .then({ facts: { days: 0 } })
  })
})

test('the facts are those of the days that are left, whatever was brought back and in which order', () => {
  const versions = programmeVersions([programme()])
  const { dayOf } = calendarOf('Europe/London')
  fc.assert(
    fc.property(histories, (events) => {
      const history = emptyHistory()
      for (const event of events.toSorted((a, b) => a.occurredAt - b.occurredAt || (a.id < b.id ? -1 : 1))) {
        interpret(history, event, undefined, () => {})
      }
      const left = history.bought.filter(({ lines }) => !lines.every(isBackInFull))
      const days = [...new Set(left.map(({ at }) => dayOf(at)))]
      const { facts } = foldAll(shoppingFold(versions), versions, events)
      expect(facts).toMatchObject({
        days: days.length,
        firstDay: days[0] ?? 0,
        lastDay: days.at(-1) ?? 0,
        previousDay: days.at(-2) ?? 0,
        logGaps: days.slice(1).reduce((sum, day, index) => sum + Math.log(day - (days[index] as number)), 0),
        purchases: history.bought.length,
      })
    }),
  )
})

describe('whether the facts changed', () => {
  const versions = programmeVersions([programme()])
  test('is what shopping is told by', () => {
    const history = emptyHistory()
    const state = noShopping()
    const changes: boolean[] = []
    const events = [
      enrolled('2025-01-01'),
      bought('2025-01-02', 'o1', '10.00'),
      bought('2025-01-03', 'o1', '10.00', { id: 'again' }),
      did('2025-01-04', 'review'),
      broughtBack('2025-01-05', 'r1', 'o1', '4.00'),
      broughtBack('2025-01-06', 'r2', undefined, [line('cake', '0.00')]),
    ]
    for (const event of events) interpret(history, event, undefined, (occurrence) => changes.push(shop(state, occurrence, versions)))
    expect(changes).toEqual([false, true, false, false, true, false])
  })

  test('a return is refused on a state that was restored: it needs the whole history', () => {
    const restored = restoreShopping(saveShopping(noShopping()))
    interpret(emptyHistory(), broughtBack('2025-01-05', 'r1', 'o1', '4.00'), undefined, (occurrence) => {
      expect(() => shop(restored, occurrence, versions)).toThrow('whole history')
    })
  })
})

keepsTheLawsOfFolds('shopping', {
  fold: shoppingFold,
  versions: programmeVersions([programme()]),
  named: ({ facts }) => facts,
  save: saveShopping,
  restore: restoreShopping,
})
