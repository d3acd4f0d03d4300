import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { NewDeadLetter } from '@perennial/dead-letters'
import type { NewEvent } from '@perennial/event-store'
import { type HomesOptions, openPostgresHomes, openPostgresReadStore, type PostgresHomes, type Trouble } from '@perennial/postgres'
import type { Merge } from '@perennial/settle'
import type { Client } from 'pg'
import { type CuttingProxy, type PostgresServer, startCuttingProxy, startPostgres } from '../support/postgres.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })

const letter = (text: string): NewDeadLetter => ({
  bytes: new TextEncoder().encode(text),
  code: 'invalid-json',
  message: 'Not JSON.',
  faults: [],
  origin: 'orders.ndjson:7',
  key: null,
  refusedAt: 1_000,
})
const happens = (id: string): NewEvent => ({
  stream: 'member-ann',
  type: 'EngagementRecorded',
  version: 1,
  source: '/till/7',
  id,
  occurredAt: 1_000,
  recordedAt: 500,
  data: '{}',
  metadata: null,
})
const merge = (from: string): Merge => ({ merge: `merge of ${from}`, from, into: 'ann', at: 1_000 })

let server: PostgresServer
/** Somebody else, who looks at the tables, locks them and terminates connections. */
let other: Client
let schema: string
let opened: PostgresHomes[]
let troubles: Trouble[]

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.remove())
beforeEach(async () => {
  schema = `homes_${randomUUID().slice(0, 8)}`
  opened = []
  troubles = []
  other = await server.connect()
})
afterEach(async () => {
  await other.end()
  for (const homes of opened) await homes.close()
})

function open(options: HomesOptions = {}, url = server.url): PostgresHomes {
  const homes = openPostgresHomes(url, { schema, onTrouble: (trouble) => void troubles.push(trouble), ...options })
  opened.push(homes)
  return homes
}

async function ask<Value>(sql: string): Promise<Value[]> {
  const { rows } = await other.query({ text: sql, rowMode: 'array' })
  return rows.map((row) => row[0] as Value)
}

/** The lock is lost, or it takes too long. */
async function lossOf({ lost }: { lost: AbortSignal }): Promise<number> {
  const start = performance.now()
  while (!lost.aborted && performance.now() - start < 20_000) await sleep(5)
  expect(lost.aborted).toBe(true)
  return performance.now()
}

/** What is stored, from a connection of its own. */
async function stored() {
  const { deadLetters, waitingRoom, settlementProgress } = open()
  return {
    refused: Object.fromEntries(
      (await deadLetters.list({ limit: 100 })).map(({ bytes, refusals }) => [new TextDecoder().decode(bytes), refusals]),
    ),
    waiting: (await waitingRoom.due({ at: 1_000, limit: 100 })).map(({ id }) => id),
    position: await settlementProgress.position(),
    merged: [...(await settlementProgress.merges()).keys()].toSorted(),
  }
}

