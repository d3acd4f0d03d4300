import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { PerennialError } from '@perennial/contracts'
import { type ReadModel, type ReadStore, reachedPosition } from '@perennial/read-store'
import { createLogger, createMetrics, idle, type Logger } from '@perennial/runtime'
import type { TryLock } from './live-tables.ts'
import type { Projector } from './projector.ts'
import { createProjectorService, type ProjectorServiceDependencies } from './projector-service.ts'
import { rebuild } from './rebuild.ts'
import { bought, instant, openTestLog, programme, type TestLog, tierTeller } from './testing/log.ts'
import { verify } from './verify.ts'

const ttlMs = 600
let log: TestLog
let store: ReadStore
let stop: AbortController
let running: Promise<void>[]
/** Whatever a test does beside the projectors, until it ends. */
let beside: Promise<void> | undefined

beforeEach(async () => {
  log = openTestLog('2025-06-30')
  store = log.readStores.get('tier') as ReadStore
  stop = new AbortController()
  running = []
  beside = undefined
  await log.publish(programme)
})
afterEach(async () => {
  stop.abort()
  await Promise.allSettled([...running, beside])
  await log.close()
})

const clock = () => instant(log.now)

function serviceOf(more: Partial<ProjectorServiceDependencies> = {}, projector: Projector = tierTeller) {
  return createProjectorService(projector, {
    eventStore: log.eventStore,
    readStore: store,
    clock,
    metrics: createMetrics(),
    logger: createLogger('silent'),
    ...more,
  })
}

function start(more: Partial<ProjectorServiceDependencies> = {}, signal = stop.signal): Promise<void> {
  const run = serviceOf(more).run(signal)
  run.catch(() => {})
  running.push(run)
  return run
}

const share = (owner: string) => ({ share: { owner, ttlMs } })

async function until(condition: () => Promise<boolean> | boolean, ms = 10_000): Promise<void> {
  for (const end = performance.now() + ms; !(await condition()); await idle(5)) {
    if (performance.now() > end) throw new Error('it did not come to that')
  }
}

const reached = async () => reachedPosition(await (await store.live(tierTeller)).checkpoints())
const caughtUp = async () => (await reached()) === (await log.eventStore.head())

/** A store whose tables can be made to fail. */
function failing(fault: () => unknown): ReadStore {
  const broken = (model: ReadModel): ReadModel =>
    new Proxy(model, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        return async (...args: unknown[]) => {
          const error = fault()
          if (error) throw error
          return member.apply(target, args)
        }
      },
    })
  return { ...store, live: async (layout) => broken(await store.live(layout)) }
}

/** A logger that only counts. */
function counting(): Logger & { told: Record<string, number> } {
  const told: Record<string, number> = {}
  const count = (level: string) => () => void (told[level] = (told[level] ?? 0) + 1)
  const logger = { told, warn: count('warn'), info: count('info'), error: count('error'), child: () => logger }
  return logger as unknown as Logger & { told: Record<string, number> }
}

describe.each([
  ['alone', {}],
  ['as one of several', share('a')],
])('a projector that works %s', (_, sharing) => {
  test('goes on where a server was away for a while, and says so once', async () => {
    let away = false
    const logger = counting()
    const readStore = failing(() => away && new PerennialError('store-unavailable', { where: 'there' }))
    void start({ ...sharing, readStore, logger })
    await log.append(bought('ann', '2025-01-02', 'o1', 600))
    await until(caughtUp)
    away = true
    await log.append(bought('bob', '2025-01-02', 'o1', 600))
    await idle(1_000)
    expect(await caughtUp()).toBe(false)
    away = false
    await until(caughtUp)
    expect(logger.told).toEqual({ warn: 1, info: 1 })
    expect((await log.announced(tierTeller)).map(({ subject }) => subject)).toEqual(['ann', 'bob'])
  })

  test('ends with any other fault', async () => {
    const readStore = failing(() => new PerennialError('data-damaged', { where: 'here' }))
    await expect(start({ ...sharing, readStore })).rejects.toMatchObject({ code: 'data-damaged' })
  })

  test('stops at once when it is told to, also while a server is away', async () => {
    let away = false
    const one = new AbortController()
    const run = start({ ...sharing, readStore: failing(() => away && new PerennialError('store-unavailable')) }, one.signal)
    await until(caughtUp)
    away = true
    await idle(300)
    const before = performance.now()
    one.abort()
    await run
    expect(performance.now() - before).toBeLessThan(4_000)
  })

  test('works until nothing is left to do', async () => {
    await log.append(bought('ann', '2025-01-02', 'o1', 600))
    await serviceOf(sharing).drain()
    expect(await caughtUp()).toBe(true)
    expect(await (await store.live(tierTeller)).leases()).toEqual([])
  })
})

