import { type CloudEvent, currencyDigits, formatMinor, type Programme, programmeSchema } from '@perennial/contracts'
import fc from 'fast-check'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** What a shop sends about a few members, in the order in which it happened to be sent. */
export interface History {
  programmes: Programme[]
  events: CloudEvent[]
}

export const memberIds = ['ann', 'bob', 'çağla']

/** Pools are small, so that order ids, line ids and skus collide all the time. */
const sources = fc.constantFrom('/till/1', '/till/2', '/shop')
const orderIds = fc.constantFrom('o1', 'o1', 'o1', 'o2', 'o3', 'o4', 'o5', 'o6')
const returnIds = fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5', 'r6')
const skus = fc.constantFrom('tea', 'tea', 'tea', 'oil', 'soap')
const categories = fc.constantFrom(undefined, 'organic', 'home')
const lineIds = fc.constantFrom(undefined, undefined, '1', '2')
const quantities = fc.constantFrom(1, 1, 1, 2, 3, 0.375, 0.000001, 12)

/** Days on which calendars go wrong: clock changes in London and New York, 29 February, ends of months and years. */
const awkwardDays = [
  '2024-01-31',
  '2024-02-28',
  '2024-02-29',
  '2024-03-01',
  '2024-03-10',
  '2024-03-30',
  '2024-03-31',
  '2024-04-01',
  '2024-10-26',
  '2024-10-27',
  '2024-11-03',
  '2024-12-31',
  '2025-01-01',
  '2025-01-31',
  '2025-02-28',
  '2025-03-30',
].map((day) => Date.parse(`${day}T00:00:00Z`))

const timeOfDay = fc.oneof(
  fc.constantFrom(0, 0.5 * hourMs, hourMs, 1.5 * hourMs, 10 * hourMs, 22.5 * hourMs, 23 * hourMs, 24 * hourMs - 1),
  fc.integer({ min: 0, max: dayMs - 1 }),
)

export const firstInstant = Date.parse('2023-10-01T00:00:00Z')
export const lastInstant = Date.parse('2026-06-01T00:00:00Z')

/** When something happens: often the same few instants, often on awkward days, over a year and a half. */
const instants = fc.oneof(
  fc.constantFrom(Date.parse('2024-03-31T01:00:00Z'), Date.parse('2024-10-27T00:30:00Z'), Date.parse('2024-10-27T01:30:00Z')),
  fc.tuple(fc.constantFrom(...awkwardDays), timeOfDay).map(([day, time]) => day + time),
  fc.tuple(fc.integer({ min: 0, max: 600 }), timeOfDay).map(([day, time]) => firstInstant + day * dayMs + time),
)

/** Instants at which to look, in the middle of things and long after. */
export const lookingInstants = fc.oneof(
  instants,
  fc.tuple(instants, fc.integer({ min: 0, max: 500 })).map(([instant, days]) => Math.min(instant + days * dayMs, lastInstant)),
)

const minorAmounts = fc.oneof(fc.constantFrom(0, 1, 50, 99, 100, 1_999, 5_000, 9_999, 10_000, 20_000), fc.integer({ min: 0, max: 30_000 }))

function amount(minor: number, currency: string): string {
  return formatMinor(minor, currencyDigits(currency) ?? 2)
}

const happenings = fc.record({
  kind: fc.constantFrom('purchase', 'purchase', 'purchase', 'purchase', 'return', 'return', 'enrolment', 'engagement'),
  // Most of it happens to one member, so that there is much to get wrong.
  member: fc.constantFrom('ann', 'ann', 'ann', 'ann', ...memberIds),
  source: sources,
  idPrefix: fc.integer({ min: 0, max: 9 }),
  at: instants,
  foreign: fc.integer({ min: 0, max: 11 }).map((dice) => dice === 0),
  orderId: orderIds,
  returnId: returnIds,
  namesOrder: fc.integer({ min: 0, max: 3 }).map((dice) => dice > 0),
  lines: fc.array(
    fc.record({ lineId: lineIds, sku: skus, category: categories, quantity: quantities, minor: minorAmounts }, { noNullPrototype: true }),
    { minLength: 1, maxLength: 4 },
  ),
})

type Happening = typeof happenings extends fc.Arbitrary<infer T> ? T : never

function toEvent(happening: Happening, index: number, mainCurrency: string): CloudEvent {
  const { kind, member, source, idPrefix, at, foreign, orderId, returnId, namesOrder } = happening
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
      return { ...envelope, type: 'retail.purchase.v1', data: { orderId, currency, lines } }
    case 'return':
      return { ...envelope, type: 'retail.return.v1', data: { returnId, ...(namesOrder && { orderId }), currency, lines } }
    case 'enrolment':
      return { ...envelope, type: 'retail.member.enrolled.v1', data: { channel: 'web' } }
    default:
      return { ...envelope, type: 'retail.engagement.v1', data: { activity: 'review' } }
  }
}

