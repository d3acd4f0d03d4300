import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { PerennialError } from '@perennial/contracts'
import { type EventStore, openSqliteEventStore } from '@perennial/event-store'
import { openPostgresReadStore } from '@perennial/postgres'
import { createProjectorService, type Projector, verify } from '@perennial/projector'
import { projectors } from '@perennial/projectors'
import { openSqliteReadStore, type ReadModel, type ReadStore, reachedPosition } from '@perennial/read-store'
import { createLogger, createMetrics, idle } from '@perennial/runtime'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { seed } from '../support/property.ts'

const tier = projectors.find(({ name }) => name === 'tier') as Projector
const ttlMs = 1_500
const now = Date.parse('2025-06-30T12:00:00Z')
const clock = () => now

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.remove())

/** A process that shares the tier read model, whose way to the store can be cut without a word to anybody. */
interface Process {
  /** Nothing gets through any longer: neither that it is still there, nor what it writes. */
  die(): void
  /** It says no longer that it is there, and goes on writing. */
  fallSilent(): void
  stop(): Promise<void>
  partitions(): number
  commits(): number
}

describe(`two processes over one PostgreSQL (seed ${seed})`, () => {
  let eventStore: EventStore
  let schema: string
  let watching: ReadStore
  const running: Process[] = []
  const opened: ReadStore[] = []
  let schemas = 0

  function open(): ReadStore {
    const store = openPostgresReadStore(server.url, 'tier', { schema, poolMax: 3 })
    opened.push(store)
    return store
  }

  beforeEach(() => {
    schema = `shared ${schemas++}`
    eventStore = openSqliteEventStore(':memory:')
    watching = open()
  })
  afterEach(async () => {
    for (const process of running.splice(0)) await process.stop()
    for (const store of opened.splice(0)) await store.close()
    await eventStore.close()
  })

  function start(owner: string): Process {
    const cut = { renewals: false, all: false }
    let commits = 0
    let partitions = 0
    const store = open()
    const away = () => Promise.reject(new PerennialError('store-unavailable', { where: 'a cut cable' }))
    const behindCable = (model: ReadModel): ReadModel => ({
      ...model,
      enlist: (...args) => (cut.renewals || cut.all ? away() : model.enlist(...args)),
      renew: (...args) => (cut.renewals || cut.all ? away() : model.renew(...args)),
      leave: (...args) => (cut.renewals || cut.all ? away() : model.leave(...args)),
      async commit(changes) {
        if (cut.all) return away()
        await model.commit(changes)
        commits++
      },
    })
    const end = new AbortController()
    const run = createProjectorService(tier, {
      eventStore,
      readStore: { ...store, live: async (layout) => behindCable(await store.live(layout)) },
      clock,
      metrics: createMetrics(),
      logger: createLogger('silent'),
      share: { owner, ttlMs },
      onShare: (count) => void (partitions = count),
    }).run(end.signal)
    run.catch(() => {})
    const process: Process = {
      die: () => void (cut.all = true),
      fallSilent: () => void (cut.renewals = true),
      async stop() {
        end.abort()
        await run
      },
      partitions: () => partitions,
      commits: () => commits,
    }
    running.push(process)
    return process
  }

  async function until(what: string, condition: () => Promise<boolean> | boolean, ms = 20_000): Promise<number> {
    const start = performance.now()
    while (!(await condition())) {
      if (performance.now() - start > ms) throw new Error(`${what}: not within ${ms} ms`)
      await idle(20)
    }
    return performance.now() - start
  }

  let sold = 0
  async function sell(count: number): Promise<void> {
    await eventStore.append(
      Array.from({ length: count }, () => {
        const id = `o${sold++}`
        const memberId = `m${(sold * 7_919) % 200}`
        const at = Date.parse('2025-01-01T00:00:00Z') + sold * 60_000
        return {
          stream: `member-${memberId}`,
          type: 'PurchaseRecorded',
          version: 1,
          source: '/till',
          id,
          occurredAt: at,
          recordedAt: at,
          data: JSON.stringify({ orderId: id, currency: 'GBP', lines: [{ sku: 'tea', quantity: 1, amount: 9_000 }] }),
          metadata: null,
        }
      }),
    )
  }

  const caughtUp = async () => reachedPosition(await (await watching.live(tier)).checkpoints()) === (await eventStore.head())
  const both = (one: Process, two: Process) => until('each has half', () => one.partitions() === 32 && two.partitions() === 32)

  /** Rows are what the streams say, and what was announced is one unbroken chain for each member, ending where it stands. */
  async function expectNothingLostOrTwice(): Promise<void> {
    const model = await watching.live(tier)
    const verified = await verify({ projector: tier, readModel: model, eventStore, clock })
    expect([verified.differences, verified.parked]).toEqual([[], 0])
    const alone = openSqliteReadStore(':memory:')
    try {
      const service = createProjectorService(tier, {
        eventStore,
        readStore: alone,
        clock,
        metrics: createMetrics(),
        logger: createLogger('silent'),
      })
      await service.drain()
      const page = { after: '', limit: 1_000 }
      expect(await model.page(page)).toEqual(await (await alone.live(tier)).page(page))
    } finally {
      await alone.close()
    }
    const told = new Map<string, string | null>()
    for (const { announcement } of await watching.pendingAnnouncements(100_000)) {
      const { subject, data } = JSON.parse(announcement)
      expect([subject, data.before]).toEqual([subject, told.get(subject) ?? null])
      expect(data.after).not.toBe(data.before)
      told.set(subject, data.after)
    }
    expect(told.size).toBe(verified.members)
    for (const { memberId, shown } of await model.page({ after: '', limit: 1_000 })) expect(told.get(memberId)).toBe(shown.tier)
  }

  test('divide the members, and what one of them writes the other does not', async () => {
    const [one, two] = [start('one'), start('two')]
    await both(one, two)
    await sell(2_000)
    await until('caught up', caughtUp)
    expect(Math.min(one.commits(), two.commits())).toBeGreaterThan(0)
    await expectNothingLostOrTwice()
  }, 60_000)

  test.each(['die', 'fallSilent'] as const)(
    'the second one takes over when the first does %s, soon after its time is over',
    async (how) => {
      const [one, two] = [start('one'), start('two')]
      await both(one, two)
      const selling = new AbortController()
      const sale = (async () => {
        while (!selling.signal.aborted) {
          await sell(20)
          await idle(20)
        }
      })()
      await until('both write', () => one.commits() > 2 && two.commits() > 2)
      one[how]()
      const ms = await until('the second one has it all', () => two.partitions() === 64)
      expect(ms).toBeLessThan(ttlMs * 2)
      await idle(300)
      selling.abort()
      await sale
      await until('caught up', caughtUp)
      await expectNothingLostOrTwice()
    },
    60_000,
  )

  test('one that is told to stop gives its partitions back at once', async () => {
    const [one, two] = [start('one'), start('two')]
    await both(one, two)
    await sell(500)
    const stopped = performance.now()
    await one.stop()
    expect(performance.now() - stopped).toBeLessThan(3_000)
    expect(await until('the other one has them', () => two.partitions() === 64)).toBeLessThan(ttlMs)
    await until('caught up', caughtUp)
    await expectNothingLostOrTwice()
  }, 60_000)
})
