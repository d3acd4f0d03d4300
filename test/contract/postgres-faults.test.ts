import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { partitionCount, partitionOf } from '@perennial/contracts'
import { openPostgresReadStore, openPostgresReadStores, type PostgresOptions, type Trouble } from '@perennial/postgres'
import type { Changes, Layout, ReadStore, StoredMember } from '@perennial/read-store'
import type { Client } from 'pg'
import { type CuttingProxy, type PostgresServer, startCuttingProxy, startPostgres } from '../support/postgres.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

const layout: Layout = { projector: 'tier', version: 1, filters: ['tier'] }
const next: Layout = { ...layout, version: 2 }
const allPartitions = Array.from({ length: partitionCount }, (_, partition) => partition)
/** Version of the schema that this code writes. */
const latest = 4
const code = (expected: string) => expect.objectContaining({ code: expected })

function batch(count: number, position: number, announcements: readonly string[] = []): Changes {
  const members = Array.from({ length: count }, (_, n): StoredMember => {
    return { memberId: `m${n}`, state: `{"at":${position}}`, shown: { tier: 'gold' }, nextDue: null }
  })
  return { members, announcements, checkpoint: { partitions: allPartitions, position } }
}

let server: PostgresServer
/** Somebody else, who looks at the tables, locks them and terminates connections. */
let other: Client
let schema: string
let opened: ReadStore[]
let troubles: Trouble[]

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.remove())
beforeEach(async () => {
  schema = `faults_${randomUUID().slice(0, 8)}`
  opened = []
  troubles = []
  other = await server.connect()
})
afterEach(async () => {
  await other.end()
  for (const store of opened) await store.close()
})

function open(options: PostgresOptions = {}, url = server.url): ReadStore {
  const store = openPostgresReadStore(url, 'tier', { schema, onTrouble: (trouble) => void troubles.push(trouble), ...options })
  opened.push(store)
  return store
}

async function ask<Value>(sql: string): Promise<Value[]> {
  const { rows } = await other.query({ text: sql, rowMode: 'array' })
  return rows.map((row) => row[0] as Value)
}

/** The process on the server that waits for a lock in this test's schema. */
async function waiting(): Promise<number> {
  for (let tries = 0; tries < 500; tries++) {
    // In a transaction, what was looked at once would stay as it was.
    await other.query('SELECT pg_stat_clear_snapshot()')
    const [pid] = await ask<number>(
      `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> pg_backend_pid() AND query LIKE '%${schema}%'`,
    )
    if (pid !== undefined) return pid
    await sleep(10)
  }
  throw new Error('nobody waits')
}

/** Makes the next commit with announcements stop behind everything else that it writes. */
async function holdAnnouncements(): Promise<void> {
  await other.query('BEGIN')
  await other.query(`SELECT 1 FROM ${schema}.projectors FOR UPDATE`)
}

/** What is stored, from a connection of its own. */
async function stored() {
  const store = open()
  const live = await store.live(layout)
  const [first] = await live.checkpoints()
  return {
    members: (await live.counts()).members,
    position: first?.position,
    announcements: (await store.pendingAnnouncements(100)).map(({ announcement }) => announcement),
  }
}

describe('a commit whose connection is terminated on the server', () => {
  test('leaves nothing when it is not tried again', async () => {
    const live = await open({ retryMsMax: 0 }).live(layout)
    await live.commit(batch(5, 1, ['"before"']))
    await holdAnnouncements()
    const outcome = expect(live.commit(batch(500, 2, ['"lost"']))).rejects.toEqual(code('store-unavailable'))
    await ask(`SELECT pg_terminate_backend(${await waiting()})`)
    await outcome
    await other.query('ROLLBACK')
    expect(await stored()).toEqual({ members: 5, position: 1, announcements: ['"before"'] })
    await live.commit(batch(500, 2, ['"again"']))
    expect(await stored()).toEqual({ members: 500, position: 2, announcements: ['"before"', '"again"'] })
  })

  test('is all there, once, when it is tried again', async () => {
    const live = await open().live(layout)
    await holdAnnouncements()
    const done = live.commit(batch(500, 2, ['"once"']))
    await ask(`SELECT pg_terminate_backend(${await waiting()})`)
    await other.query('ROLLBACK')
    await done
    expect(await stored()).toEqual({ members: 500, position: 2, announcements: ['"once"'] })
    expect(troubles).toContainEqual({ kind: 'retry', message: expect.any(String) })
  })
})

