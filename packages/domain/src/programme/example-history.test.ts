import { describe, expect, test } from '@jest/globals'
import { decisionSource, type Example, type ProgrammeInput } from '@perennial/contracts'
import { compareEvents } from '../member/member-event.ts'
import { shop } from '../testing/given.ts'
import { formatInstant } from '../time/instant.ts'
import { historyOfExample, isMoment, localTime, looksOfExample } from './example-history.ts'

type ExampleInput = NonNullable<ProgrammeInput['examples']>[number]

function exampleOf(given: ExampleInput['given'], more: Partial<ExampleInput> = {}): Example {
  // biome-ignore lint/suspicious/noThenProperty: the word of the file
  return shop({ examples: [{ name: 'x', given, then: { available: 0 }, ...more }] }).examples?.[0] as Example
}

function eventsOf(given: ExampleInput['given'], timeZone = 'Europe/London') {
  return historyOfExample(exampleOf(given), shop({ timeZone }))
}

describe('when something in an example happens', () => {
  test.each([
    ['2025-01-15', 'Asia/Taipei', '2025-01-15T04:00:00.000Z'],
    ['2025-07-15', 'Europe/London', '2025-07-15T11:00:00.000Z'],
    ['2025-07-15T18:30', 'Europe/London', '2025-07-15T17:30:00.000Z'],
    ['2025-07-15T18:30:05.250Z', 'Europe/London', '2025-07-15T18:30:05.250Z'],
    ['2025-07-15T18:30+08:00', 'Europe/London', '2025-07-15T10:30:00.000Z'],
  ])('%s in %s is %s', (on, timeZone, expected) => {
    expect(eventsOf([{ did: 'review', on }], timeZone).map(({ occurredAt }) => formatInstant(occurredAt))).toEqual([expected])
  })

  test('at the same instant, what is written first comes first', () => {
    const events = eventsOf(Array.from({ length: 12 }, (_, index) => ({ bought: String(index + 1), on: '2025-01-01' })))
    expect(events.toReversed().sort(compareEvents)).toEqual(events)
  })

  test('we look at the last of it, unless it says when', () => {
    const given = [{ did: 'review', on: '2025-03-05' }, { enrolled: '2025-03-01' }]
    const looks = (more: Partial<ExampleInput>) =>
      looksOfExample(exampleOf(given, more), shop()).map(({ at }) => formatInstant(at).slice(0, 16))
    expect(looks({})).toEqual(['2025-03-05T12:00'])
    expect(looks({ asOf: '2025-04-02' })).toEqual(['2025-04-02T11:00'])
    // biome-ignore lint/suspicious/noThenProperty: the word of the file
    expect(looks({ then: [{ available: 1 }, { asOf: '2025-03-07T08:00', available: 1 }] })).toEqual([
      '2025-03-05T12:00',
      '2025-03-07T08:00',
    ])
  })
})

describe('what is given', () => {
  test('becomes an event each', () => {
    const events = eventsOf([
      { enrolled: '2025-01-05', birthday: '03-14' },
      { bought: '120.00', of: 'tea', category: 'organic', order: 'o1', channel: 'web', on: '2025-01-06' },
      {
        bought: [
          { sku: 'tea', quantity: 2, amount: '20' },
          { sku: 'cup', category: 'china', amount: '7.5' },
        ],
        on: '2025-01-07',
      },
      { did: 'review', on: '2025-01-08' },
      { redeemed: 100, order: 'o1', on: '2025-01-09' },
      { adjusted: -50, on: '2025-01-10' },
      { granted: 'gold', until: '2025-12-31', on: '2025-01-11' },
    ])
    expect(events.map(({ type, data }) => [type, data])).toEqual([
      ['MemberEnrolled', { birthday: '03-14' }],
      [
        'PurchaseRecorded',
        { orderId: 'o1', currency: 'GBP', channel: 'web', lines: [{ sku: 'tea', category: 'organic', quantity: 1, amount: 12000 }] },
      ],
      [
        'PurchaseRecorded',
        {
          orderId: '#3',
          currency: 'GBP',
          lines: [
            { sku: 'tea', quantity: 2, amount: 2000 },
            { sku: 'cup', category: 'china', quantity: 1, amount: 750 },
          ],
        },
      ],
      ['EngagementRecorded', { activity: 'review' }],
      ['PointsRedeemed', { points: 100, orderId: 'o1' }],
      ['PointsAdjusted', { points: -50, reason: 'example', by: 'example' }],
      ['TierGranted', { tier: 'gold', until: '2026-01-01T00:00:00.000Z', reason: 'example', by: 'example' }],
    ])
    expect(events.map(({ source }) => source === decisionSource)).toEqual([false, false, false, false, true, true, true])
  })

  test('is in the currency of the programme, with its digits', () => {
    const [event] = historyOfExample(exampleOf([{ bought: '1500.00', on: '2025-01-06' }]), shop({ currency: 'JPY' }))
    expect(event?.data).toMatchObject({ currency: 'JPY', lines: [{ amount: 1500 }] })
  })

  test('comes back in proportion to the money, unless it says how much of it', () => {
    const [, , half, third, all, unknown] = eventsOf([
      { bought: '120.00', of: 'tea', order: 'o1', on: '2025-01-06' },
      { bought: [{ sku: 'cup', quantity: 3, amount: '30.00' }], order: 'o2', on: '2025-01-06' },
      { returned: '60.00', of: 'tea', order: 'o1', on: '2025-01-07' },
      { returned: '10.00', of: 'cup', on: '2025-01-07' },
      { returned: '60.00', of: 'tea', quantity: 1, on: '2025-01-07' },
      { returned: '60.00', on: '2025-01-07' },
    ])
    expect([half, third, all, unknown]).toMatchObject([0.5, 1, 1, 1].map((quantity) => ({ data: { lines: [{ quantity }] } })))
    expect(half?.data).toMatchObject({ orderId: 'o1', lines: [{ sku: 'tea', amount: 6000 }] })
    expect(third?.data).not.toHaveProperty('orderId')
  })
})

describe('an instant in a row', () => {
  const taipei = shop({ timeZone: 'Asia/Taipei' })
  const midnight = Date.parse('2026-03-31T16:00:00Z')

  test('is told as the clocks of the programme show it', () => {
    expect(localTime(midnight, taipei)).toBe('2026-04-01T00:00')
    expect(localTime(midnight + 1, taipei)).toBe('2026-04-01T00:00:00.001')
  })

  test.each([
    ['2026-04-01', true],
    ['2026-03-31', false],
    ['2026-04-01T00:00', true],
    ['2026-04-01T00:01', false],
    ['2026-03-31T16:00Z', true],
  ])('is %s: %j', (moment, expected) => {
    expect(isMoment(midnight, moment, taipei)).toBe(expected)
  })
})