describe('projectors that share a read model', () => {
  test('divide it, tell how many partitions they have, and give them back when they stop', async () => {
    const held: Record<string, number> = {}
    const one = new AbortController()
    const first = start({ ...share('a'), onShare: (partitions) => void (held.a = partitions) }, one.signal)
    void start({ ...share('b'), onShare: (partitions) => void (held.b = partitions) })
    await until(() => held.a === 32 && held.b === 32)
    await log.append(...Array.from({ length: 50 }, (_, n) => bought(`m${n}`, '2025-01-02', 'o1', 600)))
    await until(caughtUp)
    one.abort()
    await first
    expect(held.a).toBe(0)
    await until(() => held.b === 64, ttlMs)
    expect(await log.announced(tierTeller)).toHaveLength(50)
  })

  test('are waited for by who only wants to see it done', async () => {
    void start(share('a'))
    await until(async () => (await (await store.live(tierTeller)).leases()).length === 64)
    await log.append(...Array.from({ length: 50 }, (_, n) => bought(`m${n}`, '2025-01-02', 'o1', 600)))
    await serviceOf(share('b')).drain()
    expect(await caughtUp()).toBe(true)
  })

  test('stand still for a moment when a rebuild does not catch up with them', async () => {
    let appended = 0
    const pouring = new AbortController()
    const pour = async () => {
      while (!pouring.signal.aborted && !stop.signal.aborted) {
        await log.append(bought(`m${appended % 40}`, '2025-01-02', `o${appended++}`, 10))
        await idle(1)
      }
    }
    beside = pour()
    for (const owner of ['a', 'b', 'c']) void start(share(owner))
    await until(async () => appended > 50 && new Set((await (await store.live(tierTeller)).leases()).map(({ owner }) => owner)).size === 3)
    const before = (await store.live(tierTeller)).generation
    // Whatever it does takes a while, so that the others are always further on.
    const slow: ReadStore = {
      ...store,
      async swap() {
        await idle(40)
        return store.swap()
      },
    }
    expect(await rebuild({ projectors: [tierTeller], readStores: new Map([['tier', slow]]), eventStore: log.eventStore, clock })).toBe(true)
    expect((await store.live(tierTeller)).generation).toBeGreaterThan(before)
    pouring.abort()
    await beside
    await until(caughtUp)
    const { differences, members } = await verify({
      projector: tierTeller,
      readModel: await store.live(tierTeller),
      eventStore: log.eventStore,
      clock,
    })
    expect([members, differences]).toEqual([40, []])
    expect(new Set((await log.announced(tierTeller)).map(({ subject, data }) => `${subject} ${JSON.stringify(data)}`)).size).toBe(
      (await log.announced(tierTeller)).length,
    )
  }, 60_000)
})

describe('tables of another version', () => {
  const newer = { ...tierTeller, version: 2 }

  /** Locks that count who rebuilds at the same time. */
  function locks() {
    let held = false
    const seen = { taken: 0, refused: 0 }
    const tryLock: TryLock = async () => {
      if (held) {
        seen.refused++
        return undefined
      }
      held = true
      seen.taken++
      await idle(20)
      return { release: async () => void (held = false) }
    }
    return { tryLock, seen }
  }

  test('are rebuilt by one of several newer processes, while the others wait', async () => {
    await log.append(bought('ann', '2025-01-02', 'o1', 600))
    await log.follow(tierTeller)
    const { tryLock, seen } = locks()
    const { generation } = await store.live(tierTeller)
    await Promise.all(['a', 'b', 'c'].map((owner) => serviceOf({ ...share(owner), tryLock }, newer).drain()))
    const live = await store.live(newer)
    expect([live.version, live.generation]).toEqual([2, generation + 1])
    expect(seen.refused).toBeGreaterThanOrEqual(2)
    expect(await log.announced(tierTeller)).toHaveLength(1)
  })

  test('that are newer end a process that shares them, by its name', async () => {
    await serviceOf({}, newer).drain()
    await expect(start(share('a'))).rejects.toMatchObject({ code: 'read-model-version', where: 'tier' })
  })

  test('that become newer while it runs end it, too', async () => {
    const run = start(share('a'))
    await until(caughtUp)
    await serviceOf({ ...share('b'), tryLock: locks().tryLock }, newer).drain()
    await expect(run).rejects.toMatchObject({ code: 'read-model-version', where: 'tier' })
  })

  test('are rebuilt whichever way by a process that has them to itself', async () => {
    await log.append(bought('ann', '2025-01-02', 'o1', 600))
    await serviceOf({}, newer).drain()
    await serviceOf().drain()
    expect((await store.live(tierTeller)).version).toBe(1)
    expect(await log.row(tierTeller, 'ann')).toMatchObject({ tier: 'silver' })
  })
})
