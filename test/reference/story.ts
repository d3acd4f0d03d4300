import { type CloudEvent, currencyDigits, type Programme } from '@perennial/contracts'
import { judging } from './calendar.ts'
import { fraction, round, times, whole } from './fraction.ts'

/** What happened to one member, in order, with every return matched to the lines that it gives back. */
export interface Story {
  currency: string | null
  moments: Moment[]
}

/** One event, as far as it counts. */
export interface Moment {
  at: number
  purchase?: Purchase
  /** What the event's own return gave back, and returns that waited for this event's purchase. */
  refunds: Refund[]
}

export interface Purchase {
  at: number
  source: string
  orderId: string
  lines: Line[]
}

export interface Line {
  lineId: string | undefined
  sku: string
  category: string | undefined
  /** Millionths. */
  quantity: bigint
  /** Minor units. */
  amount: bigint
}

export interface Refund {
  /** When the return happened, which may be before the purchase that it gives back. */
  returnedAt: number
  /** The return was told earlier; now its order has come. */
  waited: boolean
  /** Sum of the return's lines. */
  total: bigint
  parts: { purchase: Purchase; line: Line; amount: bigint }[]
}

interface OpenLine {
  purchase: Purchase
  line: Line
  quantityLeft: bigint
  refunded: bigint
}

interface WaitingReturn {
  at: number
  orderId: string
  lines: Line[]
}

type ReturnEvent = Extract<CloudEvent, { type: 'retail.return.v1' }>
type PurchaseEvent = Extract<CloudEvent, { type: 'retail.purchase.v1' }>

/** The member's events up to `asOf`, each once, by time, then source, then id. */
export function inOrder(events: readonly CloudEvent[], memberId: string, asOf: number): CloudEvent[] {
  const own = events.filter((event) => event.subject === memberId && Date.parse(event.time) <= asOf)
  const once = own.filter((event, index) => own.findIndex(({ source, id }) => source === event.source && id === event.id) === index)
  return once.sort((a, b) => Date.parse(a.time) - Date.parse(b.time) || byCodeUnit(a.source, b.source) || byCodeUnit(a.id, b.id))
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function tellStory(events: readonly CloudEvent[], memberId: string, programmes: readonly Programme[], asOf: number): Story {
  const story: Story = { currency: null, moments: [] }
  const ordersSeen = new Set<string>()
  const returnsSeen = new Set<string>()
  const bought: OpenLine[] = []
  let waiting: WaitingReturn[] = []

  const counts = (at: number, currency: string) => currency === (judging(programmes, at).currency ?? story.currency ?? currency)

  function takePurchase(at: number, { source, data }: PurchaseEvent, moment: Moment): void {
    const key = JSON.stringify([source, data.orderId])
    if (ordersSeen.has(key)) return
    ordersSeen.add(key)
    if (!counts(at, data.currency)) return
    story.currency ??= data.currency
    const purchase = { at, source, orderId: data.orderId, lines: linesOf(data) }
    moment.purchase = purchase
    bought.push(...purchase.lines.map((line) => ({ purchase, line, quantityLeft: line.quantity, refunded: 0n })))
    const fulfilled = waiting.filter(({ orderId }) => orderId === data.orderId)
    waiting = waiting.filter(({ orderId }) => orderId !== data.orderId)
    const ofOrder = bought.filter((open) => open.purchase === purchase)
    for (const late of fulfilled) moment.refunds.push({ ...giveBack(late.lines, ofOrder), returnedAt: late.at, waited: true })
  }

  function takeReturn(at: number, { source, data }: ReturnEvent, moment: Moment): void {
    const key = JSON.stringify([source, data.returnId])
    if (returnsSeen.has(key)) return
    returnsSeen.add(key)
    if (!counts(at, data.currency)) return
    story.currency ??= data.currency
    const lines = linesOf(data)
    const from = data.orderId === undefined ? bought : orderOf(source, data.orderId)
    if (!from) waiting.push({ at, orderId: data.orderId as string, lines })
    moment.refunds.push({ ...giveBack(lines, from ?? []), returnedAt: at, waited: false })
  }

  /** A shop may take back what the web shop sold: the source's own order if there is one, else all of that id. */
  function orderOf(source: string, orderId: string): OpenLine[] | undefined {
    const ofAnySource = bought.filter(({ purchase }) => purchase.orderId === orderId)
    const ofSource = ofAnySource.filter(({ purchase }) => purchase.source === source)
    if (ofAnySource.length === 0) return undefined
    return ofSource.length > 0 ? ofSource : ofAnySource
  }

  for (const event of inOrder(events, memberId, asOf)) {
    const moment: Moment = { at: Date.parse(event.time), refunds: [] }
    if (event.type === 'retail.purchase.v1') takePurchase(moment.at, event, moment)
    if (event.type === 'retail.return.v1') takeReturn(moment.at, event, moment)
    story.moments.push(moment)
  }
  return story
}

/** Finds, for each line that comes back, the lines that it gives back, and notes it on them. */
function giveBack(returned: readonly Line[], from: readonly OpenLine[]): Pick<Refund, 'total' | 'parts'> {
  const parts: Refund['parts'] = []
  for (const { lineId, sku, quantity, amount } of returned) {
    const open = from.filter((candidate) => candidate.line.sku === sku && candidate.quantityLeft > 0n)
    const named = open.filter(({ line }) => lineId !== undefined && line.lineId === lineId)
    let quantityLeft = quantity
    let moneyLeft = amount
    for (const candidate of named.length > 0 ? named : open) {
      if (quantityLeft === 0n) break
      const taken = smaller(quantityLeft, candidate.quantityLeft)
      const share = taken === quantityLeft ? moneyLeft : round(times(whole(moneyLeft), { top: taken, bottom: quantityLeft }), 'half-up')
      const refund = smaller(share, candidate.line.amount - candidate.refunded)
      quantityLeft -= taken
      moneyLeft -= refund
      candidate.quantityLeft -= taken
      candidate.refunded += refund
      parts.push({ purchase: candidate.purchase, line: candidate.line, amount: refund })
    }
  }
  return { total: returned.reduce((sum, { amount }) => sum + amount, 0n), parts }
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function linesOf({ currency, lines }: PurchaseEvent['data'] | ReturnEvent['data']): Line[] {
  return lines.map((line) => ({
    lineId: line.lineId,
    sku: line.sku,
    category: 'category' in line ? (line.category as string | undefined) : undefined,
    quantity: round(times(fraction(line.quantity.toFixed(6)), whole(1_000_000n)), 'floor'),
    amount: minorUnits(line.amount, currency),
  }))
}

export function digitsOf(currency: string | null): number {
  return (currency === null ? undefined : currencyDigits(currency)) ?? 2
}

export function minorUnits(amount: string, currency: string | null): bigint {
  return round(times(fraction(amount), whole(10n ** BigInt(digitsOf(currency)))), 'ceil')
}

export function money(minor: bigint, currency: string | null): string {
  const digits = digitsOf(currency)
  const sign = minor < 0n ? '-' : ''
  const text = String(minor < 0n ? -minor : minor).padStart(digits + 1, '0')
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

export function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n)
}

export function formatInstant(at: number): string {
  return new Date(at).toISOString()
}

/** Purchases less everything that was given back, matched or not. */
export function netSpend({ moments }: Story): bigint {
  const purchases = moments.flatMap(({ purchase }) => purchase?.lines ?? []).map(({ amount }) => amount)
  const returns = moments.flatMap(({ refunds }) => refunds.filter(({ waited }) => !waited)).map(({ total }) => total)
  return sum(purchases) - sum(returns)
}
