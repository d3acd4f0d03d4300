import { describe, expect, test } from '@jest/globals'
import { type CloudEvent, cloudEventSchema } from '@perennial/contracts'
import { type SampleShopOptions, sampleDeliveries, sampleShop } from './sample-shop.ts'

const options: SampleShopOptions = { seed: 42, members: 300, from: '2024-01-01', to: '2025-12-31' }
const textOf = (some: Partial<SampleShopOptions>) => JSON.stringify([...sampleShop({ ...options, members: 20, ...some })])

const deliveries = [...sampleDeliveries(options)]
const events = deliveries.map(({ event }) => event)
const ofType = <T extends CloudEvent['type']>(type: T) =>
  events.filter((event): event is Extract<CloudEvent, { type: T }> => event.type === type)
const nameOf = ({ source, id }: CloudEvent) => `${source} ${id}`
const once = [...new Map(events.map((event) => [nameOf(event), event])).values()]
const purchases = [...new Map(ofType('retail.purchase.v1').map((event) => [event.data.orderId, event])).values()]
const returns = ofType('retail.return.v1')

describe('a seed is a history', () => {
  test('the same seed gives the same bytes', () => {
    expect(textOf({})).toBe(textOf({}))
  })

  test('different seeds differ', () => {
    expect(textOf({ seed: 43 })).not.toBe(textOf({}))
  })

  test('one more member changes nothing that the others buy', () => {
    const linesOf = (members: number) =>
      [...sampleShop({ ...options, members })]
        .filter(({ subject, type }) => subject === 'm-000001' && type === 'retail.purchase.v1')
        .map(({ time, data }) => [time, data.lines])
    const few = [...new Set(linesOf(5).map((purchase) => JSON.stringify(purchase)))]
    const many = [...new Set(linesOf(6).map((purchase) => JSON.stringify(purchase)))]
    expect(few.length).toBeGreaterThan(0)
    expect(many.sort()).toEqual(few.sort())
  })

  test('dates, counts and currencies that cannot be are refused', () => {
    expect(() => textOf({ from: '2025-02-30' })).toThrow(expect.objectContaining({ code: 'usage' }))
    expect(() => textOf({ to: '2023-12-31' })).toThrow(expect.objectContaining({ code: 'usage' }))
    expect(() => textOf({ timeZone: 'Mars/Olympus' })).toThrow(expect.objectContaining({ code: 'usage' }))
    expect(() => textOf({ members: -1 })).toThrow(expect.objectContaining({ code: 'usage' }))
    expect(() => textOf({ seed: 0.5 })).toThrow(expect.objectContaining({ code: 'usage' }))
    expect(() => textOf({ currency: 'XXL' })).toThrow(expect.objectContaining({ code: 'unknown-currency' }))
  })
})

describe('what the shop publishes', () => {
  test('every event is one that Perennial takes', () => {
    const refused = events.filter((event) => !cloudEventSchema.safeParse(event).success)
    expect(refused).toEqual([])
  })

  test.each(['JPY', 'KWD'])('in %s too, whose amounts have other digits', (currency) => {
    const some = [...sampleShop({ ...options, members: 10, currency })]
    expect(some.filter((event) => !cloudEventSchema.safeParse(event).success)).toEqual([])
  })

  test('each source numbers its events without a gap, as they happen', () => {
    const bySource = Map.groupBy(once, ({ source }) => source)
    expect(bySource.size).toBeGreaterThan(12)
    for (const ofSource of bySource.values()) {
      const inOrder = ofSource.toSorted((a, b) => (a.id < b.id ? -1 : 1))
      expect(inOrder.map(({ id }) => Number(id.split('-').at(-1)))).toEqual(inOrder.map((_, index) => index + 1))
      const times = inOrder.map(({ time }) => Date.parse(time))
      expect(times).toEqual(times.toSorted((a, b) => a - b))
    }
  })

  test('nothing is published before it happens, or out of the order of publication', () => {
    expect(deliveries.every(({ event, publishedAt }) => Date.parse(event.time) < publishedAt)).toBe(true)
    const published = deliveries.map(({ publishedAt }) => publishedAt)
    expect(published).toEqual(published.toSorted((a, b) => a - b))
  })

  test('tills that were offline and the marketplace tell late; most tell at once', () => {
    const late = deliveries.filter(({ event, publishedAt }) => publishedAt - Date.parse(event.time) > 10 * 3_600_000)
    const lateSources = late.map(({ event }) => event.source)
    expect(lateSources).toContain('/marketplace')
    expect(lateSources.filter((source) => source.includes('/till-')).length).toBeGreaterThan(10)
    expect(late.length).toBeGreaterThan(20)
    expect(late.length).toBeLessThan(events.length / 10)
  })

  test('some events are delivered twice, byte for byte', () => {
    const twice = [...Map.groupBy(events, nameOf).values()].filter((same) => same.length > 1)
    expect(twice.length).toBeGreaterThan(5)
    for (const [first, second] of twice) expect(second).toEqual(first)
  })

  test('some orders are sent again under another event id, with the same contents or others', () => {
    const copies = once.filter(({ type }) => type === 'retail.purchase.v1')
    const sentAgain = [...Map.groupBy(copies, ({ source, data }) => `${source} ${data.orderId}`).values()].filter((same) => same.length > 1)
    expect(sentAgain.length).toBeGreaterThan(2)
    for (const [first, again] of sentAgain) expect(again?.id).not.toBe(first?.id)
    const alike = sentAgain.filter(([first, again]) => JSON.stringify(first?.data) === JSON.stringify(again?.data))
    expect(alike.length).toBeGreaterThan(0)
    expect(alike.length).toBeLessThan(sentAgain.length)
  })

  test('returns come days after a purchase of the same goods, whole or in part, with and without its order id', () => {
    const named = returns.filter(({ data }) => data.orderId !== undefined)
    expect(named.length).toBeGreaterThan(20)
    expect(returns.length - named.length).toBeGreaterThan(20)
    let partial = 0
    for (const { data, subject, time } of named) {
      const order = purchases.find((purchase) => purchase.data.orderId === data.orderId)
      expect(order?.subject).toBe(subject)
      expect(Date.parse(time)).toBeGreaterThan(Date.parse(order?.time ?? ''))
      for (const { lineId, sku, quantity, amount } of data.lines) {
        const bought = order?.data.lines[Number(lineId) - 1]
        expect(bought?.sku).toBe(sku)
        expect(quantity).toBeLessThanOrEqual(bought?.quantity ?? 0)
        expect(Number(amount)).toBeLessThanOrEqual(Number(bought?.amount))
        if (quantity < (bought?.quantity ?? 0)) partial++
      }
    }
    expect(partial).toBeGreaterThan(3)
  })

  test('every kind of engagement, channel and category occurs', () => {
    expect(new Set(ofType('retail.engagement.v1').map(({ data }) => data.activity))).toEqual(
      new Set(['review', 'app-open', 'referral', 'visit']),
    )
    expect(new Set(purchases.map(({ data }) => data.channel))).toEqual(new Set(['store', 'web', 'app', 'marketplace']))
    const categories = new Set(purchases.flatMap(({ data }) => data.lines.map(({ category }) => category)))
    expect([...categories]).toEqual(expect.arrayContaining(['organic', 'fair-trade', 'grocery', 'gift']))
  })
})