describe.each([
  ['after the server has it', 'after'],
  ['before the server has it', 'before'],
] as const)('a connection that breaks %s', (_, when) => {
  let proxy: CuttingProxy
  let homes: PostgresHomes
  beforeEach(async () => {
    proxy = await startCuttingProxy(server)
    homes = open({}, proxy.url)
    await homes.deadLetters.keep([letter('a')])
  })
  afterEach(() => proxy.close())

  test('makes no refusal count twice, and loses none', async () => {
    proxy.cutAt('COMMIT', when)
    await homes.deadLetters.keep([letter('a'), letter('b')])
    await homes.deadLetters.keep([letter('b')])
    expect(proxy.cuts()).toBe(1)
    expect((await stored()).refused).toEqual({ a: 2, b: 2 })
    expect(await homes.deadLetters.countRefusals()).toBe(4)
  })

  test('makes settlement move once, and whoever moved it knows', async () => {
    const { settlementProgress } = homes
    proxy.cutAt('COMMIT', when)
    expect(await settlementProgress.save({ from: 0, position: 7, begun: [merge('bob')] })).toBe(true)
    expect(proxy.cuts()).toBe(1)
    expect(await settlementProgress.save({ from: 7, position: 8, begun: [merge('cem')] })).toBe(true)
    expect(await settlementProgress.save({ from: 7, position: 9, begun: [merge('dan')] })).toBe(false)
    expect(await stored()).toMatchObject({ position: 8, merged: ['bob', 'cem'] })
  })

  test('makes nobody wait twice, and nobody be told of other contents that are its own', async () => {
    const { waitingRoom } = homes
    proxy.cutAt('INSERT INTO', when)
    expect(await waitingRoom.keep([happens('e1'), happens('e2'), happens('e3')])).toEqual([])
    proxy.cutAt('DELETE FROM', when)
    await waitingRoom.remove([happens('e2')])
    expect(proxy.cuts()).toBe(2)
    expect((await stored()).waiting).toEqual(['e1', 'e3'])
  })

  test('does not keep a lock from whoever asked for it, nor let anybody else have it', async () => {
    proxy.cutAt('INSERT INTO', when)
    const lock = await homes.locks.tryLock('settlement')
    expect(proxy.cuts()).toBe(1)
    expect(lock).toBeDefined()
    expect(await open().locks.tryLock('settlement')).toBeUndefined()
    await lock?.release()
    expect(await open().locks.tryLock('settlement')).toBeDefined()
  })

  test('while a lock is renewed is no loss', async () => {
    const lock = await homes.locks.tryLock('settlement')
    proxy.cutAt('held_until', when)
    while (proxy.cuts() === 0) await sleep(50)
    await sleep(500)
    expect(lock?.lost.aborted).toBe(false)
    expect(await open().locks.tryLock('settlement')).toBeUndefined()
  })
})

describe('a server that goes away', () => {
  test('and comes back is waited for by everything that is asked; nothing is lost or done twice, and locks are kept', async () => {
    const { deadLetters, waitingRoom, settlementProgress, locks } = open({ retryMsMax: 30_000, lockMs: 20_000 })
    await deadLetters.keep([letter('a')])
    const lock = await locks.tryLock('settlement')
    await other.end()
    await server.stop()
    const work = Promise.all([
      deadLetters.keep([letter('a'), letter('b')]),
      waitingRoom.keep([happens('e1')]),
      settlementProgress.save({ from: 0, position: 7, begun: [merge('bob')] }),
      locks.tryLock('settlement'),
      locks.tryLock('relay'),
    ])
    await sleep(300)
    await server.start()
    other = await server.connect()
    const [, conflicts, moved, taken, free] = await work
    expect([conflicts, moved, taken]).toEqual([[], true, undefined])
    expect([lock?.lost.aborted, free?.lost.aborted]).toEqual([false, false])
    expect(await stored()).toEqual({ refused: { a: 2, b: 1 }, waiting: ['e1'], position: 7, merged: ['bob'] })
    expect(troubles).toContainEqual({ kind: 'retry', message: expect.any(String) })
  })

  test('and stays away is told of in bounded time, without the password; locks are lost when their time is over', async () => {
    const homes = open({ retryMsMax: 300, lockMs: 1_500 })
    const { deadLetters, waitingRoom, settlementProgress, locks } = homes
    await deadLetters.keep([letter('a')])
    const lock = await locks.tryLock('settlement')
    const released = await locks.tryLock('relay')
    if (!lock || !released) throw new Error('no lock')
    await other.end()
    await server.stop()
    const start = performance.now()
    for (const work of [
      () => deadLetters.keep([letter('b')]),
      () => deadLetters.list({ limit: 1 }),
      () => deadLetters.countOpen(),
      () => waitingRoom.keep([happens('e1')]),
      () => waitingRoom.due({ at: 1_000, limit: 1 }),
      () => settlementProgress.save({ from: 0, position: 7 }),
      () => locks.tryLock('learner'),
    ]) {
      const error: unknown = await work().catch((thrown: unknown) => thrown)
      expect(error).toEqual(code('store-unavailable'))
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(server.password)
    }
    expect(performance.now() - start).toBeLessThan(5_000)
    await released.release()
    await lossOf(lock)
    await lock.release()
    expect(inspect(troubles)).not.toContain(server.password)
    await server.start()
    other = await server.connect()
    await deadLetters.keep([letter('c')])
    expect(await stored()).toEqual({ refused: { a: 1, c: 1 }, waiting: [], position: 0, merged: [] })
    const again = await locks.tryLock('settlement')
    expect(again?.lost.aborted).toBe(false)
  })

  test('before it is asked for the first time is only found out then, and tried anew by the next who asks', async () => {
    const { locks, waitingRoom } = open({ retryMsMax: 0 })
    await other.end()
    await server.stop()
    await expect(locks.tryLock('settlement')).rejects.toEqual(code('store-unavailable'))
    await expect(waitingRoom.count()).rejects.toEqual(code('store-unavailable'))
    await server.start()
    other = await server.connect()
    expect(await waitingRoom.count()).toBe(0)
    expect(await locks.tryLock('settlement')).toBeDefined()
  })
})

