import { PerennialError, partitionOf } from '@perennial/contracts'
import { type EventHeading, memberOfStream } from '@perennial/event-store'
import { inTransaction, openDatabase, statementsOf } from '@perennial/sqlite'
import { digestOf } from './identity.ts'
import type { PlacedEvent } from './wire.ts'

const schema = `
  CREATE TABLE IF NOT EXISTS streams (
    no        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    partition INTEGER,                    -- NULL: not a member's stream
    revision  INTEGER NOT NULL,           -- of the last event on the server
    shown     INTEGER NOT NULL            -- of the last event that counts; -1: there is none
  ) STRICT;

  CREATE TABLE IF NOT EXISTS sources (no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE IF NOT EXISTS types (no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY,
    stream   INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    type     INTEGER NOT NULL,
    source   INTEGER NOT NULL,
    id       TEXT NOT NULL,
    digest   BLOB NOT NULL,
    append   BLOB NOT NULL,
    ordinal  INTEGER NOT NULL             -- 1 for the first event that counts, and so on without a gap
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS events_by_identity ON events (source, id);

  CREATE TABLE IF NOT EXISTS stream_events (
    stream   INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (stream, revision)
  ) STRICT, WITHOUT ROWID;

  -- One row: the position up to which everything was taken in, and how much counts of it.
  CREATE TABLE IF NOT EXISTS log (position INTEGER NOT NULL, events INTEGER NOT NULL, members INTEGER NOT NULL) STRICT;
  INSERT INTO log SELECT 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM log);
`

/** Behind every name that begins with `member-`: the character after the hyphen. */
const endOfMembers = 'member.'
const headingColumns = 'e.position, s.name, e.revision, t.name'
const headingTables = 'events e JOIN streams s ON s.no = e.stream JOIN types t ON t.no = e.type'
type HeadingRow = [number, string, number, string]

export interface KnownEvent {
  position: number
  revision: number
  digest: string
  append: string
}

export interface EventPlace {
  revision: number
  position: number
}

/**
 * What stands where in the log on the server, without the contents: which events count, which streams there are. It is
 * made from the log alone, in the order of the log, so every index of the same log says the same, and one that is lost
 * is made again.
 *
 * An event whose source and id came before, in whatever stream, does not count. That is where the port's promise to
 * store such an event once is kept: two processes that append it at the same moment to two streams cannot know of each
 * other, but afterwards all readers agree on which was first.
 */
export interface LogIndex {
  /** Position up to which every event of ours was taken in. */
  position(): number
  /**
   * Takes events in, in the order of the log, all in one transaction; passes over those that it has.
   * @throws PerennialError `log-changed` when a stream has a gap
   */
  take(events: readonly PlacedEvent[]): void
  /** Revisions of a stream's last event on the server and of the last one that counts; -1 where there is none. */
  stream(name: string): { revision: number; shown: number }
  find(source: string, id: string): KnownEvent | undefined
  /** The last event that counts. */
  last(): (EventHeading & KnownEvent) | undefined
  counts(): { events: number; members: number }
  /** How many events that count stand after a position; found, not counted. */
  countAfter(position: number): number
  headings(after: number, limit: number): EventHeading[]
  ofStream(name: string, upTo: number): EventPlace[]
  ofCategory(category: string, after: number, upTo: number): EventHeading[]
  /** Names of members' streams behind one, in byte order. */
  memberStreams(after: string, limit: number, partitions: readonly number[] | undefined): string[]
  close(): void
}