describe('a connection that breaks at COMMIT', () => {
  let proxy: CuttingProxy
  beforeEach(async () => {
    proxy = await startCuttingProxy(server)
  })
  afterEach(() => proxy.close())

  test.each([
    ['after the server has it: it is not done twice', 'after'],
    ['before the server has it: it is done again', 'before'],
  ] as const)('%s', async (_, when) => {
    const live = await open({}, proxy.url).live(layout)
    await live.commit(batch(3, 1, ['"first"']))
    proxy.cutAt('COMMIT', when)
    await live.commit(batch(10, 2, ['"second"']))
    await live.commit(batch(11, 3, ['"third"']))
    expect(proxy.cuts()).toBe(1)
    expect(await stored()).toEqual({ members: 11, position: 3, announcements: ['"first"', '"second"', '"third"'] })
  })

  test('leaves all or nothing where nobody tries again, and the next commit of the same writer is a new one', async () => {
    const live = await open({ retryMsMax: 0 }, proxy.url).live(layout)
    proxy.cutAt('COMMIT', 'after')
    await expect(live.commit(batch(10, 1, ['"first"']))).rejects.toEqual(code('store-unavailable'))
    expect(await stored()).toEqual({ members: 10, position: 1, announcements: ['"first"'] })
    proxy.cutAt('COMMIT', 'before')
    await expect(live.commit(batch(20, 2, ['"second"']))).rejects.toEqual(code('store-unavailable'))
    expect(await stored()).toEqual({ members: 10, position: 1, announcements: ['"first"'] })
    await live.commit(batch(30, 3, ['"third"']))
    expect(await stored()).toEqual({ members: 30, position: 3, announcements: ['"first"', '"third"'] })
  })

  test('makes a swap neither fail nor happen twice', async () => {
    const store = open({}, proxy.url)
    await (await store.live(layout)).commit(batch(3, 1))
    await (await store.building(next)).commit(batch(4, 1))
    proxy.cutAt('COMMIT', 'after')
    expect(await store.swap()).toBe(true)
    expect(proxy.cuts()).toBe(1)
    expect((await store.live(next)).version).toBe(2)
    expect((await stored()).members).toBe(4)
    expect(await store.swap()).toBe(false)
  })

  test('costs whoever claims nothing: it gets its partitions at the second try', async () => {
    const live = await open({}, proxy.url).live(layout)
    proxy.cutAt('COMMIT', 'after')
    const lease = await live.claim({ owner: 'one', partitions: allPartitions, ttlMs: 60_000 })
    expect(lease.partitions).toEqual(allPartitions)
    await live.commit({ ...batch(3, 1), epoch: lease.epoch })
  })

  test.each([false, true])(
    'a commit takes as many round trips for 2,000 members as for 2, and no more than ten; rows tracked: %s',
    async (trackRows) => {
      const live = await open({ trackRows }, proxy.url).live(layout)
      await live.commit(batch(1, 1))
      const counts: number[] = []
      for (const [position, members] of [2, 2_000].entries()) {
        const before = proxy.roundTrips()
        await live.commit(batch(members, position + 2, Array<string>(members).fill('{}')))
        counts.push(proxy.roundTrips() - before)
      }
      expect(counts[1]).toBe(counts[0])
      expect(counts[0]).toBeLessThanOrEqual(10)
      expect(counts[0]).toBeGreaterThan(2)
    },
  )
})

describe('a process that shares the partitions', () => {
  test('says so, and learns who else does, in one round trip', async () => {
    const proxy = await startCuttingProxy(server)
    const live = await open({}, proxy.url).live(layout)
    const before = proxy.roundTrips()
    expect(await live.enlist('one', 60_000)).toEqual(['one'])
    expect(proxy.roundTrips() - before).toBe(1)
    await proxy.close()
  })

  test('is deleted from the list some time after it fell silent', async () => {
    const live = await open().live(layout)
    await live.enlist('silent', 1)
    await other.query(`UPDATE ${schema}.owners SET until = until - 120000`)
    await live.enlist('one', 60_000)
    expect(await ask(`SELECT owner FROM ${schema}.owners ORDER BY 1`)).toEqual(['one', 'silent'])
    await open().live(layout)
    expect(await ask(`SELECT owner FROM ${schema}.owners`)).toEqual(['one'])
  })
})

