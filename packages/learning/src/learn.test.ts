import { afterEach, describe, expect, test } from '@jest/globals'
import { currentVersions, type DecisionDataOf, decisionSource, type PurchaseData, type ReturnData } from '@perennial/contracts'
import { type EventStore, learntModels, memberStream, type NewEvent, openSqliteEventStore } from '@perennial/event-store'
import { loadProgrammes } from '@perennial/projector'
import type { ShopSnapshot } from '@perennial/shop-models'
import { backtestShop } from './backtest-shop.ts'
import { type LearnProgress, learn } from './learn.ts'
import { snapshotsOf } from './shop-snapshots.ts'

const instant = (day: string) => Date.parse(`${day}T12:00:00Z`)
const dayMs = 86_400_000

function bought(memberId: string, at: number, amount = 1_000): NewEvent {
  const orderId = `${memberId}-${at}`
  const data: PurchaseData = { orderId, currency: 'GBP', lines: [{ sku: 'tea', quantity: 1, amount }] }
  return {
    stream: memberStream(memberId),
    type: 'PurchaseRecorded',
    version: currentVersions.PurchaseRecorded,
    source: '/till',
    id: orderId,
    occurredAt: at,
    recordedAt: at,
    data: JSON.stringify(data),
    metadata: null,
  }
}

function broughtBack(memberId: string, at: number, orderId: string, amount = 1_000): NewEvent {
  const returnId = `back-${orderId}`
  const data: ReturnData = { returnId, orderId, currency: 'GBP', lines: [{ sku: 'tea', quantity: 1, amount }] }
  return {
    ...bought(memberId, at),
    type: 'ReturnRecorded',
    version: currentVersions.ReturnRecorded,
    id: returnId,
    data: JSON.stringify(data),
  }
}

function mergedInto(memberId: string, at: number, into: string): NewEvent {
  const data: DecisionDataOf['MergedInto'] = { into, by: 'clerk' }
  const decided = { type: 'MergedInto', version: currentVersions.MergedInto, source: decisionSource, id: `merge-${memberId}` }
  return { ...bought(memberId, at), ...decided, data: JSON.stringify(data) }
}

/** Members who shop every so many days from the beginning of 2024 on, until they stop. */
function shopOf(members: number): NewEvent[] {
  return Array.from({ length: members }, (_, member) => {
    const everyDays = 7 + ((member * 13) % 50)
    const times = 1 + ((member * 29) % 17)
    const first = instant('2024-01-02') + ((member * 37) % 200) * dayMs
    return Array.from({ length: times }, (__, time) => bought(`m-${member}`, first + time * everyDays * dayMs, 500 + 100 * (member % 9)))
  }).flat()
}

let store: EventStore
afterEach(() => store.close())

async function openShop(events: readonly NewEvent[]): Promise<EventStore> {
  store = openSqliteEventStore(':memory:')
  await store.append(events)
  return store
}

const asOf = instant('2025-01-01')

describe('the shop as it was known', () => {
  test('members with their facts at each instant, and nobody before they came', async () => {
    const first = instant('2024-03-01')
    const eventStore = await openShop([bought('bob', first + 40 * dayMs), bought('ann', first), bought('ann', first + 30 * dayMs)])
    const [now, before, early] = await snapshotsOf({
      eventStore,
      versions: await loadProgrammes(eventStore),
      instants: [first + 50 * dayMs, first + 30 * dayMs, first - 1],
    })
    expect(now?.members.map(({ memberId, facts, silenceDays }) => [memberId, facts.days, silenceDays])).toEqual([
      ['ann', 2, 20],
      ['bob', 1, 10],
    ])
    expect(before?.members.map(({ memberId, facts, silenceDays }) => [memberId, facts.days, silenceDays])).toEqual([['ann', 2, 0]])
    expect(early?.members).toEqual([])
  })

  test('says who brought everything back, and does not know who was merged into somebody else', async () => {
    const first = instant('2024-03-01')
    const at = (days: number) => first + days * dayMs
    const eventStore = await openShop([
      ...['ann', 'bob', 'cid', 'dan'].map((memberId) => bought(memberId, first)),
      broughtBack('cid', at(10), `cid-${first}`),
      mergedInto('dan', at(20), 'ann'),
      bought('bob', at(30)),
      // Who never bought has nothing to bring back.
      broughtBack('eve', at(5), 'no-such-order'),
    ])
    const [now, before] = await snapshotsOf({
      eventStore,
      versions: await loadProgrammes(eventStore),
      instants: [at(40), at(5)],
    })
    const idsOf = (snapshot: ShopSnapshot | undefined) => snapshot?.members.map(({ memberId }) => memberId)
    expect([idsOf(before), before?.ended]).toEqual([['ann', 'bob', 'cid', 'dan'], []])
    expect([idsOf(now), now?.ended]).toEqual([['ann', 'bob'], ['cid']])
  })
})

