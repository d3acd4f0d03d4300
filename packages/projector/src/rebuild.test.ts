import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { EventStore } from '@perennial/event-store'
import { openSqliteReadStore, type ReadStore } from '@perennial/read-store'
import { rebuild } from './rebuild.ts'
import { bought, instant, openTestLog, programme, type TestLog, tierTeller } from './testing/log.ts'

const next = { ...tierTeller, version: tierTeller.version + 1 }
let log: TestLog
let readStore: ReadStore

beforeEach(async () => {
  log = openTestLog('2025-06-30')
  readStore = openSqliteReadStore(':memory:')
  await log.publish(programme)
  await log.append(bought('ann', '2025-01-02', 'o1', 100), bought('bob', '2025-01-02', 'o1', 100))
  await log.follow(tierTeller, { readStore })
})
afterEach(() => Promise.all([log.close(), readStore.close()]))

function rebuildNext(eventStore: EventStore = log.eventStore): Promise<boolean> {
  return rebuild({ projectors: [next], readStores: new Map([[next.name, readStore]]), eventStore, clock: () => instant(log.now) })
}

const rows = async () => (await readStore.live(next)).page({ after: '', limit: 10 })

/** The log, whose members' histories come only when `until` has come. */
function slow(until: Promise<void>): { eventStore: EventStore; reading: Promise<void> } {
  const reading = Promise.withResolvers<void>()
  const eventStore: EventStore = {
    ...log.eventStore,
    async *readHistories(options) {
      for await (const page of log.eventStore.readHistories(options)) {
        reading.resolve()
        await until
        yield page
      }
    },
  }
  return { eventStore, reading: reading.promise }
}

test('one that was asleep while another one took over writes nothing any more', async () => {
  const awake = Promise.withResolvers<void>()
  const asleep = slow(awake.promise)
  const stale = rebuildNext(asleep.eventStore)
  await asleep.reading
  expect(await rebuildNext()).toBe(true)
  await log.append(bought('ann', '2025-03-02', 'o2', 500))
  await log.follow(next, { readStore })
  const before = await rows()
  awake.resolve()
  expect(await stale).toBe(false)
  expect(await rows()).toEqual(before)
  expect(await rebuildNext()).toBe(true)
  expect(await rows()).toEqual(before)
})

test('nor does it write into tables that the other one still fills', async () => {
  const awake = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
  const asleep = slow(awake[0].promise)
  const stale = rebuildNext(asleep.eventStore)
  await asleep.reading
  const taking = slow(awake[1].promise)
  const finishing = rebuildNext(taking.eventStore)
  await taking.reading
  awake[0].resolve()
  expect(await stale).toBe(false)
  expect((await (await readStore.building(next)).counts()).members).toBe(0)
  awake[1].resolve()
  expect(await finishing).toBe(true)
  expect((await rows()).map(({ memberId }) => memberId)).toEqual(['ann', 'bob'])
})

test('its tables can be written by anybody once they serve: by one writer, and by several who share them', async () => {
  expect(await rebuildNext()).toBe(true)
  const live = await readStore.live(next)
  const { partitions } = await live.claim({ owner: 'one', partitions: [0, 1], ttlMs: 60_000 })
  expect(partitions).toEqual([0, 1])
  await live.leave('one')
  await log.append(bought('ann', '2025-03-02', 'o2', 500))
  await log.follow(next, { readStore })
  expect((await live.checkpoints())[0]?.position).toBe(await log.eventStore.head())
})