describe('the time of a lease', () => {
  const realNow = Date.now
  afterEach(() => {
    Date.now = realNow
  })

  test.each([
    ['ahead', 3_600_000],
    ['behind', -3_600_000],
  ])('is told by the clock of the server, to a process whose own clock is %s, too', async (_, skewMs) => {
    const live = await open().live(layout)
    Date.now = () => realNow() + skewMs
    await live.claim({ owner: 'living', partitions: [1], ttlMs: 60_000 })
    await live.claim({ owner: 'silent', partitions: [2], ttlMs: 0 })
    expect((await live.leases()).map(({ owner, over }) => [owner, over])).toEqual([
      ['living', false],
      ['silent', true],
    ])
  })
})

describe('rows to be published', () => {
  const half = (index: number) => allPartitions.filter((partition) => partition % 2 === index)

  test('are written, published and counted at the same time, and nobody waits in a circle', async () => {
    const stores = [0, 1].map(() => open({ trackRows: true, poolMax: 2 }))
    const relays = [0, 1].map(() => open({ trackRows: true, poolMax: 2 }))
    const { members } = batch(600, 1)
    let writing = stores.length
    const writers = stores.map(async (store, index) => {
      const live = await store.live(layout)
      const { epoch } = await live.claim({ owner: `w${index}`, partitions: half(index), ttlMs: 60_000 })
      const own = members.filter(({ memberId }) => half(index).includes(partitionOf(memberId)))
      for (let n = 1; n <= 60; n++) {
        await live.commit({ members: n % 2 ? own : own.toReversed(), announcements: ['{}'], epoch })
      }
      writing--
    })
    const relaying = relays.map(async (store, index) => {
      while (writing > 0) {
        const rows = await store.changedRows(300)
        await store.markPublished(index ? rows : rows.toReversed())
        expect(await store.rowsLag()).toBeLessThanOrEqual(600)
      }
    })
    await Promise.all([...writers, ...relaying])
    expect(troubles).toEqual([])
    const [relay] = relays as [ReadStore]
    for (let n = 0; n < 3; n++) await relay.markPublished(await relay.changedRows(300))
    expect(await relay.rowsLag()).toBe(0)
  })

  test('are those of a commit that was under way while they were read, whoever names them first', async () => {
    const store = open({ trackRows: true })
    await store.live(layout)
    await (await store.building(next)).commit(batch(1, 0))
    await store.swap()
    const swapped = await store.live(layout)
    await holdAnnouncements()
    const late = swapped.commit(batch(1, 2, ['"late"']))
    await waiting()
    const rows = await store.changedRows(10)
    expect(rows).toHaveLength(1)
    await other.query('ROLLBACK')
    await late
    // Another process names what was noted just then.
    await open({ trackRows: true }).changedRows(10)
    await store.markPublished(rows)
    expect((await store.changedRows(10)).map(({ memberId }) => memberId)).toEqual(['m0'])
  })

  test('grow no further than the number of members when nobody publishes them', async () => {
    const store = open({ trackRows: true })
    const live = await store.live(layout)
    for (let n = 1; n <= 120; n++) await live.commit(batch(5, n))
    expect(await store.rowsLag()).toBe(5)
    expect((await ask<string>(`SELECT count(*) FROM ${schema}.noted`)).map(Number)[0]).toBeLessThan(60)
    expect(await ask(`SELECT count(*) FROM ${schema}.changed_rows`)).toEqual(['5'])
    expect(await store.changedRows(10)).toHaveLength(5)
    expect(await ask(`SELECT count(*) FROM ${schema}.noted`)).toEqual(['0'])
  })

  test('that a commit makes wait for are known although its answer was lost, once', async () => {
    const proxy = await startCuttingProxy(server)
    const store = open({ trackRows: true }, proxy.url)
    const live = await store.live(layout)
    proxy.cutAt('COMMIT', 'after')
    await live.commit(batch(3, 1))
    expect(proxy.cuts()).toBe(1)
    expect(await ask(`SELECT count(*) FROM ${schema}.noted`)).toEqual(['1'])
    proxy.cutAt('COMMIT', 'after')
    const rows = await store.changedRows(10)
    expect(rows.map(({ memberId }) => memberId)).toEqual(['m0', 'm1', 'm2'])
    proxy.cutAt('COMMIT', 'after')
    await store.markPublished(rows)
    expect(proxy.cuts()).toBe(3)
    expect(await store.rowsLag()).toBe(0)
    await proxy.close()
  })

  test('are none any longer, and nothing is noted, once a store that does not track them has written', async () => {
    const tracking = open({ trackRows: true })
    await (await tracking.live(layout)).commit(batch(5, 1))
    await tracking.changedRows(2)
    await (await tracking.live(layout)).commit(batch(6, 2))
    const without = await open().live(layout)
    await without.commit(batch(7, 3))
    await without.commit(batch(8, 4))
    for (const table of ['noted', 'changed_rows', 'untold']) expect(await ask(`SELECT count(*) FROM ${schema}.${table}`)).toEqual(['0'])
  })
})

