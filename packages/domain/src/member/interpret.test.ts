import { describe, expect, test } from '@jest/globals'
import type { Fold } from '../fold.ts'
import { bought, broughtBack, enrolled, given, line, shop, wroteReview } from '../testing/given.ts'
import type { Occurrence, TakenBack } from './occurrence.ts'

/** What happened, in words: `o1 bought for 2000`, `500 back: 500 of o1/0`. */
const story = (): Fold<string[]> => ({
  initial: () => [],
  evolve: (told, occurrence) => [...told, tell(occurrence)],
  advance: (told) => told,
  nextDue: () => undefined,
})

function tell(occurrence: Occurrence): string {
  const parts = (taken: readonly TakenBack[]) =>
    taken.map(({ order, lineIndex, amount }) => ` ${amount} of ${order.orderId}/${lineIndex}`).join(',')
  switch (occurrence.kind) {
    case 'purchase': {
      const waited = occurrence.waited.map(({ taken }) => `, waited for by${parts(taken)}`).join('')
      return `${occurrence.order.orderId} bought for ${occurrence.amount}${waited}`
    }
    case 'return': {
      const unmatched = occurrence.unmatched.map(({ sku, quantity, amount }) => `, nothing for ${quantity} ${sku} at ${amount}`).join('')
      return `${occurrence.amount} back:${parts(occurrence.taken)}${unmatched}`
    }
    case 'anomaly':
      return `${occurrence.reason} ${occurrence.detail}`
    default:
      return occurrence.kind
  }
}

describe('an order counts once', () => {
  const order = bought('2025-03-01', 'o1', '20.00')

  test('sent again under a new event id, it is the same order', () => {
    given(order, bought('2025-03-02', 'o1', '20.00', { id: 'again' }))
      .when(story)
      .then(['o1 bought for 2000', 'order-repeated o1'])
  })

  test('with its fields in another order, it is still the same', () => {
    const { orderId, currency, lines } = order.data
    given(order, { ...bought('2025-03-02', 'o1', '20.00', { id: 'again' }), data: { lines, orderId, currency } })
      .when(story)
      .then(['o1 bought for 2000', 'order-repeated o1'])
  })

  test('with other contents, the first counts and the other is an anomaly', () => {
    given(order, bought('2025-03-02', 'o1', '99.00', { id: 'other' }))
      .when(story)
      .then(['o1 bought for 2000', 'order-conflict o1'])
  })

  test('the first is the one that happened first, not the one that came first', () => {
    given(order, bought('2025-02-28', 'o1', '99.00', { id: 'earlier' }))
      .when(story)
      .then(['o1 bought for 9900', 'order-conflict o1'])
  })

  test('at the same instant, the first is the one whose event id sorts first', () => {
    given(bought('2025-03-01', 'o1', '1.00', { id: 'b' }), bought('2025-03-01', 'o1', '2.00', { id: 'a' }))
      .when(story)
      .then(['o1 bought for 200', 'order-conflict o1'])
  })

  test('the same number from another till is another order', () => {
    given(order, bought('2025-03-02', 'o1', '5.00', { source: '/web' }))
      .when(story)
      .then(['o1 bought for 2000', 'o1 bought for 500'])
  })

  test('three times is twice too often', () => {
    given(order, bought('2025-03-02', 'o1', '20.00', { id: 'b' }), bought('2025-03-03', 'o1', '7.00', { id: 'c' }))
      .when(story)
      .then(['o1 bought for 2000', 'order-repeated o1', 'order-conflict o1'])
  })
})

describe('a member has one currency', () => {
  test('that of the first purchase, where the programme names none', () => {
    given(bought('2025-03-01', 'o1', '20.00', { currency: 'EUR' }), bought('2025-03-02', 'o2', '5.00'))
      .when(story)
      .then(['o1 bought for 2000', 'other-currency GBP'])
  })

  test("the programme's, where it names one", () => {
    given(bought('2025-03-01', 'o1', '20.00', { currency: 'EUR' }), bought('2025-03-02', 'o2', '5.00'))
      .under(shop({ currency: 'GBP' }))
      .when(story)
      .then(['other-currency EUR', 'o2 bought for 500'])
  })

  test('an order in another currency uses its order id up', () => {
    given(
      bought('2025-03-01', 'o1', '20.00'),
      bought('2025-03-02', 'o2', '5.00', { currency: 'EUR' }),
      bought('2025-03-03', 'o2', '5.00', { id: 'again' }),
    )
      .when(story)
      .then(['o1 bought for 2000', 'other-currency EUR', 'order-conflict o2'])
  })

  test('a return in another currency gives nothing back', () => {
    given(bought('2025-03-01', 'o1', '20.00'), broughtBack('2025-03-02', 'r1', 'o1', '20.00', { currency: 'EUR' }))
      .when(story)
      .then(['o1 bought for 2000', 'other-currency EUR'])
  })
})