describe('learning', () => {
  test('appends what it learnt, as of the instant, and says how far it is', async () => {
    const eventStore = await openShop(shopOf(300))
    const told: LearnProgress[] = []
    const learnt = await learn({ eventStore, asOf, now: asOf + dayMs, onProgress: (progress) => told.push(progress) })
    expect(learnt.map(({ type, isNew }) => [type, isNew])).toEqual([
      ['ChurnModelFitted', true],
      ['RhythmMeasured', true],
      ['ValueModelFitted', true],
    ])
    expect(told.some(({ stage }) => stage === 'looking') && told.some(({ stage }) => stage === 'fitting')).toBe(true)

    const stored = await learntModels(eventStore)
    expect(stored.map(({ id, data }) => [id, data.asOf])).toEqual(
      ['churn-risk/1', 'lifecycle/1', 'value/1'].map((id) => [id, new Date(asOf).toISOString()]),
    )
    const { learnt: inForce } = await loadProgrammes(eventStore)
    expect(inForce.rhythm.inForce(asOf - 1)).toBeUndefined()
    expect(inForce.rhythm.inForce(asOf)?.gapDays).toBeGreaterThan(7)
    expect(inForce.churn.nextChange(asOf - 1)).toBe(asOf)
  })

  test('a second time, finds that it is known; after other facts came in, learns anew', async () => {
    const eventStore = await openShop(shopOf(120))
    const options = { eventStore, asOf, now: asOf, types: ['RhythmMeasured'] as const }
    const [first] = await learn(options)
    expect(await learn(options)).toMatchObject([{ id: first?.id, isNew: false }])
    await eventStore.append([bought('late', asOf - 3 * dayMs), bought('late', asOf - dayMs)])
    expect(await learn(options)).toMatchObject([{ id: 'lifecycle/2', isNew: true }])
    expect((await learntModels(eventStore)).length).toBe(2)
  })

  test('two at the same moment append one behind the other, or find that it is known', async () => {
    const eventStore = await openShop(shopOf(60))
    const options = { eventStore, asOf, now: asOf, types: ['ValueModelFitted'] as const }
    const both = await Promise.all([learn(options), learn(options)])
    expect(both.flat().filter(({ isNew }) => isNew)).toHaveLength(1)
    expect(await learntModels(eventStore)).toHaveLength(1)
  })

  test('is refused as of a time to come, and where nobody had bought', async () => {
    const eventStore = await openShop(shopOf(10))
    await expect(learn({ eventStore, asOf: asOf + 1, now: asOf })).rejects.toMatchObject({ code: 'not-yet' })
    await expect(learn({ eventStore, asOf: instant('2001-01-01'), now: asOf })).rejects.toMatchObject({
      code: 'nothing-to-learn',
      message: expect.stringContaining('as of 2001-01-01T12:00:00.000Z'),
    })
  })

  test('stops when it is told to', async () => {
    const eventStore = await openShop(shopOf(300))
    const stop = new AbortController()
    const learning = learn({
      eventStore,
      asOf,
      now: asOf,
      signal: stop.signal,
      onProgress: ({ stage }) => stage === 'fitting' && stop.abort(new Error('enough')),
    })
    await expect(learning).rejects.toThrow('enough')
    expect(await learntModels(eventStore)).toEqual([])
  })
})

describe('a backtest', () => {
  test('is refused where the outcome is not known yet, or the oldest instant is after the newest', async () => {
    const eventStore = await openShop(shopOf(10))
    await expect(backtestShop({ eventStore, to: asOf - 10 * dayMs, now: asOf })).rejects.toMatchObject({ code: 'not-yet' })
    await expect(backtestShop({ eventStore, from: asOf, to: asOf - 100 * dayMs, now: asOf })).rejects.toMatchObject({
      code: 'usage',
      where: '--from',
      message: expect.stringContaining('is after the newest'),
    })
  })

  test('leaves nothing in the log', async () => {
    const eventStore = await openShop(shopOf(150))
    const report = await backtestShop({ eventStore, to: asOf - 90 * dayMs, now: asOf })
    expect(report.origins).toHaveLength(1)
    expect(await learntModels(eventStore)).toEqual([])
  })
})