describe('a lock', () => {
  const lockMs = 1_500

  test('whose row is somebody else’s is lost at the next renewal', async () => {
    const lock = await open({ lockMs: 6_000 }).locks.tryLock('settlement')
    if (!lock) throw new Error('no lock')
    await other.query(`UPDATE ${schema}.locks SET owner = gen_random_uuid()`)
    const start = performance.now()
    expect((await lossOf(lock)) - start).toBeLessThan(4_000)
    await lock.release()
    expect(await ask(`SELECT name FROM ${schema}.locks`)).toEqual(['settlement'])
  })

  test('that gets no answer is lost before anybody else can have it', async () => {
    const lock = await open({ lockMs }).locks.tryLock('settlement')
    if (!lock) throw new Error('no lock')
    // Whoever renews waits for the row, without an answer.
    await other.query('BEGIN')
    const [left] = await ask<string>(
      `SELECT held_until - (extract(epoch FROM clock_timestamp()) * 1000)::bigint FROM ${schema}.locks FOR UPDATE`,
    )
    const runsOutAt = performance.now() + Number(left)
    // A quarter of a second, for timers of a machine that has much to do.
    expect(await lossOf(lock)).toBeLessThan(runsOutAt + 250)
    await other.query('ROLLBACK')
    // What came through late is taken back: the next one need not wait for it once more.
    const next = open({ lockMs: 60_000 })
    const start = performance.now()
    while (!(await next.locks.tryLock('settlement'))) await sleep(10)
    expect(performance.now() - start).toBeLessThan(lockMs / 2)
  })

  test('is given back by whoever closes, so that the next need not wait', async () => {
    const homes = open({ lockMs: 60_000 })
    await homes.locks.tryLock('settlement')
    await homes.close()
    await homes.close()
    expect(await open().locks.tryLock('settlement')).toBeDefined()
  })

  test('and the connections are closed with the last of what uses them', async () => {
    const { deadLetters, waitingRoom, settlementProgress, locks } = open()
    await locks.tryLock('settlement')
    await deadLetters.close()
    await waitingRoom.close()
    expect(await settlementProgress.position()).toBe(0)
    await settlementProgress.close()
    expect(await ask(`SELECT name FROM ${schema}.locks`)).toEqual([])
    for (let tries = 0; tries < 200; tries++) {
      const [left] = await ask<string>(
        `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'perennial' AND query LIKE '%${schema}%'`,
      )
      if (left === '0') return
      await sleep(10)
    }
    throw new Error('there are connections left')
  })
})

describe('the tables', () => {
  test('are made once, with those of the read stores, by whoever comes first', async () => {
    const store = openPostgresReadStore(server.url, 'tier', { schema })
    const layout = { projector: 'tier', version: 1, filters: [] }
    const [, ...counts] = await Promise.all([store.live(layout), ...Array.from({ length: 4 }, () => open().waitingRoom.count())])
    expect(counts).toEqual([0, 0, 0, 0])
    expect(await ask(`SELECT count(*) FROM ${schema}.schema_version`)).toEqual(['1'])
    expect(await ask(`SELECT count(*) FROM ${schema}.settlement`)).toEqual(['1'])
    await store.close()
  })

  test('of a newer Perennial are refused', async () => {
    await open().waitingRoom.count()
    await other.query(`UPDATE ${schema}.schema_version SET version = version + 1`)
    await expect(open().waitingRoom.count()).rejects.toEqual(code('data-version'))
    await expect(open().locks.tryLock('settlement')).rejects.toEqual(code('data-version'))
  })
})