describe('a return finds what it gives back', () => {
  const mixed = bought('2025-03-01', 'o1', [
    line('tea', '10.00', { lineId: 'a' }),
    line('tea', '12.00', { lineId: 'b' }),
    line('oil', '30.00'),
  ])

  test('by line id', () => {
    given(mixed, broughtBack('2025-03-02', 'r1', 'o1', [line('tea', '12.00', { lineId: 'b' })]))
      .when(story)
      .then(['o1 bought for 5200', '1200 back: 1200 of o1/1'])
  })

  test('by sku, where it has no line id: the first such line', () => {
    given(mixed, broughtBack('2025-03-02', 'r1', 'o1', [line('tea', '10.00')]))
      .when(story)
      .then(['o1 bought for 5200', '1000 back: 1000 of o1/0'])
  })

  test('without an order id, first in, first out over all orders', () => {
    given(
      bought('2025-03-01', 'o1', [line('tea', '10.00', { quantity: 2 })]),
      bought('2025-03-02', 'o2', [line('tea', '18.00', { quantity: 3 })]),
      broughtBack('2025-03-03', 'r1', undefined, [line('tea', '16.00', { quantity: 3 })]),
    )
      .when(story)
      .then(['o1 bought for 1000', 'o2 bought for 1800', '1600 back: 1000 of o1/0, 600 of o2/0'])
  })

  test('in parts, each from what is left', () => {
    given(
      bought('2025-03-01', 'o1', [line('tea', '30.00', { quantity: 3 })]),
      broughtBack('2025-03-02', 'r1', 'o1', '10.00'),
      broughtBack('2025-03-03', 'r2', 'o1', [line('tea', '20.00', { quantity: 2 })]),
      broughtBack('2025-03-04', 'r3', 'o1', '10.00'),
    )
      .when(story)
      .then(['o1 bought for 3000', '1000 back: 1000 of o1/0', '2000 back: 2000 of o1/0', '1000 back:, nothing for 1 tea at 1000'])
  })

  test('only once, however often the return is sent', () => {
    given(
      mixed,
      broughtBack('2025-03-02', 'r1', 'o1', [line('oil', '30.00')]),
      broughtBack('2025-03-03', 'r1', 'o1', [line('oil', '30.00')], { id: 'again' }),
      broughtBack('2025-03-04', 'r1', 'o1', [line('oil', '15.00')], { id: 'other' }),
    )
      .when(story)
      .then(['o1 bought for 5200', '3000 back: 3000 of o1/2', 'return-repeated r1', 'return-conflict r1'])
  })

  test('never more money than was paid for the line', () => {
    given(mixed, broughtBack('2025-03-02', 'r1', 'o1', [line('oil', '99.00')]))
      .when(story)
      .then(['o1 bought for 5200', '9900 back: 3000 of o1/2, nothing for 0 oil at 6900'])
  })

  test('never more pieces than were bought', () => {
    given(bought('2025-03-01', 'o1', '10.00'), broughtBack('2025-03-02', 'r1', 'o1', [line('tea', '10.00', { quantity: 4 })]))
      .when(story)
      .then(['o1 bought for 1000', '1000 back: 250 of o1/0, nothing for 3 tea at 750'])
  })

  test('weighed goods by the gram', () => {
    given(
      bought('2025-03-01', 'o1', [line('ham', '9.00', { quantity: 0.375 })]),
      broughtBack('2025-03-02', 'r1', 'o1', [line('ham', '3.00', { quantity: 0.125 })]),
      broughtBack('2025-03-03', 'r2', 'o1', [line('ham', '6.00', { quantity: 0.25 })]),
    )
      .when(story)
      .then(['o1 bought for 900', '300 back: 300 of o1/0', '600 back: 600 of o1/0'])
  })

  test('nothing where the goods were never bought', () => {
    given(mixed, broughtBack('2025-03-02', 'r1', undefined, [line('soap', '3.00')]))
      .when(story)
      .then(['o1 bought for 5200', '300 back:, nothing for 1 soap at 300'])
  })

  test('at a shop, what the web shop sold', () => {
    given(bought('2025-03-01', 'o1', '20.00', { source: '/web' }), broughtBack('2025-03-02', 'r1', 'o1', '20.00', { source: '/till' }))
      .when(story)
      .then(['o1 bought for 2000', '2000 back: 2000 of o1/0'])
  })

  test('but its own order first, where both have the number', () => {
    given(
      bought('2025-03-01', 'o1', '20.00', { source: '/web' }),
      bought('2025-03-02', 'o1', '30.00', { source: '/till' }),
      broughtBack('2025-03-03', 'r1', 'o1', '30.00', { source: '/till' }),
    )
      .when(story)
      .then(['o1 bought for 2000', 'o1 bought for 3000', '3000 back: 3000 of o1/0'])
  })

  test('nothing in an order that was in another currency', () => {
    given(
      bought('2025-03-01', 'o1', '20.00'),
      bought('2025-03-02', 'o2', '5.00', { currency: 'EUR' }),
      broughtBack('2025-03-03', 'r1', 'o2', '5.00'),
    )
      .when(story)
      .then(['o1 bought for 2000', 'other-currency EUR', '500 back:, nothing for 1 tea at 500'])
  })
})

