import { describe, test } from '@jest/globals'
import type { ProgrammeInput } from '@perennial/contracts'
import { pointsFold } from '../points/points-fold.ts'
import { bought, broughtBack, did, enrolled, given, type Line, line, shop } from '../testing/given.ts'

type EarnRule = ProgrammeInput['points']['earn'][number]
type Points = NonNullable<Parameters<typeof shop>[0]>['points']

const base: EarnRule = { name: 'base', for: 'purchase', per: '1.00', points: 1 }
const earning = (rules: EarnRule[], more: Points = {}) => shop({ points: { earn: [base, ...rules], ...more } })
const issued = (points: number) => ({ accounts: { issued: 0 - points } })

const on = (at: string, orderId: string, lines: Line[] | string, channel?: string) => {
  const event = bought(at, orderId, lines)
  return channel === undefined ? event : { ...event, data: { ...event.data, channel } }
}

describe('a rule applies where all of its conditions hold', () => {
  const double = (when: object) => earning([{ name: 'double', for: 'purchase', when, multiply: 2 }])

  test.each([
    ['its category', { category: ['organic'] }, [line('tea', '10.00', { category: 'organic' })], 20],
    ['another category', { category: ['organic'] }, [line('tea', '10.00', { category: 'home' })], 10],
    ['no category', { category: ['organic'] }, [line('tea', '10.00')], 10],
    ['its SKU', { sku: ['tea', 'oil'] }, [line('oil', '10.00')], 20],
    ['another SKU', { sku: 'tea' }, [line('soap', '10.00')], 10],
    ['SKU and category', { sku: 'tea', category: 'organic' }, [line('tea', '10.00', { category: 'organic' })], 20],
    ['the SKU in another category', { sku: 'tea', category: 'organic' }, [line('tea', '10.00', { category: 'home' })], 10],
  ])('of a line: %s', (_, when, lines, points) => {
    given(on('2025-03-01', 'o1', lines))
      .under(double(when))
      .when(pointsFold)
      .then(issued(points))
  })

  test.each([
    ['web', 20],
    ['shop', 10],
    [undefined, 10],
  ])('of the channel: %s', (channel, points) => {
    given(on('2025-03-01', 'o1', '10.00', channel))
      .under(double({ channel: ['web', 'app'] }))
      .when(pointsFold)
      .then(issued(points))
  })

  test.each([
    ['2025-10-31T23:59:59.999Z', 10],
    ['2025-11-01T00:00:00Z', 20],
    ['2025-11-30T23:59:59.999Z', 20],
    ['2025-12-01T00:00:00Z', 10],
  ])('of its days, the last one included: %s', (at, points) => {
    given(on(at, 'o1', '10.00'))
      .under(double({ from: '2025-11-01', until: '2025-11-30' }))
      .when(pointsFold)
      .then(issued(points))
  })

  test('of the days of the programme’s time zone, not of the server’s', () => {
    const taipei = shop({
      timeZone: 'Asia/Taipei',
      points: { earn: [base, { name: 'double', when: { from: '2025-11-01' }, multiply: 2 }] },
    })
    given(on('2025-10-31T16:00:00Z', 'o1', '10.00'))
      .under(taipei)
      .when(pointsFold)
      .then(issued(20))
  })

  test('of the tier that was held before the purchase', () => {
    given(on('2025-03-01', 'o1', '600.00'), on('2025-03-02', 'o2', '10.00'))
      .under(double({ tier: ['silver'] }))
      .when(pointsFold)
      .then(issued(620))
  })

  test('of the member’s first order alone', () => {
    given(on('2025-03-01', 'o1', '10.00'), on('2025-03-02', 'o2', '10.00'))
      .under(earning([{ name: 'first', when: { orderNumber: 1 }, add: 200 }]))
      .when(pointsFold)
      .then(issued(220))
  })

  test('of every third order', () => {
    const orders = [1, 2, 3, 4, 5, 6].map((day) => on(`2025-03-0${day}`, `o${day}`, '10.00'))
    given(...orders)
      .under(earning([{ name: 'third', when: { orderNumber: { every: 3 } }, add: 50 }]))
      .when(pointsFold)
      .then(issued(160))
  })

  test('an order that came back in full is not counted: the next one is the first again', () => {
    given(on('2025-03-01', 'o1', '10.00'), broughtBack('2025-03-02', 'r1', 'o1', '10.00'), on('2025-03-03', 'o2', '10.00'))
      .under(earning([{ name: 'first', when: { orderNumber: 1 }, add: 200 }]))
      .when(pointsFold)
      .then({ accounts: { available: 210, clawedBack: 210 } })
  })
})