describe('a server that goes away', () => {
  test('and comes back is waited for, by reads and by commits; nothing is lost or done twice', async () => {
    const store = open({ retryMsMax: 30_000 })
    const live = await store.live(layout)
    await live.commit(batch(3, 1, ['"first"']))
    await other.end()
    await server.stop()
    const work = Promise.all([live.counts(), live.commit(batch(10, 2, ['"second"'])), store.outboxLag()])
    await sleep(300)
    await server.start()
    other = await server.connect()
    await work
    expect(await stored()).toEqual({ members: 10, position: 2, announcements: ['"first"', '"second"'] })
    expect(new Set(troubles.map(({ kind }) => kind))).toContain('retry')
  })

  test('and stays away is told of in bounded time, without the password; afterwards the store goes on', async () => {
    const store = open({ retryMsMax: 300 })
    const live = await store.live(layout)
    await live.commit(batch(3, 1))
    await other.end()
    await server.stop()
    const start = performance.now()
    for (const work of [() => live.commit(batch(4, 2)), () => live.counts(), () => store.pendingAnnouncements(1), () => store.swap()]) {
      const error: unknown = await work().catch((thrown: unknown) => thrown)
      expect(error).toEqual(code('store-unavailable'))
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(server.password)
    }
    expect(performance.now() - start).toBeLessThan(4_000)
    expect(inspect(troubles)).not.toContain(server.password)
    await server.start()
    other = await server.connect()
    await live.commit(batch(5, 3))
    expect(await stored()).toMatchObject({ members: 5, position: 3 })
  })

  test('before the store is used for the first time is only found out then, and tried anew by the next who asks', async () => {
    const store = open({ retryMsMax: 0 })
    await other.end()
    await server.stop()
    await expect(store.live(layout)).rejects.toEqual(code('store-unavailable'))
    await server.start()
    other = await server.connect()
    expect((await store.live(layout)).version).toBe(1)
  })

  test('terminating connections that nobody uses is no error for anybody', async () => {
    const live = await open().live(layout)
    await ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'perennial'`)
    await sleep(100)
    expect(await live.counts()).toEqual({ members: 0, parked: 0 })
    expect(troubles.map(({ kind }) => kind)).toContain('idle-connection-lost')
  })
})

describe('an address', () => {
  const refused = async (url: string, options: PostgresOptions = {}) => {
    const error: unknown = await (async () => open({ retryMsMax: 0, ...options }, url).live(layout))().catch((thrown: unknown) => thrown)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('hush')
    return (error as { code?: string }).code
  }
  const at = (user: string, rest: string) => `postgresql://${user}:hush@127.0.0.1:${rest}`

  test('that is wrong is refused with a code of its own, and never repeats the password', async () => {
    expect(await refused('hush')).toBe('store-address')
    expect(await refused('mysql://ann:hush@localhost/x')).toBe('store-address')
    expect(await refused(at('ann', '1/x?sslmod=require'))).toBe('store-address')
    expect(await refused(at('ann', '1/x?sslrootcert=/nowhere/ca.pem'))).toBe('store-address')
    expect(await refused(at('ann%ff', '1/x'))).toBe('store-address')
    expect(await refused(server.url, { schema: 'x'.repeat(64) })).toBe('store-address')
    expect(await refused(at('ann', '1/x'))).toBe('store-unavailable')
    expect(await refused(at('perennial', `${server.port}/postgres`))).toBe('store-refused')
    expect(await refused(server.url.replace('/postgres', '/nothing-here').replace('postgresql', 'postgres'))).toBe('store-refused')
    expect(await refused(`${server.url}?sslmode=verify-full`)).toBe('store-refused')
    expect(await refused(server.url, { schema: 'pg_mine' })).toBe('store-refused')
  })
})

describe('the tables', () => {
  test('are made once, by whoever comes first', async () => {
    const models = await Promise.all(Array.from({ length: 6 }, () => open().live(layout)))
    expect(new Set(models.map(({ generation }) => generation)).size).toBe(1)
    expect(await ask(`SELECT version FROM ${schema}.schema_version`)).toEqual([latest])
  })

  test('of a newer Perennial are refused, and left as they are', async () => {
    await open().live(layout)
    await other.query(`UPDATE ${schema}.schema_version SET version = ${latest + 1}`)
    await expect(open().live(layout)).rejects.toEqual(code('data-version'))
    expect(await ask(`SELECT version FROM ${schema}.schema_version`)).toEqual([latest + 1])
  })

  test('whose making was cut off are not there, so they are made by the next', async () => {
    await other.query(`CREATE SCHEMA ${schema}`)
    await other.query(`CREATE TABLE ${schema}.schema_version (version integer NOT NULL)`)
    await other.query(`INSERT INTO ${schema}.schema_version VALUES (0)`)
    expect((await open().live(layout)).version).toBe(1)
    expect(await ask(`SELECT version FROM ${schema}.schema_version`)).toEqual([latest])
  })

  test('of version 1 are brought up to date, and keep what they have', async () => {
    await other.query(versionOne(schema))
    const store = open({ trackRows: true })
    const live = await store.live(layout)
    expect(await ask(`SELECT version FROM ${schema}.schema_version`)).toEqual([latest])
    expect([...(await live.load(['ann'])).values()]).toEqual([{ memberId: 'ann', state: '{}', shown: { tier: 'gold' }, nextDue: 7 }])
    expect((await live.checkpoints())[63]).toEqual({ partition: 63, position: 42, clock: 9, sweep: null })
    expect(await store.pendingAnnouncements(10)).toEqual([{ sequence: 5, id: 'abcd0123-5', announcement: '{"n":1}' }])
    expect((await store.changedRows(10)).map(({ memberId }) => memberId)).toEqual(['ann'])
    await live.enlist('one', 60_000)
    const { epoch } = await live.claim({ owner: 'one', partitions: [1], ttlMs: 60_000 })
    const mark = { upTo: 99, after: 'ann' }
    await live.commit({ members: [], sweep: { partitions: [1], mark }, announcements: ['{"n":2}'], epoch })
    expect((await live.checkpoints())[1]?.sweep).toEqual(mark)
    await live.leave('one')
    const building = await store.building(next)
    expect(building.generation).toBe(2)
    await building.commit({ members: [], sweep: { partitions: [2], mark } })
    expect(await store.swap()).toBe(true)
    expect(await ask(`SELECT tablename FROM pg_tables WHERE schemaname = '${schema}' AND tablename LIKE '%\\_1'`)).toEqual([])
    expect((await store.changedRows(10)).map(({ memberId }) => memberId)).toEqual(['ann'])
  })

  test('need a database in UTF-8', async () => {
    await other.query(`CREATE DATABASE ${schema}_ascii ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0`)
    await expect(open({}, server.url.replace('/postgres', `/${schema}_ascii`)).live(layout)).rejects.toThrow('UTF8, not SQL_ASCII')
  })

  test('can be made by a user who owns the schema and nothing else; one without rights is told so', async () => {
    await other.query(`CREATE USER ${schema}_user PASSWORD 'hush'`)
    const url = `postgresql://${schema}_user:hush@127.0.0.1:${server.port}/postgres`
    await expect(open({}, url).live(layout)).rejects.toEqual(code('store-refused'))
    await other.query(`CREATE SCHEMA ${schema} AUTHORIZATION ${schema}_user`)
    const live = await open({}, url).live(layout)
    await live.commit(batch(3, 1, ['{}']))
    expect(await live.counts()).toEqual({ members: 3, parked: 0 })
  })

  test('are flushed to disk by every commit, although the server is set not to', async () => {
    const live = await open().live(layout)
    await other.query(`
      CREATE TABLE ${schema}.seen (setting text);
      CREATE FUNCTION ${schema}.see() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO ${schema}.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
      CREATE TRIGGER see AFTER INSERT ON ${schema}.outbox FOR EACH ROW EXECUTE FUNCTION ${schema}.see();
    `)
    expect(await ask('SHOW synchronous_commit')).toEqual(['off'])
    await live.commit(batch(1, 1, ['{}']))
    expect(await ask(`SELECT setting FROM ${schema}.seen`)).toEqual(['on'])
  })
})

describe('locks', () => {
  test('of somebody who was cut off in the middle of a commit are free soon, and others take over', async () => {
    const proxy = await startTcpProxy(server.port)
    const url = new URL(server.url)
    url.port = String(proxy.port)
    const cutOff = await open({ retryMsMax: 60_000 }, url.href).live(layout)
    const { epoch } = await cutOff.claim({ owner: 'cut off', partitions: allPartitions, ttlMs: 1_000 })
    await holdAnnouncements()
    const lost = expect(cutOff.commit({ ...batch(3, 1, ['"lost"']), epoch })).rejects.toEqual(code('partition-lost'))
    await waiting()
    proxy.isSilent = true
    await other.query('ROLLBACK')
    const start = performance.now()
    const live = await open().live(layout)
    while ((await live.claim({ owner: 'next', partitions: allPartitions, ttlMs: 60_000 })).partitions.length === 0) await sleep(100)
    expect(performance.now() - start).toBeLessThan(9_000)
    proxy.isSilent = false
    await lost
    expect(await stored()).toMatchObject({ members: 0, announcements: [] })
    await proxy.close()
  }, 90_000)

  test('a claim and a swap have their turn, also where others write without a gap between them', async () => {
    const writers = 6
    const models = await Promise.all(Array.from({ length: writers }, () => open({ poolMax: 2 }).live(layout)))
    const { members } = batch(2_000, 1)
    let stopped = false
    const writing = models.map(async (model, index) => {
      const partitions = allPartitions.filter((partition) => partition % writers === index)
      const { epoch } = await model.claim({ owner: `w${index}`, partitions, ttlMs: 600_000 })
      const own = members.filter(({ memberId }) => partitions.includes(partitionOf(memberId)))
      while (!stopped) await model.commit({ members: own, epoch })
    })
    const ended = Promise.allSettled(writing)
    try {
      const store = open({ poolMax: 2 })
      const live = await store.live(layout)
      const start = performance.now()
      for (let n = 0; n < 5; n++) expect((await live.claim({ owner: 'late', partitions: [0], ttlMs: 60_000 })).partitions).toEqual([])
      await store.building(next)
      expect(await store.swap()).toBe(true)
      expect(performance.now() - start).toBeLessThan(8_000)
    } finally {
      stopped = true
    }
    expect((await ended).map(({ status }) => status)).toEqual(Array.from({ length: writers }, () => 'rejected'))
  })

  test('a swap waits for no reader; what a long query reads goes when it is through', async () => {
    const store = open()
    const live = await store.live(layout)
    await live.commit(batch(3, 1))
    await (await store.building(next)).commit(batch(4, 1))
    await other.query('BEGIN')
    const long = `SELECT count(*) FROM ${schema}.members_${live.generation}`
    expect(await ask(long)).toEqual(['3'])
    const start = performance.now()
    expect(await store.swap()).toBe(true)
    expect(performance.now() - start).toBeLessThan(3_000)
    expect((await (await store.live(next)).counts()).members).toBe(4)
    await expect(live.counts()).rejects.toThrow(expect.objectContaining({ name: 'GenerationRetired' }))
    await expect(live.load(['m0'])).rejects.toThrow(expect.objectContaining({ name: 'GenerationRetired' }))
    expect(troubles.map(({ kind }) => kind)).toContain('tables-left')
    expect(await ask(long)).toEqual(['3'])
    await other.query('COMMIT')
    await open().live(next)
    await expect(other.query(long)).rejects.toThrow('does not exist')
    expect(await ask(`SELECT count(*) FROM ${schema}.generations`)).toEqual(['1'])
  })

  test('a swap waits for a commit that is under way, and sees what it wrote', async () => {
    const store = open()
    const live = await store.live(layout)
    await (await store.building(next)).commit({ members: [] })
    await holdAnnouncements()
    const commit = live.commit(batch(3, 1, ['{}']))
    await waiting()
    const swap = open().swap()
    await sleep(100)
    await other.query('ROLLBACK')
    await commit
    expect(await swap).toBe(false)
    expect(await stored()).toMatchObject({ members: 3, position: 1 })
  })

  test('who takes over a partition waits for the commit that its holder has begun, and goes on behind it', async () => {
    const slow = await open().live(layout)
    const { epoch } = await slow.claim({ owner: 'slow', partitions: allPartitions, ttlMs: 1 })
    await holdAnnouncements()
    const commit = slow.commit({ ...batch(3, 7, ['"slow"']), epoch })
    await waiting()
    const quick = await open().live(layout)
    let taken = false
    const takeOver = quick.claim({ owner: 'quick', partitions: allPartitions, ttlMs: 60_000 }).then((lease) => {
      taken = true
      return lease
    })
    await sleep(200)
    expect(taken).toBe(false)
    await other.query('ROLLBACK')
    await commit
    expect((await takeOver).partitions).toEqual(allPartitions)
    expect((await quick.checkpoints())[0]?.position).toBe(7)
    await expect(slow.commit({ ...batch(4, 8), epoch })).rejects.toEqual(code('partition-lost'))
  })

  test('an announcement gets its number behind those of commits that are not through yet, so a relay misses none', async () => {
    const store = open()
    const live = await store.live(layout)
    const quick = await open().live(layout)
    const halves = [allPartitions.slice(0, 32), allPartitions.slice(32)]
    const [one, two] = await Promise.all(
      [live, quick].map((model, n) => model.claim({ owner: `w${n}`, partitions: halves[n] ?? [], ttlMs: 60_000 })),
    )
    // The first writer has its number and has not committed yet.
    await other.query(`CREATE FUNCTION ${schema}.stop() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.announcement = '"slow"' THEN PERFORM pg_advisory_xact_lock(4711); END IF; RETURN NULL; END $$`)
    await other.query(`CREATE CONSTRAINT TRIGGER stop AFTER INSERT ON ${schema}.outbox DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION ${schema}.stop()`)
    await other.query('SELECT pg_advisory_lock(4711)')
    const slowly = live.commit({ members: [], announcements: ['"slow"'], ...(one && { epoch: one.epoch }) })
    for (;;) {
      const [blocked] = await ask<string>(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)
      if (blocked === '1') break
      await sleep(5)
    }
    const quickly = quick.commit({ members: [], announcements: ['"quick"'], ...(two && { epoch: two.epoch }) })
    await sleep(100)
    expect(await store.pendingAnnouncements(10)).toEqual([])
    await other.query('SELECT pg_advisory_unlock(4711)')
    await Promise.all([slowly, quickly])
    expect((await store.pendingAnnouncements(10)).map(({ sequence, announcement }) => [sequence, announcement])).toEqual([
      [1, '"slow"'],
      [2, '"quick"'],
    ])
  })

  test('two that write without leases take turns: neither is told to try again because of the other', async () => {
    const models = await Promise.all([open().live(layout), open().live(layout)])
    await Promise.all(
      models.map(async (model, n) => {
        for (let position = 1; position <= 10; position++) {
          const { members, ...rest } = batch(1_000, position)
          await model.commit({ ...rest, members: n === 0 ? members : members.toReversed() })
        }
      }),
    )
    expect(await stored()).toMatchObject({ members: 1_000, position: 10 })
    expect(troubles).toEqual([])
  })

  test('somebody who locks a table does not stop the store for good', async () => {
    const live = await open({ statementMsMax: 300, retryMsMax: 500 }).live(layout)
    await other.query('BEGIN')
    await other.query(`LOCK TABLE ${schema}.members_${live.generation} IN ACCESS EXCLUSIVE MODE`)
    await expect(live.load(['m1'])).rejects.toEqual(code('store-unavailable'))
    await expect(live.commit(batch(3, 1))).rejects.toEqual(code('store-unavailable'))
    await other.query('ROLLBACK')
    await live.commit(batch(3, 1))
    expect((await live.load(['m1'])).size).toBe(1)
  })
})

describe('connections', () => {
  const count = async () => Number((await ask<string>(`SELECT count(*) FROM pg_stat_activity WHERE application_name = 'perennial'`))[0])

  test('are no more than allowed, for all read stores of a process, and are gone when the last one is closed', async () => {
    const names = ['tier', 'points', 'churn-risk']
    const stores = openPostgresReadStores(server.url, names, { schema, poolMax: 3 })
    const models = await Promise.all(names.map((name) => (stores.get(name) as ReadStore).live({ ...layout, projector: name })))
    const work = Array.from({ length: 60 }, (_, n) => models[n % 3]?.load([`m${n}`]))
    let most = 0
    const watch = (async () => {
      for (let n = 0; n < 20; n++) most = Math.max(most, await count())
    })()
    await Promise.all([...work, watch])
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(3)
    for (const name of ['tier', 'points', 'tier']) await stores.get(name)?.close()
    await models[2]?.commit(batch(1, 1))
    await stores.get('churn-risk')?.close()
    for (let tries = 0; (await count()) > 0 && tries < 100; tries++) await sleep(20)
    expect(await count()).toBe(0)
  })
})

/** As version 1 made it: a live and a building generation, and a pass that was cut off. */
function versionOne(name: string): string {
  return `
    CREATE SCHEMA ${name};
    SET search_path TO ${name};
    CREATE TABLE schema_version (version integer NOT NULL);
    INSERT INTO schema_version VALUES (1);
    CREATE TABLE projectors (projector text COLLATE "C" PRIMARY KEY, instance text NOT NULL, announced bigint NOT NULL DEFAULT 0);
    INSERT INTO projectors VALUES ('tier', 'abcd0123', 5);
    CREATE TABLE generations (
      generation bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      projector  text COLLATE "C" NOT NULL,
      version    integer NOT NULL,
      filters    text[] NOT NULL,
      status     text NOT NULL CHECK (status IN ('live', 'building', 'retired'))
    );
    CREATE UNIQUE INDEX ON generations (projector, status) WHERE status <> 'retired';
    INSERT INTO generations (projector, version, filters, status) VALUES ('tier', 1, '{tier}', 'live'), ('tier', 2, '{tier}', 'building');
    CREATE TABLE outbox (projector text COLLATE "C" NOT NULL, sequence bigint NOT NULL, announcement text NOT NULL, PRIMARY KEY (projector, sequence));
    INSERT INTO outbox VALUES ('tier', 5, '{"n":1}');
    CREATE TABLE leases (
      generation bigint NOT NULL,
      partition  integer NOT NULL,
      epoch      bigint NOT NULL,
      owner      text,
      held_until bigint NOT NULL,
      PRIMARY KEY (generation, partition)
    );
    CREATE TABLE writers (writer uuid PRIMARY KEY, commits bigint NOT NULL, seen timestamptz NOT NULL);
    ${[1, 2]
      .map(
        (generation) => `
    CREATE TABLE members_${generation} (
      member_id text COLLATE "C" PRIMARY KEY,
      partition integer NOT NULL,
      state     text NOT NULL,
      shown     text NOT NULL,
      next_due  bigint,
      by_tier   text COLLATE "C"
    );
    CREATE TABLE checkpoints_${generation} (partition integer PRIMARY KEY, position bigint NOT NULL DEFAULT 0, clock bigint NOT NULL DEFAULT 0);
    INSERT INTO checkpoints_${generation} SELECT n, 42, 9 FROM generate_series(0, 63) AS n;
    CREATE TABLE parked_${generation} (
      member_id       text COLLATE "C" PRIMARY KEY,
      position        bigint NOT NULL,
      event_id        text NOT NULL,
      reason          text NOT NULL,
      parked_at       bigint NOT NULL,
      retry_requested boolean NOT NULL DEFAULT false
    );
    CREATE TABLE passes_${generation} (pass text PRIMARY KEY, up_to bigint NOT NULL, after_member text NOT NULL);`,
      )
      .join('')}
    INSERT INTO members_1 VALUES ('ann', 7, '{}', '{"tier":"gold"}', 7, 'gold');
    INSERT INTO passes_1 VALUES ('0+64', 50, 'ann');
    RESET search_path;
  `
}
