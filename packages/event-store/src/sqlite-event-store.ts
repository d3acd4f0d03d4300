import type { DatabaseSync } from 'node:sqlite'
import { isDeepStrictEqual } from 'node:util'
import { PerennialError, partitionOf } from '@perennial/contracts'
import { inTransaction, openDatabase, statementsOf } from '@perennial/sqlite'
import {
  type AppendResult,
  type EventRecord,
  type EventStore,
  type MemberRecords,
  memberOfStream,
  memberStream,
  type NewEvent,
} from './event-store.ts'

const schema = `
  CREATE TABLE IF NOT EXISTS streams (
    no        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    partition INTEGER                     -- NULL: not a member's stream
  ) STRICT;

  CREATE TABLE IF NOT EXISTS sources (
    no   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;

  CREATE TABLE IF NOT EXISTS events (
    position    INTEGER PRIMARY KEY,
    stream      INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    type        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    source      INTEGER NOT NULL,
    id          TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    data        TEXT NOT NULL,
    metadata    TEXT
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS events_by_identity ON events (source, id);

  -- Which events a stream has. A table of its own, because it is filled once per append in its own order, which
  -- costs half of what an index costs that is kept row by row.
  CREATE TABLE IF NOT EXISTS stream_events (
    stream   INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (stream, revision)
  ) STRICT, WITHOUT ROWID;
`

const eventColumns = 'e.position, s.name, e.revision, e.type, e.version, e.source, e.id, e.occurred_at, e.recorded_at, e.data, e.metadata'
type EventRow = [number, string, number, string, number, number, string, number, number, string, string | null]

/** Streams whose last revision is kept in memory between appends. */
const knownStreamsMax = 200_000
const membersPerPage = 64
/** Behind every name that begins with `member-`: the character after the hyphen. */
const endOfMembers = 'member.'

export interface SqliteEventStoreOptions {
  readOnly?: boolean
  cacheMegabytes?: number
}

/** The embedded event store: one SQLite file. */
export function openSqliteEventStore(file: string, options: SqliteEventStoreOptions = {}): EventStore {
  const database = openDatabase(file, { version: 1, schema, durability: 'full', cacheMegabytes: 32, ...options })
  return createStore(database)
}

interface KnownStream {
  no: number
  revision: number
}