/** @param file a path, or `:memory:` */
export function openLogIndex(file: string): LogIndex {
  // It can be made again: what a power cut takes of it is read from the server once more.
  const database = openDatabase(file, { version: 1, schema, durability: 'normal', cacheMegabytes: 32 })
  const statement = statementsOf(database)

  const numbers = { sources: new Map<string, number>(), types: new Map<string, number>() }
  function numberOf(table: 'sources' | 'types', name: string): number {
    let no = numbers[table].get(name)
    if (no === undefined) {
      statement(`INSERT INTO ${table} (name) VALUES (?) ON CONFLICT DO NOTHING`).run(name)
      ;[no] = statement(`SELECT no FROM ${table} WHERE name = ?`).get(name) as unknown as [number]
      numbers[table].set(name, no)
    }
    return no
  }

  function findStream(name: string): [no: number, revision: number, shown: number] | undefined {
    return statement('SELECT no, revision, shown FROM streams WHERE name = ?').get(name) as [number, number, number] | undefined
  }

  function createStream(name: string): [no: number, revision: number, shown: number] {
    const member = memberOfStream(name)
    const partition = member === undefined ? null : partitionOf(member)
    const { lastInsertRowid } = statement('INSERT INTO streams (name, partition, revision, shown) VALUES (?, ?, -1, -1)').run(
      name,
      partition,
    )
    return [Number(lastInsertRowid), -1, -1]
  }

  const insert = statement('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, id) DO NOTHING')
  const insertPlace = statement('INSERT INTO stream_events VALUES (?, ?, ?)')

  /**
   * @param ordinal that the event has if it counts
   * @returns whether it counts, and whether it is its member's first that does
   */
  function takeOne(event: PlacedEvent, ordinal: number): { counts: boolean; isNewMember: boolean } {
    const [no, revision, shown] = findStream(event.stream) ?? createStream(event.stream)
    if (event.revision !== revision + 1) {
      throw new PerennialError('log-changed', {
        where: event.stream,
        message: `After revision ${revision} comes ${event.revision}.`,
      })
    }
    const counts = event.envelope !== undefined && insertEvent(event, no, ordinal)
    if (counts) insertPlace.run(no, event.revision, event.position)
    statement('UPDATE streams SET revision = ?, shown = ? WHERE no = ?').run(event.revision, counts ? event.revision : shown, no)
    return { counts, isNewMember: counts && shown === -1 && memberOfStream(event.stream) !== undefined }
  }

  function insertEvent({ position, stream, revision, type, data, envelope }: PlacedEvent, streamNo: number, ordinal: number): boolean {
    const { source, id, occurredAt, append } = envelope as NonNullable<typeof envelope>
    const { changes } = insert.run(
      position,
      streamNo,
      revision,
      numberOf('types', type),
      numberOf('sources', source),
      id,
      Buffer.from(digestOf({ stream, type, occurredAt, data }), 'hex'),
      Buffer.from(append, 'hex'),
      ordinal,
    )
    return changes === 1
  }

  function takeAll(events: readonly PlacedEvent[]): void {
    const [before, allEvents, allMembers] = statement('SELECT position, events, members FROM log').get() as unknown as [
      number,
      number,
      number,
    ]
    const log = { position: before, events: allEvents, members: allMembers }
    let previous = 0
    for (const event of events) {
      if (event.position <= previous) throw new Error(`Two events at position ${event.position}.`)
      previous = event.position
      if (event.position <= log.position) continue
      const { counts, isNewMember } = takeOne(event, log.events + 1)
      log.position = event.position
      if (counts) log.events++
      if (isNewMember) log.members++
    }
    if (log.position > before) statement('UPDATE log SET position = ?, events = ?, members = ?').run(log.position, log.events, log.members)
  }

  function toKnown([position, revision, digest, append]: [number, number, Uint8Array, Uint8Array]): KnownEvent {
    return { position, revision, digest: Buffer.from(digest).toString('hex'), append: Buffer.from(append).toString('hex') }
  }

  return {
    position() {
      return (statement('SELECT position FROM log').get() as unknown as [number])[0]
    },

    take(events) {
      if (events.length === 0) return
      try {
        inTransaction(database, () => takeAll(events))
      } catch (error) {
        // Numbers that were given out in a transaction that is undone now.
        for (const known of Object.values(numbers)) known.clear()
        throw error
      }
    },

    stream(name) {
      const [, revision, shown] = findStream(name) ?? [0, -1, -1]
      return { revision, shown }
    },

    find(source, id) {
      const row = statement(
        'SELECT position, revision, digest, append FROM events WHERE source = (SELECT no FROM sources WHERE name = ?) AND id = ?',
      ).get(source, id) as [number, number, Uint8Array, Uint8Array] | undefined
      return row && toKnown(row)
    },

    last() {
      const row = statement(`SELECT ${headingColumns}, e.digest, e.append FROM ${headingTables} ORDER BY e.position DESC LIMIT 1`).get() as
        | [...HeadingRow, Uint8Array, Uint8Array]
        | undefined
      return row && { ...toHeading([row[0], row[1], row[2], row[3]]), ...toKnown([row[0], row[2], row[4], row[5]]) }
    },

    counts() {
      const [events, members] = statement('SELECT events, members FROM log').get() as unknown as [number, number]
      return { events, members }
    },

    countAfter(position) {
      const [upTo] = (statement('SELECT ordinal FROM events WHERE position <= ? ORDER BY position DESC LIMIT 1').get(position) ?? [0]) as [
        number,
      ]
      const [events] = statement('SELECT events FROM log').get() as unknown as [number]
      return events - upTo
    },

    headings(after, limit) {
      const rows = statement(`SELECT ${headingColumns} FROM ${headingTables} WHERE e.position > ? ORDER BY e.position LIMIT ?`)
      return (rows.all(after, limit) as unknown as HeadingRow[]).map(toHeading)
    },

    ofStream(name, upTo) {
      const rows = statement(
        'SELECT i.revision, i.position FROM streams s JOIN stream_events i ON i.stream = s.no WHERE s.name = ? AND i.position <= ? ORDER BY i.revision',
      ).all(name, upTo) as unknown as [number, number][]
      return rows.map(([revision, position]) => ({ revision, position }))
    },

    ofCategory(category, after, upTo) {
      const rows = statement(
        `SELECT ${headingColumns} FROM streams s JOIN stream_events i ON i.stream = s.no JOIN events e ON e.position = i.position JOIN types t ON t.no = e.type
         WHERE s.name >= ? AND s.name < ? AND i.position > ? AND i.position <= ? ORDER BY i.position`,
      ).all(`${category}-`, `${category}.`, after, upTo) as unknown as HeadingRow[]
      return rows.map(toHeading)
    },

    memberStreams(after, limit, partitions) {
      // The plus sign keeps the planner on the order by name: sorting would hold all names in memory.
      const own = partitions === undefined ? 'partition IS NOT NULL' : `+partition IN (${partitions.join()})`
      const rows = statement(`SELECT name FROM streams WHERE ${own} AND shown >= 0 AND name > ? AND name < ? ORDER BY name LIMIT ?`)
      return (rows.all(after, endOfMembers, limit) as unknown as [string][]).map(([name]) => name)
    },

    close() {
      database.close()
    },
  }
}

function toHeading([position, stream, revision, type]: HeadingRow): EventHeading {
  return { position, stream, revision, type }
}
