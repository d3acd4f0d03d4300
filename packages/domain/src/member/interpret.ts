import { isDeepStrictEqual } from 'node:util'
import { matchReturn } from './match-return.ts'
import type { MemberEvent, MemberEventOf } from './member-event.ts'
import type { MemberHistory } from './member-history.ts'
import { nameInSource } from './name-in-source.ts'
import type { Occurrence, Order, TakenBack, WaitedReturn } from './occurrence.ts'

/**
 * Says what an event means after the history so far, and adds it to the history.
 * Events must come in the order of `compareEvents`. Calls `emit` once.
 */
export function interpret(
  history: MemberHistory,
  event: MemberEvent,
  programmeCurrency: string | undefined,
  emit: (occurrence: Occurrence) => void,
): void {
  const at = event.occurredAt
  switch (event.type) {
    case 'MemberEnrolled':
      return emit({ kind: 'enrolment', at, data: event.data })
    case 'EngagementRecorded':
      return emit({ kind: 'engagement', at, data: event.data })
    case 'PurchaseRecorded':
      return interpretPurchase(history, event, programmeCurrency, emit)
    case 'ReturnRecorded':
      return interpretReturn(history, event, programmeCurrency, emit)
    default:
      return emit({ kind: 'decision', at, decision: event })
  }
}

function interpretPurchase(
  history: MemberHistory,
  event: MemberEventOf<'PurchaseRecorded'>,
  programmeCurrency: string | undefined,
  emit: (occurrence: Occurrence) => void,
): void {
  const { data, source, occurredAt: at } = event
  const sameId = history.orders.get(data.orderId)
  const isFirst = (other: { source: string; data: { orderId: string } }) => other.source === source && other.data.orderId === data.orderId
  const first = sameId?.find(isFirst) ?? history.uncounted.find(isFirst)
  if (first) {
    const reason = isDeepStrictEqual(first.data, data) ? 'order-repeated' : 'order-conflict'
    return emit({ kind: 'anomaly', at, reason, detail: data.orderId })
  }
  if (!countsIn(history, data.currency, programmeCurrency)) {
    history.uncounted.push(event)
    if (!sameId) history.orders.set(data.orderId, [])
    return emit({ kind: 'anomaly', at, reason: 'other-currency', detail: data.currency })
  }

  const order: Order = { source, orderId: data.orderId, at, data, lines: [] }
  let amount = 0
  for (const line of data.lines) {
    amount += line.amount
    order.lines.push({ line, quantityLeft: Math.round(line.quantity * 1e6), refunded: 0 })
  }
  if (sameId) sameId.push(order)
  else history.orders.set(data.orderId, [order])
  history.bought.push(order)
  emit({ kind: 'purchase', at, order, currency: data.currency, amount, waited: matchWaiting(history, order) })
}

/** Returns that came before their order: a late till sent the purchase, or the clocks differ. */
function matchWaiting(history: MemberHistory, order: Order): WaitedReturn[] {
  const waited: WaitedReturn[] = []
  for (const { event } of history.waiting.get(order.orderId) ?? []) {
    const { taken } = matchReturn(history, event)
    if (taken.length > 0) waited.push({ returnId: event.data.returnId, returnedAt: event.occurredAt, taken })
  }
  history.waiting.delete(order.orderId)
  return waited
}

function interpretReturn(
  history: MemberHistory,
  event: MemberEventOf<'ReturnRecorded'>,
  programmeCurrency: string | undefined,
  emit: (occurrence: Occurrence) => void,
): void {
  const { data, source, occurredAt: at } = event
  const identity = nameInSource(source, data.returnId)
  const first = history.returns.get(identity)
  if (first) {
    const reason = isDeepStrictEqual(first.data, data) ? 'return-repeated' : 'return-conflict'
    return emit({ kind: 'anomaly', at, reason, detail: data.returnId })
  }
  history.returns.set(identity, event)
  if (!countsIn(history, data.currency, programmeCurrency)) {
    return emit({ kind: 'anomaly', at, reason: 'other-currency', detail: data.currency })
  }

  let amount = 0
  for (const line of data.lines) amount += line.amount
  let taken: TakenBack[] = []
  let unmatched = data.lines.map(({ sku, quantity, amount }) => ({ sku, quantity, amount }))
  if (data.orderId !== undefined && !history.orders.get(data.orderId)?.length) {
    const waiting = history.waiting.get(data.orderId)
    if (waiting) waiting.push({ event })
    else history.waiting.set(data.orderId, [{ event }])
  } else {
    ;({ taken, unmatched } = matchReturn(history, event))
  }
  emit({
    kind: 'return',
    at,
    returnId: data.returnId,
    namesOrder: data.orderId !== undefined,
    currency: data.currency,
    amount,
    taken,
    unmatched,
  })
}

function countsIn(history: MemberHistory, currency: string, programmeCurrency: string | undefined): boolean {
  history.currency ??= programmeCurrency ?? currency
  return history.currency === currency
}
