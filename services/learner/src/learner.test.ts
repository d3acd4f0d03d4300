import { afterEach, describe, expect, test } from '@jest/globals'
import { currentVersions, PerennialError, type ProgrammeInput, type PurchaseData, programmeSchema } from '@perennial/contracts'
import { type EventStore, learntModels, memberStream, openSqliteEventStore, publishProgramme } from '@perennial/event-store'
import { learn } from '@perennial/learning'
import { createLogger } from '@perennial/runtime'
import { createLearner, dueAsOf } from './learner.ts'

let store: EventStore
afterEach(() => store.close())

/** A shop in London in which one member bought something, at noon on 1 June 2025. */
async function openShop(): Promise<EventStore> {
  store = openSqliteEventStore(':memory:')
  const at = Date.parse('2025-06-01T11:00:00Z')
  const data: PurchaseData = { orderId: 'o-1', currency: 'GBP', lines: [{ sku: 'tea', quantity: 1, amount: 1_000 }] }
  await store.append([
    {
      stream: memberStream('ann'),
      type: 'PurchaseRecorded',
      version: currentVersions.PurchaseRecorded,
      source: '/till',
      id: 'o-1',
      occurredAt: at,
      recordedAt: at,
      data: JSON.stringify(data),
      metadata: null,
    },
  ])
  return store
}

/** Runs the learner as of a moment for a few looks; each waits until the one before has learnt what it found due. */
async function lookAround(eventStore: EventStore, now: string, waiting = async () => 0): Promise<string[]> {
  const stop = new AbortController()
  let looks = 0
  await createLearner({
    eventStore,
    clock: () => Date.parse(now),
    logger: createLogger('silent'),
    lookEveryMs: 1,
    waiting() {
      if (++looks === 6) stop.abort()
      return waiting()
    },
  }).run(stop.signal)
  return (await learntModels(eventStore)).map(({ id, data }) => `${id} ${data.asOf}`)
}

describe('the learner', () => {
  test('learns as of the beginning of the day in the programme’s zone, once', async () => {
    const eventStore = await openShop()
    // Midnight in London is 23:00 of the day before, UTC.
    const learnt = ['churn-risk/1', 'lifecycle/1', 'value/1'].map((id) => `${id} 2025-06-09T23:00:00.000Z`)
    expect(await lookAround(eventStore, '2025-06-10T09:30:00Z')).toEqual(learnt)
    expect(await lookAround(eventStore, '2025-06-10T18:00:00Z')).toEqual(learnt)
  })

  test('leaves a shop alone in which nobody has bought anything yet', async () => {
    expect(await lookAround(await openShop(), '2025-06-01T10:00:00Z')).toEqual([])
  })

  test('waits while events are on their way', async () => {
    const eventStore = await openShop()
    expect(await lookAround(eventStore, '2025-06-10T09:30:00Z', async () => 1)).toEqual([])
    let looks = 0
    expect(await lookAround(eventStore, '2025-06-10T09:30:00Z', async () => looks++ % 2)).toEqual([])
    expect(looks).toBeGreaterThan(3)
  })

  test('waits for a server that does not answer', async () => {
    const eventStore = await openShop()
    let looks = 0
    const away = async () => {
      if (looks++ < 2) throw new PerennialError('store-unavailable', { where: 'Kafka' })
      return 0
    }
    expect(await lookAround(eventStore, '2025-06-10T09:30:00Z', away)).toHaveLength(3)
  })

  test('learns as soon as the log is there again', async () => {
    const eventStore = await openShop()
    let asked = 0
    const flaky: EventStore = {
      ...eventStore,
      readCategory(...args) {
        if (asked++ < 2) throw new PerennialError('store-unavailable', { where: 'KurrentDB' })
        return eventStore.readCategory(...args)
      },
      async *readHistories(...args) {
        if (asked++ < 4) throw new PerennialError('store-unavailable', { where: 'KurrentDB' })
        yield* eventStore.readHistories(...args)
      },
    }
    expect(await lookAround(flaky, '2025-06-10T09:30:00Z')).toHaveLength(3)
    expect(asked).toBeGreaterThan(4)
  })

  test('learns what is missing, whatever somebody has learnt by hand', async () => {
    const eventStore = await openShop()
    const now = Date.parse('2025-06-10T09:30:00Z')
    await learn({ eventStore, asOf: now, now, types: ['ChurnModelFitted'] })
    expect(await dueAsOf(eventStore, now)).toBe(Date.parse('2025-06-09T23:00:00Z'))
  })

  test('learns again after the time that the programme says', async () => {
    const eventStore = await openShop()
    await lookAround(eventStore, '2025-06-10T09:30:00Z')
    const due = async (now: string) => {
      const at = await dueAsOf(eventStore, Date.parse(now))
      return at === undefined ? undefined : new Date(at).toISOString()
    }
    expect(await due('2025-06-16T22:59:00Z')).toBeUndefined()
    expect(await due('2025-06-16T23:00:00Z')).toBe('2025-06-16T23:00:00.000Z')

    const base = { for: 'purchase', per: '1.00', points: 1, name: 'base' } as const
    const monthly: ProgrammeInput = {
      programme: 'shop',
      version: 1,
      effectiveFrom: '2020-01-01',
      timeZone: 'Europe/London',
      points: { earn: [base], expiry: 'never' },
      tiers: { metric: 'spend', window: { lifetime: true }, levels: [{ name: 'member', from: '0' }] },
      churnRisk: { refit: 'P1M' },
    }
    await publishProgramme(eventStore, programmeSchema.parse(monthly), 0)
    expect(await due('2025-06-20T12:00:00Z')).toBeUndefined()
    expect(await due('2025-07-10T12:00:00Z')).toBe('2025-07-09T23:00:00.000Z')
  })
})
