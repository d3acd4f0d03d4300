import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { isCompacted, partitionOf } from '@perennial/contracts'
import { inTransaction, openDatabase, statementsOf } from '@perennial/sqlite'
import { assertPublishable, beginning, cursorRefused, type Message, type MessageBus } from './message-bus.ts'

const schema = `
  CREATE TABLE IF NOT EXISTS consumer_groups (
    topic          TEXT NOT NULL,
    consumer_group TEXT NOT NULL,
    offset         INTEGER NOT NULL,
    PRIMARY KEY (topic, consumer_group)
  ) STRICT, WITHOUT ROWID;
`

/**
 * Messages live in a table per topic; offsets count the whole topic, so the order within a partition is theirs. A
 * compacted topic is compacted at once: a message takes the place of the earlier ones of its key.
 */
const topicTable = (topic: string) => `
  CREATE TABLE IF NOT EXISTS "${tableName(topic)}" (
    offset       INTEGER PRIMARY KEY AUTOINCREMENT,
    partition    INTEGER NOT NULL,
    key          TEXT,
    value        ANY ${isCompacted(topic) ? '' : 'NOT NULL'},
    headers      TEXT,
    id           TEXT,
    published_at INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS "${tableName(topic)}_by_id" ON "${tableName(topic)}" (id) WHERE id IS NOT NULL;
  ${isCompacted(topic) ? `CREATE INDEX IF NOT EXISTS "${tableName(topic)}_by_key" ON "${tableName(topic)}" (key);` : ''}
`

function tableName(topic: string): string {
  if (!/^[a-z][a-z0-9-]*$/.test(topic)) throw new Error(`not a topic name: ${topic}`)
  return `topic_${topic.replaceAll('-', '_')}`
}

type MessageRow = [number, number, string | null, string | Uint8Array | null, string | null]

export interface SqliteMessageBusOptions {
  /** How often an idle consumer looks for messages of other processes. */
  pollMs?: number
  /** Messages are kept this long, and until every group has read them. */
  retentionMs?: number
}

const week = 7 * 24 * 3_600_000
const trimMax = 20_000
/** Publishes between two looks for old messages, for topics that nobody consumes here. */
const trimEvery = 1_000

/** The embedded bus: one SQLite file, shared by the processes of one machine. */
export function openSqliteMessageBus(file: string, options: SqliteMessageBusOptions = {}): MessageBus {
  const database = openDatabase(file, { version: 1, schema, durability: 'full' })
  const { pollMs = 100, retentionMs = week } = options
  return createBus(database, pollMs, retentionMs)
}

function createBus(database: DatabaseSync, pollMs: number, retentionMs: number): MessageBus {
  const statement = statementsOf(database)

  const openTopics = new Set<string>()
  let publishes = 0
  function open(topic: string): string {
    if (!openTopics.has(topic)) {
      database.exec(topicTable(topic))
      openTopics.add(topic)
    }
    return `"${tableName(topic)}"`
  }

  /** Wakes consumers of this process at once; those of other processes poll. */
  const wakeUps = new Set<() => void>()

  function groupOffset(topic: string, group: string): number {
    const row = statement('SELECT offset FROM consumer_groups WHERE topic = ? AND consumer_group = ?').get(topic, group) as
      | [number]
      | undefined
    return row?.[0] ?? 0
  }

  function readAfter(topic: string, after: number, limit: number): Message[] {
    const rows = statement(
      `SELECT offset, partition, key, value, headers FROM ${open(topic)} WHERE offset > ? ORDER BY offset LIMIT ?`,
    ).all(after, limit) as unknown as MessageRow[]
    return rows.map(([offset, partition, key, value, headers]) => ({
      offset,
      partition,
      key,
      value,
      headers: headers === null ? {} : JSON.parse(headers),
    }))
  }

  function acknowledge(topic: string, group: string, offset: number): void {
    const sql = 'INSERT INTO consumer_groups VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET offset = max(offset, excluded.offset)'
    inTransaction(database, () => statement(sql).run(topic, group, offset))
  }

  /**
   * Drops old messages that all groups have read, if there are groups; a little at a time, so that publishers need not
   * wait. Idle consumers call it at every look, so it must not read the whole topic to find that nothing is old. Of a
   * compacted topic nothing is old.
   */
  function trim(topic: string): void {
    if (isCompacted(topic)) return
    const before = Date.now() - retentionMs
    const oldest = statement(`SELECT published_at FROM ${open(topic)} ORDER BY offset LIMIT 1`).get() as [number] | undefined
    if (!oldest || oldest[0] >= before) return
    const sql = `DELETE FROM ${open(topic)} WHERE offset IN (SELECT offset FROM (
         SELECT offset, published_at FROM ${open(topic)}
          WHERE offset <= coalesce((SELECT min(offset) FROM consumer_groups WHERE topic = ?), ${Number.MAX_SAFE_INTEGER})
          ORDER BY offset LIMIT ${trimMax}) WHERE published_at < ?)`
    inTransaction(database, () => statement(sql).run(topic, before))
  }

  return {
    async publish(topic, messages) {
      if (messages.length === 0) return
      assertPublishable(topic, messages)
      const insert = statement(
        `INSERT INTO ${open(topic)} (partition, key, value, headers, id, published_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      )
      const compact = isCompacted(topic) ? statement(`DELETE FROM ${open(topic)} WHERE key = ? AND offset < ?`) : undefined
      const publishedAt = Date.now()
      inTransaction(database, () => {
        for (const { key, value, headers, id } of messages) {
          const headersText = headers ? JSON.stringify(headers) : null
          const { changes, lastInsertRowid } = insert.run(partition(key), key, value, headersText, id ?? null, publishedAt)
          if (compact && changes > 0) compact.run(key, lastInsertRowid)
        }
      })
      if (publishes++ % trimEvery === 0) trim(topic)
      for (const wake of wakeUps) wake()
    },

    async consume({ topic, group, batchMax, signal, handle, onIdle }) {
      open(topic)
      let offset = groupOffset(topic, group)
      while (!signal.aborted) {
        const batch = readAfter(topic, offset, batchMax)
        const last = batch.at(-1)
        if (last) {
          await handle(batch)
          offset = last.offset
          acknowledge(topic, group, offset)
          // Reading never waits for anything here: let the rest of the process have its turn.
          await new Promise(setImmediate)
          continue
        }
        await onIdle?.()
        trim(topic)
        if (!signal.aborted) await nextMessage(signal, wakeUps, pollMs)
      }
    },

    async read({ topic, after = beginning, limit }) {
      if (!/^\d{1,15}$/.test(after)) throw cursorRefused()
      return readAfter(topic, Number(after), limit).map((message) => ({ ...message, cursor: String(message.offset) }))
    },

    async lag(topic, group) {
      const [count] = statement(`SELECT count(*) FROM ${open(topic)} WHERE offset > ?`).get(groupOffset(topic, group)) as unknown as [
        number,
      ]
      return count
    },

    async close() {
      database.close()
    },
  }
}

function partition(key: string | null): number {
  return key === null ? 0 : partitionOf(key)
}

async function nextMessage(signal: AbortSignal, wakeUps: Set<() => void>, pollMs: number): Promise<void> {
  const woken = new AbortController()
  const wake = () => woken.abort()
  wakeUps.add(wake)
  try {
    await sleep(pollMs, undefined, { signal: AbortSignal.any([signal, woken.signal]) })
  } catch {
    // Woken, or told to stop: either way there is something to do.
  } finally {
    wakeUps.delete(wake)
  }
}