export function historiesOf(options: { maxEvents?: number } = {}): fc.Arbitrary<CloudEvent[]> {
  const { maxEvents = 30 } = options
  return fc
    .tuple(fc.constantFrom('GBP', 'GBP', 'GBP', 'JPY', 'KWD'), fc.array(happenings, { minLength: 1, maxLength: maxEvents, size: 'max' }))
    .map(([currency, all]) => all.map((happening, index) => toEvent(happening, index, currency)))
}

const periods = fc.constantFrom('P0D', 'P1D', 'P7D', 'P14D', 'P1M', 'P45D', 'P3M', 'P1Y')
const factors = fc.constantFrom('1', '1.25', '1.5', '2', '0', '0.333', '3')
const increasing = (length: number, max: number) =>
  fc
    .uniqueArray(fc.integer({ min: 1, max }), { minLength: length, maxLength: length })
    .map((numbers) => numbers.toSorted((a, b) => a - b) as [number, number, number])

const rules = fc.record({
  points: fc.record({
    earn: fc
      .tuple(
        fc.array(
          fc.record({
            name: fc.constant('base'),
            for: fc.constant('purchase' as const),
            per: fc.constantFrom('1.00', '0.30', '7', '5.00'),
            points: fc.integer({ min: 1, max: 5 }),
          }),
          { minLength: 1, maxLength: 2 },
        ),
        fc.array(
          fc.record({
            name: fc.constant('bonus'),
            for: fc.constant('purchase' as const),
            when: fc.record({ category: fc.constantFrom(['organic'], ['home'], ['organic', 'home']) }),
            multiply: factors,
          }),
          { maxLength: 2 },
        ),
      )
      .map(([base, bonus]) => [...base, ...bonus]),
    rounding: fc.record({ mode: fc.constantFrom('floor', 'half-up', 'half-even', 'ceil'), per: fc.constantFrom('line', 'order') }),
    pending: periods,
    expiry: fc.oneof(
      { weight: 4, arbitrary: fc.record({ after: periods, at: fc.constantFrom('end-of-month', 'end-of-day') }) },
      { weight: 1, arbitrary: fc.constant('never' as const) },
    ),
    warnBefore: fc.constantFrom('P0D', 'P7D', 'P30D', 'P1Y'),
  }),
  tiers: fc.record({
    metric: fc.constant('spend' as const),
    window: fc.record({ rolling: fc.constantFrom('P1D', 'P30D', 'P1M', 'P6M', 'P12M', 'P1Y') }),
    levels: fc
      .tuple(
        increasing(3, 400),
        fc.tuple(factors, factors, factors, factors),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('', '.5', '.005'),
      )
      .map(([from, multiply, count, fraction]) =>
        ['member', 'silver', 'gold', 'platinum']
          .slice(0, count)
          .map((name, index) => ({ name, from: index === 0 ? '0' : `${from[index - 1]}${fraction}`, multiply: multiply[index] as string })),
      ),
  }),
  lifecycle: fc
    .record({
      prior: fc.constantFrom('P10D', 'P60D', 'P2M', 'P1Y'),
      weight: fc.constantFrom(0.5, 1, 2, 2.5, 10),
      shortest: fc.constantFrom('P1D', 'P7D'),
      longest: fc.constantFrom('P30D', 'P180D', 'P1Y'),
      growingFrom: fc.integer({ min: 2, max: 3 }),
      loyalFrom: fc.integer({ min: 4, max: 6 }),
      after: fc.constantFrom([1.5, 3, 6], [0.5, 1, 1.7], [2, 2.25, 10]),
      wonBackFor: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ prior, weight, shortest, longest, after, ...rest }) => ({
      rhythm: { prior, weight, shortest, longest },
      ...rest,
      atRiskAfter: after[0] as number,
      lapsedAfter: after[1] as number,
      lostAfter: after[2] as number,
    })),
  churnRisk: fc.record({
    evenAt: fc.constantFrom(0.5, 2, 3.3),
    mediumFrom: fc.constantFrom(0.1, 0.25, 0.5),
    highFrom: fc.constantFrom(0.6, 0.9),
  }),
})

/** One to three versions of one programme; the first may take effect in the middle of the history. */
export const programmes: fc.Arbitrary<Programme[]> = fc
  .record({
    timeZone: fc.constantFrom('Europe/London', 'Europe/London', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC'),
    currency: fc.constantFrom(undefined, undefined, 'GBP'),
    versions: fc.uniqueArray(
      fc.record({
        effectiveFrom: fc.constantFrom('2000-01-01', '2023-12-01', '2024-03-31', '2024-06-15', '2024-10-27', '2025-01-01'),
        rules,
      }),
      { minLength: 1, maxLength: 3, selector: ({ effectiveFrom }) => effectiveFrom },
    ),
  })
  .map(({ timeZone, currency, versions }) =>
    versions
      .toSorted((a, b) => (a.effectiveFrom < b.effectiveFrom ? -1 : 1))
      .map(({ effectiveFrom, rules }, index) =>
        programmeSchema.parse({
          programme: 'random',
          version: index + 1,
          effectiveFrom,
          timeZone,
          ...(currency && { currency }),
          ...rules,
        }),
      ),
  )

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
