import type { EngagementData, EnrolmentData, Programme, PurchaseLine, ReturnLine } from '@perennial/contracts'
import type { MemberDecision, MemberEvent, MemberEventOf } from '@perennial/domain'
import { judging } from './calendar.ts'
import { fraction, round, times, whole } from './fraction.ts'
import { eventsThatCount } from './history.ts'
import { smaller, sum } from './money.ts'

/** What happened to one member, in order, with every return matched to the lines that it gives back. */
export interface Story {
  currency: string | null
  moments: Moment[]
}

/** One event, as far as it counts. */
export interface Moment {
  at: number
  enrolment?: EnrolmentData
  engagement?: EngagementData
  purchase?: Purchase
  /** What the event's own return gave back, and returns that waited for this event's purchase. */
  refunds: Refund[]
  decision?: MemberDecision
}

/** A credited order. */
export interface Purchase {
  at: number
  source: string
  orderId: string
  channel: string | undefined
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
  namesOrder: boolean
  /** Sum of the return's lines. */
  total: bigint
  parts: RefundPart[]
  /** The amount of each of the return's lines that found nothing, or what is over where it found too little. */
  unmatched: bigint[]
}

interface RefundPart {
  purchase: Purchase
  line: Line
  quantity: bigint
  amount: bigint
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

export function tellStory(stream: readonly MemberEvent[], programmes: readonly Programme[], asOf: number): Story {
  const story: Story = { currency: null, moments: [] }
  const ordersSeen = new Set<string>()
  const returnsSeen = new Set<string>()
  const bought: OpenLine[] = []
  let waiting: WaitingReturn[] = []

  const counts = (at: number, currency: string) => currency === (judging(programmes, at).currency ?? story.currency ?? currency)

  function takePurchase({ occurredAt: at, source, data }: MemberEventOf<'PurchaseRecorded'>, moment: Moment): void {
    const key = JSON.stringify([source, data.orderId])
    if (ordersSeen.has(key)) return
    ordersSeen.add(key)
    if (!counts(at, data.currency)) return
    story.currency ??= data.currency
    const purchase = { at, source, orderId: data.orderId, channel: data.channel, lines: data.lines.map(lineOf) }
    moment.purchase = purchase
    const ofOrder = purchase.lines.map((line) => ({ purchase, line, quantityLeft: line.quantity, refunded: 0n }))
    bought.push(...ofOrder)
    const fulfilled = waiting.filter(({ orderId }) => orderId === data.orderId)
    waiting = waiting.filter(({ orderId }) => orderId !== data.orderId)
    for (const late of fulfilled) {
      moment.refunds.push({ ...giveBack(late.lines, ofOrder), returnedAt: late.at, waited: true, namesOrder: true })
    }
  }

  function takeReturn({ occurredAt: at, source, data }: MemberEventOf<'ReturnRecorded'>, moment: Moment): void {
    const key = JSON.stringify([source, data.returnId])
    if (returnsSeen.has(key)) return
    returnsSeen.add(key)
    if (!counts(at, data.currency)) return
    story.currency ??= data.currency
    const lines = data.lines.map(lineOf)
    const from = data.orderId === undefined ? bought : orderOf(source, data.orderId)
    if (!from) waiting.push({ at, orderId: data.orderId as string, lines })
    moment.refunds.push({ ...giveBack(lines, from ?? []), returnedAt: at, waited: false, namesOrder: data.orderId !== undefined })
  }

  /** A shop may take back what the web shop sold: the source's own order if there is one, else all of that id. */
  function orderOf(source: string, orderId: string): OpenLine[] | undefined {
    const ofAnySource = bought.filter(({ purchase }) => purchase.orderId === orderId)
    const ofSource = ofAnySource.filter(({ purchase }) => purchase.source === source)
    if (ofAnySource.length === 0) return undefined
    return ofSource.length > 0 ? ofSource : ofAnySource
  }

  for (const event of eventsThatCount(stream, asOf)) {
    const moment: Moment = { at: event.occurredAt, refunds: [] }
    if (event.type === 'PurchaseRecorded') takePurchase(event, moment)
    else if (event.type === 'ReturnRecorded') takeReturn(event, moment)
    else if (event.type === 'MemberEnrolled') moment.enrolment = event.data
    else if (event.type === 'EngagementRecorded') moment.engagement = event.data
    else moment.decision = event
    story.moments.push(moment)
  }
  return story
}

/** Finds, for each line that comes back, the lines that it gives back, and notes it on them. */
function giveBack(returned: readonly Line[], from: readonly OpenLine[]): Pick<Refund, 'total' | 'parts' | 'unmatched'> {
  const parts: RefundPart[] = []
  const unmatched: bigint[] = []
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
      parts.push({ purchase: candidate.purchase, line: candidate.line, quantity: taken, amount: refund })
    }
    unmatched.push(moneyLeft)
  }
  return { total: sum(returned.map(({ amount }) => amount)), parts, unmatched }
}

function lineOf(line: PurchaseLine | ReturnLine): Line {
  return {
    lineId: line.lineId,
    sku: line.sku,
    category: 'category' in line ? (line.category as string | undefined) : undefined,
    quantity: round(times(fraction(line.quantity.toFixed(6)), whole(1_000_000n)), 'floor'),
    amount: BigInt(line.amount),
  }
}

/** Purchases less everything that was given back, matched or not. */
export function netSpend({ moments }: Story): bigint {
  const purchases = moments.flatMap(({ purchase }) => purchase?.lines ?? []).map(({ amount }) => amount)
  const returns = moments.flatMap(({ refunds }) => refunds.filter(({ waited }) => !waited)).map(({ total }) => total)
  return sum(purchases) - sum(returns)
}
