import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { decisionSource, PerennialError, settlementSource } from '@perennial/contracts'
import { type EventStore, memberStream, openSqliteEventStore } from '@perennial/event-store'
import { createLogger, createMetrics } from '@perennial/runtime'
import { openSqliteSettlementProgress, type SettlementProgress, settle } from '@perennial/settle'
import {
  adoptedBy,
  adoptedEvents,
  instant,
  mergeInto,
  transferOut,
  typesOf,
  undoMerge,
  visited,
} from '../../../packages/settle/src/testing/decisions.ts'
import { createSettlement, type SettlementDependencies } from './settlement.ts'

let store: EventStore
let progress: SettlementProgress
beforeEach(() => {
  store = openSqliteEventStore(':memory:')
  progress = openSqliteSettlementProgress(':memory:')
})
afterEach(() => Promise.all([store.close(), progress.close()]))

const now = instant('2025-06-30')
const settlement = (more: Partial<SettlementDependencies> = {}) =>
  createSettlement({ eventStore: store, progress, clock: () => now, metrics: createMetrics(), logger: createLogger('silent'), ...more })
const streamOf = (memberId: string) => store.readStream(memberStream(memberId))
const idsOf = async (memberId: string) => (await streamOf(memberId)).map(({ id }) => id)

describe('what a decision began is finished', () => {
  test('points arrive, once, whether or not whoever transferred them settled it', async () => {
    await transferOut(store, 'ann', 'bob', 't1')
    await settle(store, await transferOut(store, 'ann', 'bob', 't2'), now)
    await settlement().drain()
    await settlement().drain()
    expect((await idsOf('bob')).toSorted()).toEqual(['t1/in', 't2/in'])
  })

  test('the checkpoint stands behind everything that was looked at', async () => {
    await store.append([visited('ann', 'v1'), visited('bob', 'v2')])
    await settlement().drain()
    expect(await progress.position()).toBe(await store.head())
    await transferOut(store, 'ann', 'bob', 't1')
    await settlement().drain()
    expect(await progress.position()).toBe(await store.head())
  })

  test('nothing follows from facts', async () => {
    await store.append([visited('ann', 'v1'), visited('bob', 'v2')])
    await settlement().drain()
    expect(await store.head()).toBe(2)
  })

  test('also of a decision that stands behind more events than fit on one page', async () => {
    await store.append(Array.from({ length: 25_000 }, (_, n) => visited(`m${n % 100}`, `v${n}`)))
    await transferOut(store, 'm1', 'm2', 't1')
    await settlement().drain()
    expect((await idsOf('m2')).at(-1)).toBe('t1/in')
  })

  test('of everyone, where somebody else wrote under the id of what follows for one', async () => {
    await store.append([{ ...visited('bob', 't1/in'), source: settlementSource }])
    await transferOut(store, 'ann', 'bob', 't1')
    await transferOut(store, 'ann', 'bob', 't2')
    await settlement().drain()
    expect(await idsOf('bob')).toEqual(['t1/in', 't2/in'])
    expect(await progress.position()).toBe(await store.head())
  })

  test('while it runs, and it ends when it is told to', async () => {
    const stop = new AbortController()
    const running = settlement().run(stop.signal)
    await transferOut(store, 'ann', 'bob', 't1')
    while ((await streamOf('bob')).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    stop.abort()
    await running
    expect(await idsOf('bob')).toEqual(['t1/in'])
  })
})

describe('what reaches a member who was merged away is passed on', () => {
  beforeEach(async () => {
    await store.append([visited('bob', 'v1')])
    await mergeInto(store, 'bob', 'ann', 'm1')
  })

  test('each event once, under its own revision, as of the merge', async () => {
    await store.append([visited('bob', 'v2', '2025-05-01'), visited('cem', 'v3'), visited('bob', 'v4', '2024-12-01')])
    await settlement().drain()
    await settlement().drain()
    expect(await adoptedBy(store, 'ann')).toEqual(['v1', 'v2', 'v4'])
    expect(await idsOf('ann')).toEqual(['m1/0-0', 'm1/2', 'm1/3'])
    expect(new Set((await streamOf('ann')).map(({ occurredAt }) => occurredAt))).toEqual(new Set([instant('2025-02-01')]))
  })

  test('also after a restart, which does not read the log again', async () => {
    await settlement().drain()
    const stood = await progress.position()
    const lookedAt: number[] = []
    const watched: EventStore = {
      ...store,
      readHeadings(options) {
        lookedAt.push(options.after)
        return store.readHeadings(options)
      },
    }
    await store.append([visited('bob', 'v2')])
    await settlement({ eventStore: watched }).drain()
    expect(Math.min(...lookedAt)).toBe(stood)
    expect(await adoptedBy(store, 'ann')).toEqual(['v1', 'v2'])
  })

  test('also points that were on their way to that member', async () => {
    await transferOut(store, 'cem', 'bob', 't1')
    await settlement().drain()
    expect(await adoptedEvents(store, 'ann')).toMatchObject([{ id: 'v1' }, { id: 't1/in', data: { from: 'cem', points: 100 } }])
  })

  test('until the merge is undone', async () => {
    await store.append([visited('bob', 'v2')])
    await undoMerge(store, 'bob', 'm1')
    await store.append([visited('bob', 'v3')])
    await settlement().drain()
    expect(await idsOf('ann')).toEqual(['m1/0-0', 'm1/2', 'm1/ended'])
    await store.append([visited('bob', 'v4')])
    await settlement().drain()
    expect(await streamOf('ann')).toHaveLength(3)
  })

  test('and all of it to the next one, when that member is merged once more', async () => {
    await undoMerge(store, 'bob', 'm1')
    await store.append([visited('bob', 'v2')])
    await mergeInto(store, 'bob', 'cem', 'm2')
    await store.append([visited('bob', 'v3')])
    await settlement().drain()
    expect(await adoptedBy(store, 'ann')).toEqual([])
    expect(await adoptedBy(store, 'cem')).toEqual(['v1', 'm1', 'undo m1', 'v2', 'v3'])
  })

  test('on to whom the adopting member was merged into', async () => {
    await mergeInto(store, 'ann', 'cem', 'm2')
    await store.append([visited('bob', 'v2')])
    await settlement().drain()
    expect(await adoptedBy(store, 'ann')).toEqual(['v1', 'v2'])
    // The history that ann adopts after she was merged away is passed on, not part of what she had.
    expect(await idsOf('cem')).toEqual(['m2/1', 'm2/2'])
    const adopted = await adoptedEvents(store, 'cem')
    expect(adopted.flatMap(({ data }) => (data as { events: { id: string }[] }).events.map(({ id }) => id))).toEqual(['v1', 'v2'])
  })
})

describe('members who are merged into each other at the same moment', () => {
  test.each([2, 3, 4])('%i of them pass nothing on for ever', async (count) => {
    const members = Array.from({ length: count }, (_, n) => `m${n}`)
    await store.append(members.map((member) => visited(member, `of ${member}`)))
    for (const [n, member] of members.entries()) await mergeInto(store, member, members[(n + 1) % count] as string, `merge ${n}`)
    await store.append(members.map((member) => visited(member, `later of ${member}`)))
    await settlement().drain()
    const events = await store.head()
    expect(events).toBeLessThan(10 * count * count)
    await settlement().drain()
    expect(await store.head()).toBe(events)
  })
})

describe('two who settle at once', () => {
  test('append everything once', async () => {
    await store.append(Array.from({ length: 700 }, (_, n) => visited('bob', `v${n}`)))
    const positions = [await mergeInto(store, 'bob', 'ann', 'm1'), await transferOut(store, 'cem', 'dan', 't1')]
    await store.append([visited('bob', 'later')])
    positions.push(await undoMerge(store, 'bob', 'm1'))
    await Promise.all([settlement().drain(), ...positions.map((position) => settle(store, position, now + 1))])
    expect((await idsOf('ann')).toSorted()).toEqual(['m1/0-499', 'm1/500-699', 'm1/701', 'm1/ended'])
    expect(await idsOf('dan')).toEqual(['t1/in'])
  })

  test('go on from where the faster one is, and know who was merged until there', async () => {
    await store.append([visited('bob', 'v1')])
    let overtaken = false
    const slow: SettlementProgress = {
      ...progress,
      async save(changes) {
        if (!overtaken) {
          overtaken = true
          await mergeInto(store, 'bob', 'ann', 'm1')
          await settlement().drain()
          await store.append([visited('bob', 'v2')])
        }
        return progress.save(changes)
      },
    }
    await settlement({ progress: slow }).drain()
    expect(await adoptedBy(store, 'ann')).toEqual(['v1', 'v2'])
    expect(await progress.position()).toBe(await store.head())
    expect([...(await progress.merges()).keys()]).toEqual(['bob'])
  })

  test('know who is merged as of where they begin, also when the other moves on just then', async () => {
    await store.append([visited('bob', 'v1')])
    let overtaken = false
    const beginning: SettlementProgress = {
      ...progress,
      async merges() {
        const before = await progress.merges()
        if (!overtaken) {
          overtaken = true
          await mergeInto(store, 'bob', 'ann', 'm1')
          await settlement().drain()
          await store.append([visited('bob', 'v2')])
        }
        return before
      },
    }
    await settlement({ progress: beginning }).drain()
    expect(await adoptedBy(store, 'ann')).toEqual(['v1', 'v2'])
  })

  test('settle nothing anew when one of them begins at the beginning', async () => {
    await store.append([visited('bob', 'v1')])
    await mergeInto(store, 'bob', 'ann', 'm1')
    await store.append([visited('bob', 'v2')])
    await transferOut(store, 'cem', 'dan', 't1')
    await undoMerge(store, 'bob', 'm1')
    await settlement().drain()
    const events = await store.head()
    const anew = openSqliteSettlementProgress(':memory:')
    await settlement({ progress: anew, clock: () => now + 1_000 }).drain()
    expect(await store.head()).toBe(events)
    expect(await anew.merges()).toEqual(await progress.merges())
    await anew.close()
  })
})

describe('a server that does not answer', () => {
  const away = () => new PerennialError('store-unavailable', { where: 'KurrentDB' })

  /** The log, which is away at a few of the appends, reads or whatever it is asked for. */
  function flaky(method: 'append' | 'readHeadings', times: number): { eventStore: EventStore; asked(): number } {
    let asked = 0
    const tried = <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) => {
      return async (...args: Args) => {
        if (asked++ < times) throw away()
        return work(...args)
      }
    }
    const { append, readHeadings } = store
    const eventStore = { ...store, ...(method === 'append' ? { append: tried(append) } : { readHeadings: tried(readHeadings) }) }
    return { eventStore, asked: () => asked }
  }

  test.each(['append', 'readHeadings'] as const)('to %s is waited for, and everything is done once in the end', async (method) => {
    await store.append([visited('bob', 'v1')])
    await mergeInto(store, 'bob', 'ann', 'm1')
    await store.append([visited('bob', 'v2')])
    const stop = new AbortController()
    const running = settlement(flaky(method, 3)).run(stop.signal)
    while ((await progress.position()) < (await store.head())) await new Promise((resolve) => setTimeout(resolve, 5))
    stop.abort()
    await running
    // The visit before the merge is not passed on as one that came behind it.
    expect(await idsOf('ann')).toEqual(['m1/0-0', 'm1/2'])
  })

  test('keeps nobody from stopping', async () => {
    await transferOut(store, 'ann', 'bob', 't1')
    const { eventStore, asked } = flaky('readHeadings', Number.POSITIVE_INFINITY)
    const stop = new AbortController()
    const running = settlement({ eventStore }).run(stop.signal)
    while (asked() < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    stop.abort()
    await running
    expect(await progress.position()).toBe(0)
  })

  test('is told at once to whoever only wants what there is settled', async () => {
    await expect(settlement(flaky('readHeadings', 1)).drain()).rejects.toMatchObject({ code: 'store-unavailable' })
  })
})

describe('dying', () => {
  const places = ['page-read', 'consequences-appended', 'page-settled'] as const

  test.each(places)('at %s, it does everything once in the end', async (place) => {
    await store.append(Array.from({ length: 600 }, (_, n) => visited('bob', `v${n}`)))
    await transferOut(store, 'cem', 'dan', 't1')
    await mergeInto(store, 'bob', 'ann', 'm1')
    await store.append([visited('bob', 'later')])
    for (let lives = 0; lives < 20; lives++) {
      const dying = {
        failPoint(name: string) {
          if (name === place) throw new Error('died')
        },
      }
      await settlement(dying)
        .drain()
        .catch(() => {})
    }
    await settlement().drain()
    expect(typesOf(await streamOf('dan'))).toEqual(['PointsTransferredIn'])
    expect(await adoptedBy(store, 'ann')).toEqual([...Array.from({ length: 600 }, (_, n) => `v${n}`), 'later'])
  })
})

test('decisions and what follows from them have sources of their own', async () => {
  await transferOut(store, 'ann', 'bob', 't1')
  await settlement().drain()
  expect((await store.readAll({ after: 0, limit: 10 })).map(({ source }) => source)).toEqual([decisionSource, settlementSource])
})