describe('birthdays', () => {
  const monthly = earning([{ name: 'birthday', when: { birthday: 'month' }, multiply: 2 }])
  const daily = earning([{ name: 'birthday', when: { birthday: 'day' }, multiply: 2 }])

  test.each([
    ['2025-02-28', 10],
    ['2025-03-01', 20],
    ['2025-03-31', 20],
    ['2025-04-01', 10],
  ])('the month of birth, local time: %s', (day, points) => {
    given(enrolled('2025-01-01', { birthday: '03-14' }), on(day, 'o1', '10.00'))
      .under(monthly)
      .when(pointsFold)
      .then(issued(points))
  })

  test('nobody’s birthday is known before it was told', () => {
    given(on('2025-03-14', 'o1', '10.00'), enrolled('2025-03-15', { birthday: '03-14' }))
      .under(monthly)
      .when(pointsFold)
      .then(issued(10))
  })

  test('the one told last counts', () => {
    given(enrolled('2025-01-01', { birthday: '03-14' }), enrolled('2025-01-02', { birthday: '05-14' }), on('2025-05-14', 'o1', '10.00'))
      .under(daily)
      .when(pointsFold)
      .then(issued(20))
  })

  test.each([
    ['2024-02-29', 20],
    ['2024-02-28', 10],
    ['2025-02-28', 20],
    ['2025-03-01', 10],
  ])('a birthday on 29 February is kept on the 28th in common years: %s', (day, points) => {
    given(enrolled('2024-01-01', { birthday: '02-29' }), on(day, 'o1', '10.00'))
      .under(daily)
      .when(pointsFold)
      .then(issued(points))
  })
})

describe('what is left out', () => {
  const giftCard = line('card', '50.00', { category: 'gift-card' })
  const exclusions: EarnRule = { name: 'exclusions', when: { category: ['gift-card', 'tobacco'] }, exclude: true }

  test('an excluded line earns nothing, whatever else would apply to it', () => {
    given(on('2025-03-01', 'o1', [giftCard, line('tea', '10.00')]))
      .under(earning([{ name: 'first', when: { orderNumber: 1 }, add: 7 }, exclusions]))
      .when(pointsFold)
      .then(issued(17))
  })

  test('an order of nothing but excluded lines earns not even flat points', () => {
    given(on('2025-03-01', 'o1', [giftCard]))
      .under(earning([{ name: 'first', when: { orderNumber: 1 }, add: 7 }, exclusions]))
      .when(pointsFold)
      .then(issued(0))
  })

  test.each([
    ['29.99', 0],
    ['30.00', 30],
  ])('an order below the minimum earns nothing: %s', (amount, points) => {
    given(on('2025-03-01', 'o1', amount))
      .under(earning([], { minimumOrder: '30.00' }))
      .when(pointsFold)
      .then(issued(points))
  })

  test('excluded lines do not help an order over the minimum', () => {
    given(on('2025-03-01', 'o1', [giftCard, line('tea', '29.00')]))
      .under(earning([exclusions], { minimumOrder: '30.00' }))
      .when(pointsFold)
      .then(issued(0))
  })
})