describe('the members are believable', () => {
  const purchasesOf = Map.groupBy(purchases, ({ subject }) => subject)
  const counts = [...purchasesOf.values()].map(({ length }) => length).sort((a, b) => a - b)

  test('many buy once or twice, a few every week', () => {
    expect(counts[Math.floor(counts.length * 0.15)]).toBeLessThanOrEqual(2)
    expect(counts[Math.floor(counts.length * 0.95)]).toBeGreaterThan(25)
  })

  test('some enrol as they first buy, some later, and some never', () => {
    const enrolledAt = new Map(ofType('retail.member.enrolled.v1').map(({ subject, time }) => [subject, Date.parse(time)]))
    const firstAt = (subject: string) => Math.min(...(purchasesOf.get(subject) ?? []).map(({ time }) => Date.parse(time)))
    const kinds = Map.groupBy(purchasesOf.keys(), (subject) => {
      const at = enrolledAt.get(subject)
      return at === undefined ? 'never' : at > firstAt(subject) ? 'later' : 'at first'
    })
    for (const kind of ['never', 'later', 'at first'] as const) expect(kinds.get(kind)?.length).toBeGreaterThan(20)
  })

  test('some stop for good and some come back after months', () => {
    const gaps = [...purchasesOf.values()].flatMap((ofMember) => {
      const times = ofMember.map(({ time }) => Date.parse(time)).sort((a, b) => a - b)
      return times.slice(1).map((time, index) => time - (times[index] as number))
    })
    expect(gaps.filter((gap) => gap > 120 * 86_400_000).length).toBeGreaterThan(10)
    const quiet = [...purchasesOf.values()].filter((ofMember) => ofMember.every(({ time }) => time < '2025-07'))
    expect(quiet.length).toBeGreaterThan(50)
  })

  test('December is busier than February, and Saturday than Tuesday', () => {
    const boughtIn = (month: string) => purchases.filter(({ time }) => time.slice(5, 7) === month).length
    expect(boughtIn('12')).toBeGreaterThan(1.5 * boughtIn('02'))
    const boughtOn = (weekday: number) => purchases.filter(({ time }) => new Date(time.slice(0, 10)).getUTCDay() === weekday).length
    expect(boughtOn(6)).toBeGreaterThan(boughtOn(2))
  })

  test('shops are open by day, and closed at Christmas', () => {
    const inStore = purchases.filter(({ data }) => data.channel === 'store')
    expect(inStore.every(({ time }) => time.slice(11, 13) >= '09' && time.slice(11, 13) < '20')).toBe(true)
    expect(inStore.filter(({ time }) => time.slice(5, 10) === '12-25')).toEqual([])
    expect(new Set(inStore.map(({ time }) => time.slice(19)))).toEqual(new Set(['+00:00', '+01:00']))
  })
})
