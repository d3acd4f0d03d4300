import { decisionTypes } from '@perennial/contracts'
import { compareText, type EventOrder, type MemberEvent, type MemberHistory } from '@perennial/domain'

/**
 * What is stored of a member's history beside the state: just enough to know whether the next event can be folded
 * on its own. It can unless it comes late, is a return or a decision, or may be an order that was seen before. Then the
 * member is folded again from the stream, which is always right, and a few hundred times slower.
 */
export interface MemberDigest {
  /** The last event in the order of the folds: nothing but what decides that order, whatever way it came. */
  last: { occurredAt: number; source: string; id: string; decided?: true }
  currency: string | undefined
  /** Fingerprints of the orders seen, four characters each. Two orders may share one: that only costs a re-fold. */
  orders: string
  /** A return waits for its order. */
  waiting: boolean
}

/** @param history of the whole stream, up to `last` */
export function digestOf(history: MemberHistory, last: EventOrder): MemberDigest {
  let orders = ''
  for (const orderId of history.orders.keys()) orders += fingerprint(orderId)
  return { last: orderOf(last), currency: history.currency, orders, waiting: history.waiting.size > 0 }
}

/** The digest after an event that `canFollow` let pass, and the history that was used for it. */
export function extendDigest(digest: MemberDigest, event: MemberEvent, history: MemberHistory): MemberDigest {
  const orders =
    event.type === 'PurchaseRecorded' && history.orders.size > 0 ? digest.orders + fingerprint(event.data.orderId) : digest.orders
  return { last: orderOf(event), currency: history.currency, orders, waiting: digest.waiting }
}

/**
 * Whether the event can be folded without the member's earlier events. Without a digest there are none, if the event is
 * the first of its stream: a member who is merged into another one has a history, and no digest.
 */
export function canFollow(digest: MemberDigest | undefined, event: MemberEvent): boolean {
  // A decision may be about anything that came before: a hold, an award, the whole history of somebody else.
  if (decisionTypes.has(event.type) || event.type === 'ReturnRecorded') return false
  if (!digest) return event.revision === 0
  if (!comesBehind(event, digest.last)) return false
  return event.type !== 'PurchaseRecorded' || (!digest.waiting && !has(digest.orders, fingerprint(event.data.orderId)))
}

function orderOf({ occurredAt, type, source, id }: EventOrder): MemberDigest['last'] {
  return { occurredAt, source, id, ...(decisionTypes.has(type) && { decided: true }) }
}

/** As `compareEvents` has it, for a fact: at the same instant facts stand before decisions. */
function comesBehind(fact: MemberEvent, { occurredAt, source, id, decided }: MemberDigest['last']): boolean {
  if (fact.occurredAt !== occurredAt) return fact.occurredAt > occurredAt
  return !decided && (compareText(fact.source, source) || compareText(fact.id, id)) > 0
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** 24 bits of the 32-bit FNV-1a hash, in four characters. */
function fingerprint(orderId: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < orderId.length; index++) hash = Math.imul(hash ^ orderId.charCodeAt(index), 0x01000193)
  hash ^= hash >>> 24
  return (
    alphabet.charAt(hash & 63) +
    alphabet.charAt((hash >>> 6) & 63) +
    alphabet.charAt((hash >>> 12) & 63) +
    alphabet.charAt((hash >>> 18) & 63)
  )
}

function has(fingerprints: string, one: string): boolean {
  for (let index = fingerprints.indexOf(one); index !== -1; index = fingerprints.indexOf(one, index + 1)) {
    if (index % 4 === 0) return true
  }
  return false
}