describe('multipliers come together as the programme says', () => {
  const rules: EarnRule[] = [
    { name: 'organic', when: { category: 'organic' }, multiply: 2 },
    { name: 'spring', when: { from: '2025-03-01', until: '2025-03-31' }, multiply: '1.5' },
  ]
  const levels = [
    { name: 'member', from: '0' },
    { name: 'silver', from: '500.00', multiply: '1.25' },
  ]
  const order = on('2025-03-02', 'o2', [line('tea', '100.00', { category: 'organic' })])

  test.each([
    ['multiply', 375],
    ['add', 275],
    ['best', 200],
  ] as const)('%s: base, silver 1.25, organic 2, spring 1.5 on 100.00 are %d', (multipliers, points) => {
    given(bought('2025-02-01', 'o1', '600.00'), order)
      .under(shop({ points: { earn: [base, ...rules], combine: { multipliers } }, tiers: { levels } }))
      .when(pointsFold)
      .then(issued(600 + points))
  })

  test('flat points are not multiplied', () => {
    given(bought('2025-02-01', 'o1', '600.00'), order)
      .under(shop({ points: { earn: [{ name: 'flat', add: 10 }], combine: { multipliers: 'multiply' } }, tiers: { levels } }))
      .when(pointsFold)
      .then(issued(20))
  })
})

describe('each rule rounded by itself', () => {
  const perRule = { rounding: { mode: 'floor', per: 'rule' } } as const

  test('a point for each full 100.00, and the extra of the campaign on its own', () => {
    const rules: EarnRule[] = [
      { name: 'base', for: 'purchase', per: '100.00', points: 1 },
      { name: 'spring', multiply: '1.5' },
    ]
    // 2.99 points are 2, their half of 1.495 is 1; rounded together they would be 4.
    given(on('2025-03-01', 'o1', '299.00'))
      .under(shop({ points: { earn: rules, ...perRule } }))
      .when(pointsFold)
      .then(issued(3))
    given(on('2025-03-01', 'o1', '299.00'))
      .under(shop({ points: { earn: rules } }))
      .when(pointsFold)
      .then(issued(4))
  })

  test('each of two rules for money', () => {
    const rules: EarnRule[] = [
      { name: 'base', for: 'purchase', per: '2.00', points: 1 },
      { name: 'tea', for: 'purchase', when: { sku: 'tea' }, per: '2.00', points: 1 },
    ]
    given(on('2025-03-01', 'o1', '3.00'))
      .under(shop({ points: { earn: rules, ...perRule } }))
      .when(pointsFold)
      .then(issued(2))
    given(on('2025-03-01', 'o1', '3.00'))
      .under(shop({ points: { earn: rules } }))
      .when(pointsFold)
      .then(issued(3))
  })
})

describe('activities earn points', () => {
  const reviews = earning([{ name: 'review', for: 'engagement', when: { activity: 'review' }, add: 20, cap: { times: 3, every: 'day' } }])

  test('the one that the rule names, and no other', () => {
    given(did('2025-03-01', 'review'), did('2025-03-02', 'visit')).under(reviews).when(pointsFold).then(issued(20))
  })

  test('three a day, and three more the next day', () => {
    const five = (day: string) => [1, 2, 3, 4, 5].map((hour) => did(`${day}T0${hour}:00:00Z`, 'review'))
    given(...five('2025-03-01'), ...five('2025-03-02'))
      .under(reviews)
      .when(pointsFold)
      .then(issued(120))
  })

  test('in any month but the birthday’s only once', () => {
    const rule: EarnRule = { name: 'party', for: 'engagement', when: { birthday: 'month' }, add: 5 }
    given(enrolled('2025-01-01', { birthday: '03-14' }), did('2025-02-01', 'visit'), did('2025-03-01', 'visit'))
      .under(earning([rule]))
      .when(pointsFold)
      .then(issued(5))
  })
})

