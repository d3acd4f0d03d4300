import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { decisionData, settlementSource } from '@perennial/contracts'
import { type EventRecord, type EventStore, memberStream, openSqliteEventStore } from '@perennial/event-store'
import { settle } from './settle.ts'
import { adoptedBy, adoptedEvents, instant, mergeInto, transferOut, typesOf, undoMerge, visited } from './testing/decisions.ts'

let store: EventStore
beforeEach(() => {
  store = openSqliteEventStore(':memory:')
})
afterEach(() => store.close())

const now = instant('2025-06-30')
const streamOf = (memberId: string) => store.readStream(memberStream(memberId))

describe('points that were transferred', () => {
  test('arrive at the other member with the expiry that they bring, as of the same instant', async () => {
    await settle(store, await transferOut(store, 'ann', 'bob', 't1', 70), now)
    const [arrived, ...more] = await streamOf('bob')
    expect(more).toEqual([])
    expect(arrived).toMatchObject({
      type: 'PointsTransferredIn',
      source: settlementSource,
      id: 't1/in',
      occurredAt: instant('2025-02-01'),
      recordedAt: now,
      data: { transfer: 't1', from: 'ann', points: 70, lots: [{ points: 70, expiresAt: null }] },
    })
    expect(decisionData.PointsTransferredIn.safeParse(arrived?.data).success).toBe(true)
  })

  test('arrive once, however often it is settled', async () => {
    const position = await transferOut(store, 'ann', 'bob', 't1')
    for (const later of [0, 1, 2]) await settle(store, position, now + later)
    expect(typesOf(await streamOf('bob'))).toEqual(['PointsTransferredIn'])
  })

  test('do not arrive from a fact, nor from nothing', async () => {
    await store.append([visited('ann', 'v1')])
    await settle(store, 1, now)
    await settle(store, 2, now)
    expect(await store.head()).toBe(1)
  })

  test('are not given twice where another event was written under the id of the arrival', async () => {
    await store.append([{ ...visited('bob', 't1/in'), source: settlementSource }])
    await expect(settle(store, await transferOut(store, 'ann', 'bob', 't1'), now)).rejects.toMatchObject({ code: 'event-id-reused' })
  })
})

describe('the history of a member who was merged away', () => {
  test('is adopted as it stood before the merge, event by event', async () => {
    await store.append([visited('bob', 'v1', '2024-05-01'), visited('bob', 'v2', '2024-06-01'), visited('ann', 'v3')])
    const merge = await mergeInto(store, 'bob', 'ann', 'm1')
    await store.append([visited('bob', 'later')])
    await settle(store, merge, now)
    const adoption = (await streamOf('ann')).at(-1)
    expect(adoption).toMatchObject({ type: 'HistoryAdopted', id: 'm1/0-1', occurredAt: instant('2025-02-01') })
    expect(decisionData.HistoryAdopted.parse(adoption?.data)).toMatchObject({ merge: 'm1', from: 'bob' })
    const { position: _, stream: __, ...own } = (await streamOf('bob'))[0] as EventRecord
    expect((await adoptedEvents(store, 'ann'))[0]).toEqual(own)
    expect(await adoptedBy(store, 'ann')).toEqual(['v1', 'v2'])
  })

  test('comes in pieces of 500 events', async () => {
    await store.append(Array.from({ length: 1_201 }, (_, n) => visited('bob', `v${n}`)))
    await settle(store, await mergeInto(store, 'bob', 'ann', 'm1'), now)
    expect((await streamOf('ann')).map(({ id }) => id)).toEqual(['m1/0-499', 'm1/500-999', 'm1/1000-1200'])
    expect(await adoptedBy(store, 'ann')).toEqual(Array.from({ length: 1_201 }, (_, n) => `v${n}`))
  })

  test('comes in smaller pieces where the events are large', async () => {
    await store.append(Array.from({ length: 10 }, (_, n) => visited('bob', `v${n}`, '2025-01-01', 'x'.repeat(100_000))))
    await settle(store, await mergeInto(store, 'bob', 'ann', 'm1'), now)
    expect((await streamOf('ann')).map(({ id }) => id)).toEqual(['m1/0-1', 'm1/2-3', 'm1/4-5', 'm1/6-7', 'm1/8-9'])
  })

  test('is adopted once, however often it is settled', async () => {
    await store.append(Array.from({ length: 600 }, (_, n) => visited('bob', `v${n}`)))
    const merge = await mergeInto(store, 'bob', 'ann', 'm1')
    await settle(store, merge, now)
    await store.append([visited('bob', 'later')])
    await settle(store, merge, now + 1)
    expect(await streamOf('ann')).toHaveLength(2)
  })

  test('is given back when the merge is undone', async () => {
    await store.append([visited('bob', 'v1')])
    await settle(store, await mergeInto(store, 'bob', 'ann', 'm1'), now)
    const undone = await undoMerge(store, 'bob', 'm1')
    await settle(store, undone, now)
    await settle(store, undone, now + 1)
    expect((await streamOf('ann')).at(-1)).toMatchObject({
      type: 'AdoptionEnded',
      id: 'm1/ended',
      occurredAt: instant('2025-03-01'),
      data: { merge: 'm1', from: 'bob' },
    })
    expect(await streamOf('ann')).toHaveLength(2)
  })

  test('is not given back for a merge that never was', async () => {
    await settle(store, await undoMerge(store, 'bob', 'm9'), now)
    expect(await store.head()).toBe(1)
  })

  test('is not adopted by the member whose it is', async () => {
    await store.append([visited('bob', 'v1')])
    await settle(store, await mergeInto(store, 'bob', 'bob', 'm1'), now)
    await settle(store, await undoMerge(store, 'bob', 'm1'), now)
    await settle(store, await transferOut(store, 'bob', 'bob', 't1'), now)
    expect(typesOf(await streamOf('bob'))).toEqual(['EngagementRecorded', 'MergedInto', 'MergeUndone', 'PointsTransferredOut'])
  })

  test('holds what that member had adopted before', async () => {
    await store.append([visited('cem', 'v1')])
    await settle(store, await mergeInto(store, 'cem', 'bob', 'm1'), now)
    await settle(store, await mergeInto(store, 'bob', 'ann', 'm2'), now)
    expect(await adoptedEvents(store, 'ann')).toMatchObject([{ type: 'HistoryAdopted', data: { merge: 'm1', events: [{ id: 'v1' }] } }])
  })
})