function createStore(database: DatabaseSync): EventStore {
  const statement = statementsOf(database)

  const sourceNames = new Map<number, string>()
  const sourceNumbers = new Map<string, number>()

  function sourceName(no: number): string {
    let name = sourceNames.get(no)
    if (name === undefined) {
      ;[name] = statement('SELECT name FROM sources WHERE no = ?').get(no) as unknown as [string]
      sourceNames.set(no, name)
    }
    return name
  }

  function sourceNumber(name: string): number {
    let no = sourceNumbers.get(name)
    if (no === undefined) {
      statement('INSERT INTO sources (name) VALUES (?) ON CONFLICT DO NOTHING').run(name)
      ;[no] = statement('SELECT no FROM sources WHERE name = ?').get(name) as unknown as [number]
      sourceNumbers.set(name, no)
    }
    return no
  }

  const knownStreams = new Map<string, KnownStream>()
  let seenVersion = -1

  /** What is remembered between appends is true as long as no other connection wrote. Inside the transaction only. */
  function forgetWhatOthersChanged(): void {
    const [version] = statement('PRAGMA data_version').get() as unknown as [number]
    if (version !== seenVersion || knownStreams.size > knownStreamsMax) {
      knownStreams.clear()
      sourceNumbers.clear()
    }
    seenVersion = version
  }

  function findStream(name: string): KnownStream {
    let stream = knownStreams.get(name)
    if (stream) return stream
    const row = statement('SELECT no, (SELECT max(revision) FROM stream_events WHERE stream = no) FROM streams WHERE name = ?').get(name) as
      | [number, number | null]
      | undefined
    if (row) {
      stream = { no: row[0], revision: row[1] ?? -1 }
    } else {
      const memberId = memberOfStream(name)
      const { lastInsertRowid } = statement('INSERT INTO streams (name, partition) VALUES (?, ?)').run(
        name,
        memberId === undefined ? null : partitionOf(memberId),
      )
      stream = { no: Number(lastInsertRowid), revision: -1 }
    }
    knownStreams.set(name, stream)
    return stream
  }

  /** The first event of a stream turned out to be known already, from another member's stream. */
  function forgetEmptyStream(name: string, no: number): void {
    statement('DELETE FROM streams WHERE no = ?').run(no)
    knownStreams.delete(name)
  }

  /** Positions are given without a gap, from 1 on, and no event ever goes: so this is also how many events there are. */
  function headPosition(): number {
    const [position] = statement('SELECT coalesce(max(position), 0) FROM events').get() as unknown as [number]
    return position
  }

  const insert = statement('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')

  /** Appends inside a transaction. Memory of streams is dropped on failure, since the transaction is undone. */
  function appendAll(events: readonly NewEvent[]): AppendResult {
    const before = headPosition()
    let position = before
    const duplicates: number[] = []
    const conflicts: number[] = []
    for (let index = 0; index < events.length; index++) {
      const event = events[index] as NewEvent
      const stream = findStream(event.stream)
      const { changes } = insert.run(
        position + 1,
        stream.no,
        stream.revision + 1,
        event.type,
        event.version,
        sourceNumber(event.source),
        event.id,
        event.occurredAt,
        event.recordedAt,
        event.data,
        event.metadata,
      )
      if (changes === 0) {
        ;(isStoredAs(event, stream.no) ? duplicates : conflicts).push(index)
        if (stream.revision === -1) forgetEmptyStream(event.stream, stream.no)
        continue
      }
      position++
      stream.revision++
    }
    statement('INSERT INTO stream_events SELECT stream, revision, position FROM events WHERE position > ? ORDER BY stream, revision').run(
      before,
    )
    return { appended: position - before, duplicates, conflicts, position }
  }

  function isStoredAs(event: NewEvent, streamNo: number): boolean {
    const [stream, type, occurredAt, data] = statement(
      'SELECT stream, type, occurred_at, data FROM events WHERE source = ? AND id = ?',
    ).get(sourceNumber(event.source), event.id) as unknown as [number, string, number, string]
    if (stream !== streamNo || type !== event.type || occurredAt !== event.occurredAt) return false
    return data === event.data || isDeepStrictEqual(JSON.parse(data), JSON.parse(event.data))
  }

  function write<T>(work: () => T): T {
    try {
      return inTransaction(database, () => {
        forgetWhatOthersChanged()
        return work()
      })
    } catch (error) {
      knownStreams.clear()
      sourceNumbers.clear()
      throw error
    }
  }

  function toRecord(row: EventRow): EventRecord {
    const record: EventRecord = {
      position: row[0],
      stream: row[1],
      revision: row[2],
      type: row[3],
      version: row[4],
      source: sourceName(row[5]),
      id: row[6],
      occurredAt: row[7],
      recordedAt: row[8],
      data: JSON.parse(row[9]),
    }
    if (row[10] !== null) record.metadata = JSON.parse(row[10])
    return record
  }

  const streamQuery = statement(
    `SELECT ${eventColumns.replace('s.name', '?')} FROM stream_events i JOIN events e ON e.position = i.position
     WHERE i.stream = ? AND i.position <= ? ORDER BY i.revision`,
  )

  return {
    async append(events) {
      return write(() => appendAll(events))
    },

    async appendDecision(event, expectedRevision) {
      return write(() => {
        const { revision } = findStream(event.stream)
        if (revision !== expectedRevision) {
          throw new PerennialError('wrong-revision', {
            where: event.stream,
            message: `Expected revision ${expectedRevision}, found ${revision}.`,
          })
        }
        const { appended, position } = appendAll([event])
        if (appended === 0) throw new PerennialError('event-id-reused', { where: `${event.source} ${event.id}` })
        return { position, revision: revision + 1 }
      })
    },

    async readAll({ after, limit }) {
      const rows = statement(
        `SELECT ${eventColumns} FROM events e JOIN streams s ON s.no = e.stream WHERE e.position > ? ORDER BY e.position LIMIT ?`,
      ).all(after, limit) as unknown as EventRow[]
      return rows.map(toRecord)
    },

    async readHeadings({ after, limit }) {
      const rows = statement(
        'SELECT e.position, s.name, e.revision, e.type FROM events e JOIN streams s ON s.no = e.stream WHERE e.position > ? ORDER BY e.position LIMIT ?',
      ).all(after, limit) as unknown as [number, string, number, string][]
      return rows.map(([position, stream, revision, type]) => ({ position, stream, revision, type }))
    },

    async readStream(stream, { upTo = Number.MAX_SAFE_INTEGER } = {}) {
      const row = statement('SELECT no FROM streams WHERE name = ?').get(stream) as [number] | undefined
      if (!row) return []
      return (streamQuery.all(stream, row[0], upTo) as unknown as EventRow[]).map(toRecord)
    },

    async readCategory(category, { after = 0, upTo = Number.MAX_SAFE_INTEGER } = {}) {
      const rows = statement(
        `SELECT ${eventColumns} FROM streams s JOIN stream_events i ON i.stream = s.no JOIN events e ON e.position = i.position
         WHERE s.name >= ? AND s.name < ? AND i.position > ? AND i.position <= ? ORDER BY i.position`,
      ).all(`${category}-`, `${category}.`, after, upTo) as unknown as EventRow[]
      return rows.map(toRecord)
    },

    async *readHistories({ upTo, partitions, after: afterMember = '' }) {
      // The plus sign keeps the planner on the order by name: sorting would hold all names in memory.
      const own = partitions === undefined ? 'partition IS NOT NULL' : `+partition IN (${partitions.join()})`
      const page = statement(`SELECT no, name FROM streams WHERE ${own} AND name > ? AND name < ? ORDER BY name LIMIT ${membersPerPage}`)
      for (let after = memberStream(afterMember); ; ) {
        const streams = page.all(after, endOfMembers) as unknown as [number, string][]
        const last = streams.at(-1)
        if (!last) return
        const members: MemberRecords[] = []
        for (const [no, name] of streams) {
          const rows = streamQuery.all(name, no, upTo) as unknown as EventRow[]
          if (rows.length > 0) members.push({ memberId: memberOfStream(name) as string, events: rows.map(toRecord) })
        }
        yield members
        after = last[1]
      }
    },

    async head() {
      return headPosition()
    },

    async countAfter(position) {
      return Math.max(0, headPosition() - Math.max(0, position))
    },

    async counts() {
      const [members] = statement('SELECT count(*) FROM streams WHERE partition IS NOT NULL').get() as unknown as [number]
      return { events: headPosition(), members }
    },

    async close() {
      database.close()
    },
  }
}
