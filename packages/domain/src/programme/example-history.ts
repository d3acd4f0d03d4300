import {
  decisionSource,
  digitsOf,
  type Example,
  type ExampleLine,
  type Expectation,
  type Given,
  type Programme,
  parseMinor,
} from '@perennial/contracts'
import { Temporal } from 'temporal-polyfill'
import type { MemberEvent } from '../member/member-event.ts'

/** The events that an example of a programme tells of, as the folds read them; the programme was checked before. */
export function historyOfExample({ given }: Example, programme: Programme): MemberEvent[] {
  return given.map((happening, index) => {
    const { type, data } = eventOf(happening, index, given, programme)
    const occurredAt = instantOf('enrolled' in happening ? happening.enrolled : happening.on, programme)
    const isDecision = 'redeemed' in happening || 'granted' in happening || 'adjusted' in happening
    return {
      type,
      data,
      // At the same instant, what is written first comes first.
      source: isDecision ? decisionSource : '/example',
      id: String(index + 1).padStart(3, '0'),
      occurredAt,
      recordedAt: occurredAt,
      revision: index,
      position: index + 1,
    } as MemberEvent
  })
}

/** What is expected, and the instant at which to look: without one, at the last thing that is given. */
export function looksOfExample({ given, asOf, then }: Example, programme: Programme): { at: number; expected: Expectation }[] {
  const last = Math.max(...given.map((happening) => instantOf('enrolled' in happening ? happening.enrolled : happening.on, programme)))
  return expectationsOf(then).map((expected) => {
    const moment = expected.asOf ?? asOf
    return { at: moment === undefined ? last : instantOf(moment, programme), expected }
  })
}

export function expectationsOf(then: Example['then']): Expectation[] {
  return Array.isArray(then) ? then : [then]
}

/** Where the programme names no currency, people who write examples need not either. */
export function currencyOf({ currency }: { currency?: string | undefined }, programme: Programme): string {
  return currency ?? programme.currency ?? 'GBP'
}

/** A date alone is noon; a date and time without an offset is that of the programme's time zone. */
function instantOf(moment: string, { timeZone }: Programme): number {
  if (/(?:Z|[+-]\d{2}:\d{2})$/.test(moment)) return Date.parse(moment)
  const local = moment.includes('T') ? moment : `${moment}T12:00`
  return Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone).epochMilliseconds
}

/** The end of a last day, or an instant. */
function endOf(moment: string, programme: Programme): number {
  if (moment.includes('T')) return instantOf(moment, programme)
  return Temporal.PlainDate.from(moment).add({ days: 1 }).toZonedDateTime(programme.timeZone).epochMilliseconds
}

const decidedBy = { reason: 'example', by: 'example' }

function eventOf(given: Given, index: number, all: readonly Given[], programme: Programme): Pick<MemberEvent, 'type' | 'data'> {
  if ('enrolled' in given) {
    const { birthday, channel } = given
    return { type: 'MemberEnrolled', data: { ...(birthday && { birthday }), ...(channel && { channel }) } }
  }
  if ('bought' in given) {
    const { order = `#${index + 1}`, channel } = given
    const lines = linesOf(given.bought, given, programme)
    const data = { orderId: order, currency: currencyOf(given, programme), ...(channel && { channel }), lines }
    return { type: 'PurchaseRecorded', data }
  }
  if ('returned' in given) {
    const lines = linesOf(given.returned, { ...given, quantity: given.quantity ?? quantityReturned(given, all) }, programme)
    const { order } = given
    const data = { returnId: `return-${index + 1}`, ...(order && { orderId: order }), currency: currencyOf(given, programme), lines }
    return { type: 'ReturnRecorded', data }
  }
  if ('did' in given) return { type: 'EngagementRecorded', data: { activity: given.did } }
  if ('redeemed' in given) {
    return { type: 'PointsRedeemed', data: { points: given.redeemed, ...(given.order && { orderId: given.order }) } }
  }
  if ('granted' in given) {
    const until = new Date(endOf(given.until, programme)).toISOString()
    return { type: 'TierGranted', data: { tier: given.granted, until, ...decidedBy } }
  }
  return { type: 'PointsAdjusted', data: { points: given.adjusted, ...decidedBy } }
}

interface Goods {
  of?: string | undefined
  category?: string | undefined
  quantity?: number | undefined
  currency?: string | undefined
}

const unnamed = 'goods'

function linesOf(goods: string | ExampleLine[], given: Goods, programme: Programme) {
  const { of: sku = unnamed, category, quantity } = given
  const digits = digitsOf(currencyOf(given, programme))
  const lines: ExampleLine[] = typeof goods === 'string' ? [{ sku, category, quantity, amount: goods }] : goods
  return lines.map(({ sku, category, quantity = 1, amount }) => ({
    sku,
    ...(category && { category }),
    quantity,
    amount: minorOf(amount, digits),
  }))
}

/** `"1.00"` is 1 where the currency has no decimals. */
function minorOf(amount: string, digits: number): number {
  const minor = parseMinor(amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount, digits)
  if (typeof minor !== 'number') throw new Error(`not an amount: ${amount}`)
  return minor
}

/** As many of the goods as the money given back had paid for: half of the money is half of the goods. */
function quantityReturned(returned: Extract<Given, { returned: unknown }>, all: readonly Given[]): number {
  if (typeof returned.returned !== 'string') return 1
  const { of: sku = unnamed, order } = returned
  for (const given of all) {
    if (!('bought' in given) || (order !== undefined && given.order !== order)) continue
    const lines =
      typeof given.bought === 'string' ? [{ sku: given.of ?? unnamed, quantity: given.quantity, amount: given.bought }] : given.bought
    const line = lines.find((line) => line.sku === sku && Number(line.amount) > 0)
    if (line) return Math.max(1, Math.round(((Number(returned.returned) * (line.quantity ?? 1)) / Number(line.amount)) * 1e6)) / 1e6
  }
  return 1
}

/** An instant as the programme's clocks show it, in the form in which examples tell of it: `2026-04-01T00:00`. */
export function localTime(instant: number, { timeZone }: Programme): string {
  const local = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone).toPlainDateTime()
  return local.toString().replace(/(T\d{2}:\d{2}):00$/, '$1')
}

/** Whether an instant is the one that an example names, or lies on its day where it names a day. */
export function isMoment(instant: number, moment: string, programme: Programme): boolean {
  return moment.includes('T') ? instant === instantOf(moment, programme) : localTime(instant, programme).startsWith(moment)
}
