import { expect, test } from '@jest/globals'
import { type CloudEvent, cloudEventSchema } from '@perennial/contracts'
import { benchEvents } from './bench-events.ts'

const options = { seed: 3, members: 1_000, events: 20_000 }
const all = [...benchEvents(options)]
const events = all.map(({ json }) => JSON.parse(json) as CloudEvent)
const shareOf = (type: CloudEvent['type']) => events.filter((event) => event.type === type).length / events.length

test('the same seed gives the same bytes, another seed others', () => {
  expect([...benchEvents(options)]).toEqual(all)
  expect([...benchEvents({ ...options, seed: 4 })]).not.toEqual(all)
})

test('every event is one that Perennial takes, and of the member that stands beside it', () => {
  expect(events.filter((event) => !cloudEventSchema.safeParse(event).success)).toEqual([])
  expect(events.map(({ subject }) => subject)).toEqual(all.map(({ memberId }) => memberId))
})

test('in chronological order over two years, numbered without a gap by each source', () => {
  const times = events.map(({ time }) => Date.parse(time))
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect([events[0]?.time.slice(0, 10), events.at(-1)?.time.slice(0, 10)]).toEqual(['2023-01-01', '2024-12-30'])
  for (const ofSource of Map.groupBy(events, ({ source }) => source).values()) {
    expect(ofSource.map(({ id }) => Number(id.split('-')[1]))).toEqual(ofSource.map((_, index) => index + 1))
  }
})

test('in the shares and sizes that the benchmark is told of', () => {
  expect(events).toHaveLength(20_000)
  expect(shareOf('retail.purchase.v1')).toBeCloseTo(0.85, 1)
  expect(shareOf('retail.return.v1')).toBeCloseTo(0.05, 2)
  expect(shareOf('retail.member.enrolled.v1')).toBeCloseTo(0.05, 2)
  expect(shareOf('retail.engagement.v1')).toBeCloseTo(0.05, 2)
  const bytes = all.reduce((sum, { json }) => sum + json.length, 0) / all.length
  expect(bytes).toBeGreaterThan(350)
  expect(bytes).toBeLessThan(420)
})

test('a return gives back the first line of an order of the same member, once, some days later', () => {
  const orders = new Map(events.filter(({ type }) => type === 'retail.purchase.v1').map((event) => [event.data.orderId, event]))
  const returns = events.filter(({ type }) => type === 'retail.return.v1')
  expect(new Set(returns.map(({ data }) => data.orderId)).size).toBe(returns.length)
  for (const { subject, time, data } of returns) {
    const order = orders.get(data.orderId)
    expect(order?.subject).toBe(subject)
    expect(order && order.time <= time).toBe(true)
    expect(order?.data.lines).toMatchObject([(data.lines as object[])[0], ...((order?.data.lines ?? []) as object[]).slice(1)])
  }
})

test('a history too short for every member to enrol is still a history', () => {
  const few = [...benchEvents({ seed: 1, members: 500, events: 100 })].map(({ json }) => JSON.parse(json) as CloudEvent)
  expect(few.filter((event) => !cloudEventSchema.safeParse(event).success)).toEqual([])
  expect([...benchEvents({ seed: 1, events: 0 })]).toEqual([])
})