describe('a return that comes before its purchase waits for it', () => {
  test('and is told with the purchase', () => {
    given(broughtBack('2025-03-01', 'r1', 'o1', '5.00'), bought('2025-03-02', 'o1', '20.00'))
      .when(story)
      .then(['500 back:, nothing for 1 tea at 500', 'o1 bought for 2000, waited for by 500 of o1/0'])
  })

  test('two returns wait together', () => {
    given(
      broughtBack('2025-03-01', 'r1', 'o1', [line('tea', '5.00')]),
      broughtBack('2025-03-02', 'r2', 'o1', [line('oil', '7.00')]),
      bought('2025-03-03', 'o1', [line('oil', '7.00'), line('tea', '5.00')]),
    )
      .when(story)
      .then([
        '500 back:, nothing for 1 tea at 500',
        '700 back:, nothing for 1 oil at 700',
        'o1 bought for 1200, waited for by 500 of o1/1, waited for by 700 of o1/0',
      ])
  })

  test('only for the order that it names', () => {
    given(broughtBack('2025-03-01', 'r1', 'o1', '5.00'), bought('2025-03-02', 'o2', '20.00'), bought('2025-03-03', 'o1', '5.00'))
      .when(story)
      .then(['500 back:, nothing for 1 tea at 500', 'o2 bought for 2000', 'o1 bought for 500, waited for by 500 of o1/0'])
  })

  test('once: another order under the same number gives nothing more', () => {
    given(
      broughtBack('2025-03-01', 'r1', 'o1', '5.00', { source: '/till' }),
      bought('2025-03-02', 'o1', '20.00', { source: '/web' }),
      bought('2025-03-03', 'o1', '20.00', { source: '/till' }),
    )
      .when(story)
      .then(['500 back:, nothing for 1 tea at 500', 'o1 bought for 2000, waited for by 500 of o1/0', 'o1 bought for 2000'])
  })

  test('but a return that names no order waits for none', () => {
    given(broughtBack('2025-03-01', 'r1', undefined, '5.00'), bought('2025-03-02', 'o1', '20.00'))
      .when(story)
      .then(['500 back:, nothing for 1 tea at 500', 'o1 bought for 2000'])
  })
})

test('joining and taking part are told as they are', () => {
  given(enrolled('2025-03-01'), wroteReview('2025-03-02')).when(story).then(['enrolment', 'engagement'])
})

test('an event has one meaning: whoever listens is told once', () => {
  const { state } = given(
    bought('2025-03-01', 'o1', '1.00'),
    bought('2025-03-02', 'o1', '1.00', { id: 'x' }),
    wroteReview('2025-03-03'),
  ).when(story)
  expect(state).toHaveLength(3)
})
