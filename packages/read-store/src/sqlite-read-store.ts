import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { partitionCount, partitionOf } from '@perennial/contracts'
import { inTransaction, openDatabase, statementsOf } from '@perennial/sqlite'
import { refuseLost } from './fencing.ts'
import {
  type Changes,
  type CheckpointRow,
  GenerationRetired,
  type Layout,
  type ParkedMember,
  type PartitionLease,
  type ReadModel,
  type ReadStore,
  type StoredMember,
  toCheckpoint,
} from './read-store.ts'
import { changedRowsOf, changedRowsSchema } from './sqlite-changed-rows.ts'

const schema = `
  CREATE TABLE IF NOT EXISTS generations (
    generation INTEGER PRIMARY KEY AUTOINCREMENT,
    version    INTEGER NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('live', 'building')) UNIQUE,
    -- Whether commits note whose rows they change.
    tracked    INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE IF NOT EXISTS outbox (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    announcement TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS instance (
    -- Part of every announcement id, so that ids stay unique when the file is deleted and made anew.
    id TEXT NOT NULL
  ) STRICT;
  INSERT INTO instance SELECT lower(hex(randomblob(4))) WHERE NOT EXISTS (SELECT 1 FROM instance);
  CREATE TABLE IF NOT EXISTS leases (
    generation INTEGER NOT NULL,
    partition  INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    -- NULL when it was given back: the row stays, so that no epoch comes twice.
    owner      TEXT,
    held_until INTEGER NOT NULL,
    PRIMARY KEY (generation, partition)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS owners (
    owner TEXT PRIMARY KEY,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  ${changedRowsSchema}
`

/**
 * Columns that files of before do not have. Told by what is there and not by the version: a process that ends between
 * the two would leave them out for good.
 */
function addColumns(database: DatabaseSync): void {
  const isThere = () => database.prepare("SELECT 1 FROM pragma_table_info('generations') WHERE name = 'tracked'").get() !== undefined
  if (isThere()) return
  inTransaction(database, () => {
    if (isThere()) return
    for (const { generation } of database.prepare('SELECT generation FROM generations').all()) {
      database.exec(`
        ALTER TABLE checkpoints_${generation} ADD COLUMN sweep_up_to INTEGER;
        ALTER TABLE checkpoints_${generation} ADD COLUMN sweep_after TEXT;
        DROP TABLE IF EXISTS passes_${generation};
      `)
    }
    database.exec('ALTER TABLE generations ADD COLUMN tracked INTEGER NOT NULL DEFAULT 0')
  })
}

function generationTables(generation: number, filters: readonly string[]): string {
  return `
    CREATE TABLE members_${generation} (
      member_id TEXT PRIMARY KEY,
      partition INTEGER NOT NULL,
      state     TEXT NOT NULL,
      shown     TEXT NOT NULL,
      next_due  INTEGER
      ${filters.map((filter) => `, "by_${filter}" TEXT`).join('')}
    ) STRICT;
    CREATE INDEX members_${generation}_due ON members_${generation} (next_due) WHERE next_due IS NOT NULL;
    ${filters.map((filter) => `CREATE INDEX "members_${generation}_${filter}" ON members_${generation} ("by_${filter}");`).join('\n')}
    CREATE TABLE checkpoints_${generation} (
      partition   INTEGER PRIMARY KEY,
      position    INTEGER NOT NULL DEFAULT 0,
      clock       INTEGER NOT NULL DEFAULT 0,
      -- Both NULL where no sweep is under way.
      sweep_up_to INTEGER,
      sweep_after TEXT
    ) STRICT;
    WITH RECURSIVE p(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM p WHERE n < ${partitionCount - 1})
      INSERT INTO checkpoints_${generation} (partition) SELECT n FROM p;
    CREATE TABLE parked_${generation} (
      member_id       TEXT PRIMARY KEY,
      position        INTEGER NOT NULL,
      event_id        TEXT NOT NULL,
      reason          TEXT NOT NULL,
      parked_at       INTEGER NOT NULL,
      retry_requested INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
  `
}