describe('a campaign with a cap', () => {
  const capped = (every: 'day' | 'week' | 'month' | 'year' | 'ever') => earning([{ name: 'bonus', add: 100, cap: { times: 1, every } }])

  test.each([
    ['day', '2025-03-01', '2025-03-01T20:00:00Z', 1],
    ['day', '2025-03-01', '2025-03-02', 2],
    ['week', '2025-03-03', '2025-03-09', 1],
    ['week', '2025-03-09', '2025-03-10', 2],
    ['month', '2025-03-01', '2025-03-31', 1],
    ['month', '2025-03-31', '2025-04-01', 2],
    ['year', '2025-01-01', '2025-12-31', 1],
    ['year', '2025-12-31', '2026-01-01', 2],
    ['ever', '2025-12-31', '2035-01-01', 1],
  ] as const)('once every %s: %s and %s use it %d times', (every, first, second, times) => {
    given(on(first, 'o1', '1.00'), on(second, 'o2', '1.00'))
      .under(capped(every))
      .when(pointsFold)
      .then(issued(2 + 100 * times))
  })

  test('gets its use back when the order comes back in full, and not before', () => {
    const order = on('2025-03-01', 'o1', [line('tea', '1.00'), line('oil', '1.00')])
    const half = broughtBack('2025-03-02', 'r1', 'o1', [line('tea', '1.00')])
    const rest = broughtBack('2025-03-03', 'r2', 'o1', [line('oil', '1.00')])
    const next = on('2025-03-04', 'o2', '1.00')
    given(order, half, next)
      .under(capped('ever'))
      .when(pointsFold)
      .then({ accounts: { issued: -103, clawedBack: 51 } })
    given(order, half, rest, next)
      .under(capped('ever'))
      .when(pointsFold)
      .then({ accounts: { issued: -203, clawedBack: 102 } })
  })

  test('is used by one line of its kind, and given back with that line', () => {
    const tea = earning([{ name: 'tea', when: { sku: 'tea' }, add: 100, cap: { times: 1, every: 'ever' } }])
    const order = on('2025-03-01', 'o1', [line('tea', '1.00'), line('oil', '1.00')])
    given(
      on('2025-02-01', 'o0', [line('oil', '1.00')]),
      order,
      broughtBack('2025-03-02', 'r1', 'o1', [line('tea', '1.00')]),
      on('2025-03-04', 'o2', '1.00'),
    )
      .under(tea)
      .when(pointsFold)
      .then({ accounts: { issued: -204, clawedBack: 101 } })
  })

  test('counts anew where a version changes its period', () => {
    const yearly = shop({
      version: 2,
      effectiveFrom: '2025-03-02',
      points: { earn: [base, { name: 'bonus', add: 50, cap: { times: 1, every: 'year' } }] },
    })
    given(on('2025-03-01', 'o1', '1.00'), on('2025-03-02', 'o2', '1.00'), on('2025-03-03', 'o3', '1.00'))
      .under(capped('ever'), yearly)
      .when(pointsFold)
      .then(issued(153))
    const again = shop({ version: 3, effectiveFrom: '2025-03-04', points: capped('ever').points })
    given(on('2025-03-01', 'o1', '1.00'), on('2025-03-02', 'o2', '1.00'), on('2025-03-04', 'o3', '1.00'))
      .under(capped('ever'), yearly, again)
      .when(pointsFold)
      .then(issued(153))
  })

  test('counts on across versions, by its name', () => {
    const next = shop({
      version: 2,
      effectiveFrom: '2025-03-02',
      points: { earn: [base, { name: 'bonus', add: 50, cap: { times: 2, every: 'ever' } }] },
    })
    given(on('2025-03-01', 'o1', '1.00'), on('2025-03-02', 'o2', '1.00'), on('2025-03-03', 'o3', '1.00'))
      .under(capped('ever'), next)
      .when(pointsFold)
      .then(issued(153))
  })
})

describe('flat points are spread over the lines that earned them', () => {
  const flat = earning([{ name: 'bonus', add: 10 }])

  test('so that a return takes its share of them back', () => {
    given(on('2025-03-01', 'o1', [line('tea', '6.00'), line('oil', '4.00')]), broughtBack('2025-03-02', 'r1', 'o1', [line('oil', '4.00')]))
      .under(flat)
      .when(pointsFold)
      .then({ accounts: { issued: -20, clawedBack: 8 } })
  })

  test('a gift that cost nothing takes its points back with the goods', () => {
    given(on('2025-03-01', 'o1', [line('gift', '0', { quantity: 2 })]), broughtBack('2025-03-02', 'r1', 'o1', [line('gift', '0')]))
      .under(flat)
      .when(pointsFold)
      .then({ accounts: { issued: -10, clawedBack: 5 } })
  })
})
