import { type CloudEvent, currencyDigits, formatMinor, type Programme } from '@perennial/contracts'
import fc from 'fast-check'
import * as pools from './pools.ts'
import { dayMs, firstInstant, lastInstant } from './pools.ts'
import { programmes } from './random-programme.ts'

export { firstInstant, lastInstant } from './pools.ts'
export { programmes } from './random-programme.ts'

/** What a shop sends about a few members, in the order in which it happened to be sent. */
export interface History {
  programmes: Programme[]
  events: CloudEvent[]
}

export const memberIds = ['ann', 'bob', 'çağla']

const timeOfDay = fc.oneof(fc.constantFrom(...pools.awkwardTimes), fc.integer({ min: 0, max: dayMs - 1 }))

/** When something happens: often the same few instants, often on awkward days, over a year and a half. */
const instants = fc.oneof(
  fc.constantFrom(...pools.clockChanges),
  fc.tuple(fc.constantFrom(...pools.awkwardDays), timeOfDay).map(([day, time]) => day + time),
  fc.tuple(fc.integer({ min: 0, max: 600 }), timeOfDay).map(([day, time]) => firstInstant + day * dayMs + time),
)

/** Instants at which to look, in the middle of things and long after. */
export const lookingInstants = fc.oneof(
  instants,
  fc.tuple(instants, fc.integer({ min: 0, max: 500 })).map(([instant, days]) => Math.min(instant + days * dayMs, lastInstant)),
)

const minorAmounts = fc.oneof(fc.constantFrom(...pools.minorAmounts), fc.integer({ min: 0, max: 30_000 }))

function amount(minor: number, currency: string): string {
  return formatMinor(minor, currencyDigits(currency) ?? 2)
}

const happenings = fc.record({
  kind: fc.constantFrom('purchase', 'purchase', 'purchase', 'purchase', 'return', 'return', 'enrolment', 'engagement'),
  // Most of it happens to one member, so that there is much to get wrong.
  member: fc.constantFrom('ann', 'ann', 'ann', 'ann', ...memberIds),
  source: fc.constantFrom(...pools.sources),
  idPrefix: fc.integer({ min: 0, max: 9 }),
  at: instants,
  foreign: fc.integer({ min: 0, max: 11 }).map((dice) => dice === 0),
  orderId: fc.constantFrom(...pools.orderIds),
  returnId: fc.constantFrom(...pools.returnIds),
  namesOrder: fc.integer({ min: 0, max: 3 }).map((dice) => dice > 0),
  channel: fc.constantFrom(...pools.channels),
  birthday: fc.constantFrom(...pools.birthdays),
  activity: fc.constantFrom(...pools.activities),
  lines: fc.array(
    fc.record(
      {
        lineId: fc.constantFrom(...pools.lineIds),
        sku: fc.constantFrom(...pools.skus),
        category: fc.constantFrom(...pools.categories),
        quantity: fc.constantFrom(...pools.quantities),
        minor: minorAmounts,
      },
      { noNullPrototype: true },
    ),
    { minLength: 1, maxLength: 4 },
  ),
})

type Happening = typeof happenings extends fc.Arbitrary<infer T> ? T : never

function toEvent(happening: Happening, index: number, mainCurrency: string): CloudEvent {
  const { kind, member, source, idPrefix, at, foreign, orderId, returnId, namesOrder, channel, birthday, activity } = happening
  const currency = foreign ? (mainCurrency === 'EUR' ? 'GBP' : 'EUR') : mainCurrency
  const envelope = { specversion: '1.0', id: `${idPrefix}-${index}`, source, subject: member, time: new Date(at).toISOString() } as const
  const lines = happening.lines.map(({ lineId, sku, category, quantity, minor }) => ({
    ...(lineId !== undefined && { lineId }),
    sku,
    ...(kind === 'purchase' && category !== undefined && { category }),
    quantity,
    amount: amount(minor, currency),
  }))
  switch (kind) {
    case 'purchase':
      return { ...envelope, type: 'retail.purchase.v1', data: { orderId, ...(channel && { channel }), currency, lines } }
    case 'return':
      return { ...envelope, type: 'retail.return.v1', data: { returnId, ...(namesOrder && { orderId }), currency, lines } }
    case 'enrolment':
      return { ...envelope, type: 'retail.member.enrolled.v1', data: { channel: 'web', ...(birthday && { birthday }) } }
    default:
      return { ...envelope, type: 'retail.engagement.v1', data: { activity } }
  }
}

export function historiesOf(options: { maxEvents?: number } = {}): fc.Arbitrary<CloudEvent[]> {
  const { maxEvents = 30 } = options
  return fc
    .tuple(fc.constantFrom('GBP', 'GBP', 'GBP', 'JPY', 'KWD'), fc.array(happenings, { minLength: 1, maxLength: maxEvents, size: 'max' }))
    .map(([currency, all]) => all.map((happening, index) => toEvent(happening, index, currency)))
}

export const histories: fc.Arbitrary<History> = fc.record({ programmes, events: historiesOf() })

/** The same things in any order, cut into batches anywhere. */
export function shuffledBatches<T>(items: readonly T[]): fc.Arbitrary<T[][]> {
  return fc
    .tuple(
      fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length }),
      fc.array(fc.nat({ max: items.length }), { maxLength: 4 }),
    )
    .map(([shuffled, cuts]) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), shuffled.length]
      return at.slice(1).map((end, index) => shuffled.slice(at[index], end))
    })
}
