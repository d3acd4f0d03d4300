import { type BenchLines, writeBenchLines } from './bench-lines.ts'
import { sfc32 } from './random.ts'

export interface BenchOptions {
  /** A whole number; the same seed and options give the same bytes. */
  seed: number
  members?: number
  events?: number
  /** First day of the two years, such as `2023-01-01`. */
  from?: string
}

export interface BenchEvent {
  memberId: string
  /** The CloudEvent as JSON text. */
  json: string
}

interface OpenOrder {
  member: number
  orderId: string
  /** Which of the written lines was its first. */
  line: number
}

const twoYearsMs = 730 * 86_400_000
const dayMs = 86_400_000
const wordMax = 0x1_0000_0000
const lineCount = 4096
const tills = Array.from({ length: 20 }, (_, index) => String(index + 1).padStart(2, '0'))
const activities = ['app-open', 'visit', 'review', 'referral']
/** Shares of all events; the rest, about 85 %, are purchases. */
const returns = 0.05
const engagementAndEnrolment = 0.1

/**
 * Events for benchmarks, in chronological order over two years: about 85 % purchases with 1 to 3 lines, 5 % returns that
 * name their order, and 10 % enrolments (when a member is first seen, as far as that share goes) and engagement. Some
 * members come far oftener than others. Each of 20 tills is a source with running event ids.
 */
export function* benchEvents({
  seed,
  members = 50_000,
  events = 1_000_000,
  from = '2023-01-01',
}: BenchOptions): Generator<BenchEvent, void, undefined> {
  const next = sfc32(seed)
  const lines = writeBenchLines(seed, lineCount)
  const timeAt = clock()
  const start = Date.parse(`${from}T00:00:00Z`)
  const stepMs = twoYearsMs / events
  const memberIds: (string | undefined)[] = Array.from({ length: members })
  const enrolments = Math.min(members, Math.floor(events * engagementAndEnrolment))
  const engagement = engagementAndEnrolment - enrolments / events
  const numbers = new Uint32Array(tills.length)
  // A return is of an order of some days ago: the one that has been open longest.
  const open = openOrders(Math.max(1, Math.min(4096, events >>> 6)))

  for (let index = 0; index < events; index++) {
    const time = timeAt(start + Math.floor((index + next() / wordMax) * stepMs))
    const kind = next() / wordMax
    const returned = kind < returns ? open.take() : undefined
    const share = next() / wordMax
    // The square makes low numbers frequent: the busiest come ten times as often as the average.
    const member = returned?.member ?? Math.floor(share * (0.1 + 0.9 * share) * members)
    const known = memberIds[member]
    const memberId = known ?? (memberIds[member] = `m-${String(member + 1).padStart(6, '0')}`)
    const tillIndex = next() % tills.length
    const till = tills[tillIndex] as string
    const number = (numbers[tillIndex] as number) + 1
    numbers[tillIndex] = number
    const id = `${till}-${String(number).padStart(7, '0')}`

    let typeAndData: string
    if (returned) typeAndData = returnText(id, returned, lines)
    else if (known === undefined && member < enrolments) typeAndData = `member.enrolled.v1","data":{"channel":"store","acquisition":"till"}`
    else if (kind >= returns && kind < returns + engagement) {
      typeAndData = `engagement.v1","data":{"activity":"${activities[next() & 3]}","reference":"store-${tillIndex >> 2}"}`
    } else {
      const order = { member, orderId: `order-${id}`, line: next() % lineCount }
      open.add(order)
      typeAndData = purchaseText(order, tillIndex >> 2, lines, next)
    }
    const json = `{"specversion":"1.0","id":"${id}","source":"/bench/till-${till}","subject":"${memberId}","time":"${time}","type":"retail.${typeAndData}}`
    yield { memberId, json }
  }
}

function purchaseText({ orderId, line }: OpenOrder, store: number, lines: BenchLines, next: () => number): string {
  const count = 1 + (next() % 3)
  let text = lines.first[line] as string
  if (count > 1) text += lines.second[next() % lineCount]
  if (count > 2) text += lines.third[next() % lineCount]
  return `purchase.v1","data":{"orderId":"${orderId}","channel":"store","storeId":"store-${store}","currency":"GBP","lines":[${text}]}`
}

function returnText(id: string, { orderId, line }: OpenOrder, lines: BenchLines): string {
  return `return.v1","data":{"returnId":"return-${id}","orderId":"${orderId}","currency":"GBP","lines":[${lines.returned[line]}]}`
}

/** The latest orders, at most `capacity`; those that were not returned in time are forgotten. */
function openOrders(capacity: number) {
  const orders: OpenOrder[] = []
  let first = 0
  let end = 0
  return {
    add(order: OpenOrder): void {
      orders[end++ % capacity] = order
      if (end - first > capacity) first++
    },
    take: (): OpenOrder | undefined => (first < end ? orders[first++ % capacity] : undefined),
  }
}

/** Shows ascending instants as UTC to the second, some ten times faster than `Date` does. */
function clock(): (instant: number) => string {
  const two = (value: number) => String(value).padStart(2, '0')
  const minutes = Array.from({ length: 1440 }, (_, minute) => `T${two(Math.floor(minute / 60))}:${two(minute % 60)}:`)
  const seconds = Array.from({ length: 60 }, (_, second) => `${two(second)}Z`)
  let date = ''
  let dayStarts = 0
  let dayEnds = 0
  return (instant) => {
    if (instant >= dayEnds) {
      dayStarts = Math.floor(instant / dayMs) * dayMs
      dayEnds = dayStarts + dayMs
      date = new Date(dayStarts).toISOString().slice(0, 10)
    }
    const second = Math.floor((instant - dayStarts) / 1000)
    return `${date}${minutes[Math.floor(second / 60)]}${seconds[second % 60]}`
  }
}
