import { describe, expect, test } from '@jest/globals'
import { emptyHistory, interpret, type MemberEvent } from '@perennial/domain'
import fc from 'fast-check'
import { canFollow, digestOf, extendDigest, type MemberDigest } from './member-digest.ts'
import { instant } from './testing/log.ts'

const envelope = (at: string, id: string, source = '/till') => ({
  source,
  id,
  occurredAt: instant(at),
  recordedAt: 0,
  revision: 0,
  position: 0,
})
const lines = [{ sku: 'tea', quantity: 1, amount: 500 }]

const bought = (at: string, orderId: string, id = orderId, currency = 'GBP'): MemberEvent => ({
  type: 'PurchaseRecorded',
  ...envelope(at, id),
  data: { orderId, currency, lines },
})
const broughtBack = (at: string, orderId: string, returnId = `r-${orderId}`): MemberEvent => ({
  type: 'ReturnRecorded',
  ...envelope(at, returnId),
  data: { returnId, orderId, currency: 'GBP', lines },
})
const reviewed = (at: string, id = 'review', source = '/till'): MemberEvent => ({
  type: 'EngagementRecorded',
  ...envelope(at, id, source),
  data: { activity: 'review' },
})

const adjusted = (at: string): MemberEvent => ({
  type: 'PointsAdjusted',
  ...envelope(at, 'a1', '/perennial/decisions'),
  data: { points: 100, reason: 'goodwill', by: 'clerk' },
})

function digestAfter(...events: MemberEvent[]): MemberDigest {
  const history = emptyHistory()
  for (const event of events) interpret(history, event, undefined, () => {})
  return digestOf(history, events.at(-1) as MemberEvent)
}

describe('an event can be folded on its own', () => {
  const digest = digestAfter(bought('2025-03-01', 'o1'))

  test('where it is a later purchase under a new order id', () => {
    expect(canFollow(digest, bought('2025-03-02', 'o2'))).toBe(true)
  })

  test('where it is later and neither purchase nor return', () => {
    expect(canFollow(digest, reviewed('2025-03-02'))).toBe(true)
  })

  test('also at the same instant, where its source and id sort behind', () => {
    expect(canFollow(digest, reviewed('2025-03-01', 'o1x'))).toBe(true)
    expect(canFollow(digest, reviewed('2025-03-01', 'a', '/web'))).toBe(true)
  })
})

describe('of a member who is not in the read model', () => {
  test('the first event of the stream can be folded on its own', () => {
    expect(canFollow(undefined, bought('2025-03-02', 'o2'))).toBe(true)
  })

  test('no other can: the member may be merged into another one', () => {
    expect(canFollow(undefined, { ...bought('2025-03-02', 'o2'), revision: 1 })).toBe(false)
  })

  test('a first event that is a return or a decision must be found again', () => {
    expect(canFollow(undefined, broughtBack('2025-03-02', 'o1'))).toBe(false)
    expect(canFollow(undefined, adjusted('2025-03-02'))).toBe(false)
  })
})

describe('the whole history is needed', () => {
  const digest = digestAfter(bought('2025-03-01', 'o1'))

  test.each([
    ['for what happened earlier', reviewed('2025-02-28')],
    ['for what happened at the same instant and sorts before', reviewed('2025-03-01', 'a')],
    ['for the same event once more', bought('2025-03-01', 'o1')],
    ['for an order id that was seen before', bought('2025-03-02', 'o1', 'again')],
    ['for any return', broughtBack('2025-03-02', 'o1')],
    ['for any decision', adjusted('2025-03-02')],
  ])('%s', (_, event) => {
    expect(canFollow(digest, event)).toBe(false)
  })

  test('for any purchase while a return waits for its order', () => {
    const waiting = digestAfter(bought('2025-03-01', 'o1'), broughtBack('2025-03-02', 'o9'))
    expect(canFollow(waiting, bought('2025-03-03', 'o9'))).toBe(false)
    expect(canFollow(waiting, reviewed('2025-03-03'))).toBe(true)
  })

  test('for a fact at the instant of a decision, which comes behind it', () => {
    const decided = digestAfter(bought('2025-03-01', 'o1'), adjusted('2025-03-02'))
    expect(canFollow(decided, reviewed('2025-03-02', 'z', '/zzz'))).toBe(false)
    expect(canFollow(decided, reviewed('2025-03-03'))).toBe(true)
  })

  test('for an order id that was refused for its currency', () => {
    const refused = digestAfter(bought('2025-03-01', 'o1'), bought('2025-03-02', 'o2', 'o2', 'EUR'))
    expect(canFollow(refused, bought('2025-03-03', 'o2', 'again'))).toBe(false)
  })
})

describe('the digest that is carried on', () => {
  test('is the one that the whole history gives', () => {
    const ids = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(ids, (orderIds) => {
        const events = orderIds.map((orderId, index) => bought(new Date(instant('2025-03-01') + index).toISOString(), orderId))
        let digest = digestAfter(events[0] as MemberEvent)
        for (const event of events.slice(1)) {
          // Two ids with one fingerprint cost a re-fold, nothing else.
          if (!canFollow(digest, event)) return
          const history = emptyHistory(digest.currency)
          interpret(history, event, undefined, () => {})
          digest = extendDigest(digest, event, history)
        }
        expect(digest).toEqual(digestAfter(...events))
        for (const orderId of orderIds) expect(canFollow(digest, bought('2026-01-01', orderId, 'again'))).toBe(false)
      }),
    )
  })

  test('grows by four characters an order', () => {
    expect(digestAfter(bought('2025-03-01', 'o1'), bought('2025-03-02', 'o2'), bought('2025-03-03', 'o2', 'again')).orders).toHaveLength(8)
  })

  test('takes hardly any new order id for an old one', () => {
    const orders = Array.from({ length: 1_000 }, (_, index) =>
      bought(new Date(instant('2025-03-01') + index).toISOString(), `ORD-${100_000 + index}`),
    )
    const digest = digestAfter(...orders)
    const mistaken = Array.from({ length: 1_000 }, (_, index) => `ORD-${200_000 + index}`).filter(
      (id) => !canFollow(digest, bought('2026-01-01', id)),
    )
    expect(mistaken.length).toBeLessThan(5)
  })
})