const dropTables = (generation: number) =>
  ['members', 'checkpoints', 'parked'].map((table) => `DROP TABLE IF EXISTS ${table}_${generation};`).join(' ')

type MemberRow = [memberId: string, state: string, shown: string, nextDue: number | null]

function toMember([memberId, state, shown, nextDue]: MemberRow): StoredMember {
  return { memberId, state, shown: JSON.parse(shown), nextDue }
}

const memberColumns = 'member_id, state, shown, next_due'
/** Bound values in one statement; SQLite's own limit is far higher. */
const idsPerQuery = 500

export interface SqliteReadStoreOptions {
  readOnly?: boolean
  /** Notes whose rows change, for `changedRows`. The first commit of a store that was opened without it forgets them. */
  trackRows?: boolean
}

/** The embedded read store of one projector: one SQLite file. */
export function openSqliteReadStore(file: string, { readOnly = false, trackRows = false }: SqliteReadStoreOptions = {}): ReadStore {
  const database = openDatabase(file, { version: 3, schema, durability: 'normal', cacheMegabytes: 8, pageSize: 4096, readOnly })
  if (!readOnly) addColumns(database)
  return createReadStore(database, trackRows)
}

function createReadStore(database: DatabaseSync, trackRows: boolean): ReadStore {
  const statement = statementsOf(database)
  const changedRows = changedRowsOf(database, statement)
  /** Whether the next commit to live tables is the first one of a store that does not track rows: it ends what another began. */
  let mayEndTracking = !trackRows

  const findGeneration = (status: 'live' | 'building') =>
    statement('SELECT generation, version FROM generations WHERE status = ?').get(status) as [number, number] | undefined

  /** The one there is, unless `keep` says otherwise. Looked for in the transaction: another process may be as fast. */
  function findOrCreate(status: 'live' | 'building', { version, filters }: Layout, keep: (version: number) => boolean): ReadModel {
    const [generation, foundVersion] = inTransaction(database, () => {
      const found = findGeneration(status)
      if (found && keep(found[1])) return found
      if (found) drop(found[0])
      const { lastInsertRowid } = statement('INSERT INTO generations (version, status) VALUES (?, ?)').run(version, status)
      database.exec(generationTables(Number(lastInsertRowid), filters))
      return [Number(lastInsertRowid), version] as const
    })
    return createReadModel(generation, foundVersion, filters)
  }

  function drop(generation: number): void {
    statement('DELETE FROM generations WHERE generation = ?').run(generation)
    statement('DELETE FROM leases WHERE generation = ?').run(generation)
    statement.forget(`_${generation}`)
    database.exec(dropTables(generation))
  }

  function createReadModel(generation: number, version: number, filters: readonly string[]): ReadModel {
    const members = `members_${generation}`
    const filterColumns = filters.map((filter) => `"by_${filter}"`)
    const columns = ['member_id', 'partition', 'state', 'shown', 'next_due', ...filterColumns]
    const upsert = `
      INSERT INTO ${members} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
      ON CONFLICT (member_id) DO UPDATE SET ${columns
        .slice(2)
        .map((column) => `${column} = excluded.${column}`)
        .join(', ')}`

    function assertStillThere(): { isLive: boolean; tracked: boolean } {
      const found = statement("SELECT status = 'live', tracked FROM generations WHERE generation = ?").get(generation) as
        | [number, number]
        | undefined
      if (!found) throw new GenerationRetired()
      return { isLive: found[0] === 1, tracked: found[1] === 1 }
    }

    function leases(): PartitionLease[] {
      const rows = statement(
        'SELECT partition, owner, epoch, held_until FROM leases WHERE generation = ? AND owner IS NOT NULL ORDER BY partition',
      ).all(generation) as unknown as [number, string, number, number][]
      const now = Date.now()
      return rows.map(([partition, owner, epoch, until]) => ({ partition, owner, epoch, over: until <= now }))
    }

    function assertMayWrite(changes: Changes): void {
      const held = leases()
      refuseLost(changes, held)
      // Whoever held one and was away for too long must not come back beside a writer without leases.
      if (changes.epoch === undefined && held.length > 0) {
        statement('UPDATE leases SET owner = NULL WHERE generation = ? AND held_until <= ?').run(generation, Date.now())
      }
    }

    const readModel: ReadModel = {
      generation,
      version,

      async checkpoints() {
        const rows = statement(
          `SELECT partition, position, clock, sweep_up_to, sweep_after FROM checkpoints_${generation} ORDER BY partition`,
        ).all() as unknown as CheckpointRow[]
        return rows.map(toCheckpoint)
      },

      async load(memberIds) {
        const found = new Map<string, StoredMember>()
        for (let start = 0; start < memberIds.length; start += idsPerQuery) {
          const ids = memberIds.slice(start, start + idsPerQuery)
          // One statement for all lengths: the ids travel as one JSON array.
          const rows = statement(`SELECT ${memberColumns} FROM ${members} WHERE member_id IN (SELECT value FROM json_each(?))`).all(
            JSON.stringify(ids),
          ) as unknown as MemberRow[]
          for (const row of rows) found.set(row[0], toMember(row))
        }
        return found
      },

      async commit(changes) {
        const { members: changed, remove = [], checkpoint, announcements = [], park = [], unpark = [], sweep } = changes
        const isLive = inTransaction(database, () => {
          const { isLive, tracked } = assertStillThere()
          assertMayWrite(changes)
          const write = statement(upsert)
          for (const { memberId, state, shown, nextDue } of changed) {
            const values: SQLInputValue[] = [memberId, partitionOf(memberId), state, JSON.stringify(shown), nextDue]
            for (const filter of filters) values.push(shown[filter] === null || shown[filter] === undefined ? null : String(shown[filter]))
            write.run(...values)
          }
          const removed = remove.filter((memberId) => statement(`DELETE FROM ${members} WHERE member_id = ?`).run(memberId).changes > 0)
          if (tracked && mayEndTracking) changedRows.end()
          else if (tracked) changedRows.note([...changed.map(({ memberId }) => memberId), ...removed])
          for (const { memberId, position, eventId, reason, parkedAt } of park) {
            statement(
              `INSERT INTO parked_${generation} VALUES (?, ?, ?, ?, ?, 0)
               ON CONFLICT DO UPDATE SET position = excluded.position, event_id = excluded.event_id, reason = excluded.reason, retry_requested = 0`,
            ).run(memberId, position, eventId, reason, parkedAt)
          }
          for (const memberId of unpark) statement(`DELETE FROM parked_${generation} WHERE member_id = ?`).run(memberId)
          for (const announcement of announcements) statement('INSERT INTO outbox (announcement) VALUES (?)').run(announcement)
          if (checkpoint) {
            statement(
              `UPDATE checkpoints_${generation} SET position = coalesce(?, position), clock = coalesce(?, clock)
               WHERE partition IN (SELECT value FROM json_each(?))`,
            ).run(checkpoint.position ?? null, checkpoint.clock ?? null, JSON.stringify(checkpoint.partitions))
          }
          if (sweep) {
            statement(
              `UPDATE checkpoints_${generation} SET sweep_up_to = ?, sweep_after = ? WHERE partition IN (SELECT value FROM json_each(?))`,
            ).run(sweep.mark?.upTo ?? null, sweep.mark?.after ?? null, JSON.stringify(sweep.partitions))
          }
          return isLive
        })
        if (isLive) mayEndTracking = false
      },

      async claim({ owner, partitions, ttlMs }) {
        return inTransaction(database, () => {
          assertStillThere()
          const now = Date.now()
          const [epoch] = statement('SELECT coalesce(max(epoch), 0) + 1 FROM leases WHERE generation = ?').get(generation) as unknown as [
            number,
          ]
          const take = statement(`
            INSERT INTO leases (generation, partition, epoch, owner, held_until) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET epoch = excluded.epoch, owner = excluded.owner, held_until = excluded.held_until
              WHERE owner IS NULL OR owner = excluded.owner OR held_until <= ?`)
          const taken = partitions.filter((partition) => take.run(generation, partition, epoch, owner, now + ttlMs, now).changes > 0)
          // An epoch that nothing carries would be the next one's, too.
          return { epoch: taken.length > 0 ? epoch : 0, partitions: taken }
        })
      },

      async renew({ epoch, partitions }, ttlMs) {
        return inTransaction(database, () => {
          assertStillThere()
          const extend = statement(
            'UPDATE leases SET held_until = ? WHERE generation = ? AND partition = ? AND epoch = ? AND owner IS NOT NULL',
          )
          const until = Date.now() + ttlMs
          return { epoch, partitions: partitions.filter((partition) => extend.run(until, generation, partition, epoch).changes > 0) }
        })
      },

      async release({ epoch, partitions }) {
        inTransaction(database, () => {
          assertStillThere()
          for (const partition of partitions) {
            statement('UPDATE leases SET owner = NULL WHERE generation = ? AND partition = ? AND epoch = ?').run(
              generation,
              partition,
              epoch,
            )
          }
        })
      },

      async leases() {
        assertStillThere()
        return leases()
      },

      async enlist(owner, ttlMs) {
        return inTransaction(database, () => {
          assertStillThere()
          const now = Date.now()
          statement('DELETE FROM owners WHERE until <= ?').run(now)
          // Of the projector and not of the generation: whoever shares the old tables goes on with the new ones.
          statement('INSERT INTO owners VALUES (?, ?) ON CONFLICT DO UPDATE SET until = excluded.until').run(owner, now + ttlMs)
          return (statement('SELECT owner FROM owners ORDER BY owner').all() as unknown as [string][]).map(([name]) => name)
        })
      },

      async leave(owner) {
        inTransaction(database, () => {
          assertStillThere()
          statement('DELETE FROM owners WHERE owner = ?').run(owner)
          statement('UPDATE leases SET owner = NULL WHERE generation = ? AND owner = ?').run(generation, owner)
        })
      },

      async due({ at, limit, partitions }) {
        const own = partitions.length === partitionCount ? '' : `AND partition IN (${partitions.join()})`
        const rows = statement(`SELECT ${memberColumns} FROM ${members} WHERE next_due <= ? ${own} ORDER BY next_due LIMIT ?`).all(
          at,
          limit,
        )
        return (rows as unknown as MemberRow[]).map(toMember)
      },

      async page({ after, limit, where = {}, dueAt }) {
        const conditions = Object.keys(where).map((filter) => `"by_${filter}" = ?`)
        const matches = conditions.length === 0 ? '1' : conditions.join(' AND ')
        const due = dueAt === undefined || conditions.length === 0 ? '' : ' OR next_due <= ?'
        const rows = statement(
          `SELECT ${memberColumns} FROM ${members} WHERE member_id > ? AND ((${matches})${due}) ORDER BY member_id LIMIT ?`,
        ).all(after, ...Object.values(where), ...(due ? [dueAt as number] : []), limit) as unknown as MemberRow[]
        return rows.map(toMember)
      },

      async parked() {
        const rows = statement(
          `SELECT member_id, position, event_id, reason, parked_at, retry_requested FROM parked_${generation} ORDER BY member_id`,
        ).all()
        return (rows as unknown as [string, number, string, string, number, number][]).map(
          ([memberId, position, eventId, reason, parkedAt, retry]): ParkedMember => ({
            memberId,
            position,
            eventId,
            reason,
            parkedAt,
            retryRequested: retry === 1,
          }),
        )
      },

      async requestRetry(memberId) {
        const sql = `UPDATE parked_${generation} SET retry_requested = 1 WHERE ? IS NULL OR member_id = ?`
        const { changes } = inTransaction(database, () => statement(sql).run(memberId ?? null, memberId ?? null))
        return Number(changes)
      },

      async counts() {
        const [count, parked] = statement(
          `SELECT (SELECT count(*) FROM ${members}), (SELECT count(*) FROM parked_${generation})`,
        ).get() as unknown as [number, number]
        return { members: count, parked }
      },

      async countBy(filter) {
        if (!filters.includes(filter)) throw new Error(`not a filter: ${filter}`)
        return new Map(
          statement(`SELECT "by_${filter}", count(*) FROM ${members} GROUP BY 1 ORDER BY 1`).all() as unknown as [string, number][],
        )
      },
    }
    return tellingRetirement(readModel, assertStillThere)
  }

  /** From here on, commits to the live tables note whose rows change; all that are there wait to be published. */
  function beginTracking(): void {
    const untracked = () =>
      statement("SELECT generation FROM generations WHERE status = 'live' AND tracked = 0").get() as [number] | undefined
    if (!trackRows || !untracked()) return
    inTransaction(database, () => {
      const found = untracked()
      if (found) changedRows.begin(found[0])
    })
  }

  /**
   * What is relayed must survive a power cut, or its sequence number would be given to another announcement. One
   * synchronous commit makes everything before it durable, too.
   */
  function makeDurable(): void {
    database.exec('PRAGMA synchronous = full')
    try {
      inTransaction(database, () => statement('UPDATE instance SET id = id').run())
    } finally {
      database.exec('PRAGMA synchronous = normal')
    }
  }

  return {
    async live(layout) {
      const found = findGeneration('live')
      const live = found ? createReadModel(found[0], found[1], layout.filters) : findOrCreate('live', layout, () => true)
      beginTracking()
      return live
    },

    async building(layout) {
      return findOrCreate('building', layout, (version) => version === layout.version)
    },

    async swap() {
      return inTransaction(database, () => {
        const live = findGeneration('live')
        const building = findGeneration('building')
        if (!building) return false
        if (live) {
          const [differing] = statement(
            `SELECT count(*) FROM checkpoints_${live[0]} a JOIN checkpoints_${building[0]} b USING (partition) WHERE a.position <> b.position OR a.clock > b.clock`,
          ).get() as unknown as [number]
          if (differing > 0) return false
        }
        if (trackRows || changedRows.tracks(live?.[0])) changedRows.begin(building[0], live?.[0])
        if (live) drop(live[0])
        statement("UPDATE generations SET status = 'live' WHERE generation = ?").run(building[0])
        return true
      })
    },

    async abandonBuild() {
      const found = findGeneration('building')
      if (found) inTransaction(database, () => drop(found[0]))
    },

    async pendingAnnouncements(limit) {
      const rows = statement('SELECT sequence, announcement, (SELECT id FROM instance) FROM outbox ORDER BY sequence LIMIT ?').all(limit)
      // After they are read: a projector in another process may have added some just before.
      if (rows.length > 0) makeDurable()
      return (rows as unknown as [number, string, string][]).map(([sequence, announcement, instance]) => ({
        sequence,
        announcement,
        id: `${instance}-${sequence}`,
      }))
    },

    async markRelayed(upTo) {
      inTransaction(database, () => statement('DELETE FROM outbox WHERE sequence <= ?').run(upTo))
    },

    async outboxLag() {
      const [count] = statement('SELECT count(*) FROM outbox').get() as unknown as [number]
      return count
    },

    async changedRows(limit) {
      beginTracking()
      return trackRows ? changedRows.waiting(limit) : []
    },

    async markPublished(rows) {
      if (trackRows) changedRows.forget(rows)
    },

    async rowsLag() {
      beginTracking()
      return trackRows ? changedRows.count() : 0
    },

    async close() {
      database.close()
    },
  }
}

/** Whoever still holds tables that a rebuild has replaced is told so, not that a table is missing. */
function tellingRetirement(readModel: ReadModel, assertStillThere: () => void): ReadModel {
  return new Proxy(readModel, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        try {
          return await member.apply(target, args)
        } catch (error) {
          assertStillThere()
          throw error
        }
      }
    },
  })
}
