import type { ErrorCode } from '@perennial/contracts'
import { inTransaction, openDatabase } from '@perennial/sqlite'
import { type DeadLetter, type DeadLetters, deadLetterId } from './dead-letters.ts'

const schema = `
  CREATE TABLE IF NOT EXISTS dead_letters (
    id               TEXT PRIMARY KEY,
    bytes            BLOB NOT NULL,
    code             TEXT NOT NULL,
    message          TEXT NOT NULL,
    faults           TEXT NOT NULL,
    origin           TEXT NOT NULL,
    key              TEXT,
    first_refused_at INTEGER NOT NULL,
    refused_at       INTEGER NOT NULL,
    status           TEXT NOT NULL,
    refusals         INTEGER NOT NULL
  ) STRICT;
`

type Row = [string, Uint8Array, string, string, string, string, string | null, number, number, string, number]

function toLetter([id, bytes, code, message, faults, origin, key, firstRefusedAt, refusedAt, status, refusals]: Row): DeadLetter {
  return {
    id,
    bytes,
    code: code as ErrorCode,
    message,
    faults: JSON.parse(faults),
    origin,
    key,
    firstRefusedAt,
    refusedAt,
    status: status as DeadLetter['status'],
    refusals,
  }
}

/** The embedded store of dead letters: one SQLite file. */
export function openSqliteDeadLetters(file: string, options: { readOnly?: boolean } = {}): DeadLetters {
  const database = openDatabase(file, { version: 1, schema, durability: 'full', cacheMegabytes: 2, ...options })
  const select = (rest: string) => {
    const statement = database.prepare(`SELECT * FROM dead_letters ${rest}`)
    statement.setReturnArrays(true)
    return statement
  }
  return {
    async keep(letters) {
      if (letters.length === 0) return
      const insert = database.prepare(`
        INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', 1)
        ON CONFLICT DO UPDATE SET code = excluded.code, message = excluded.message, faults = excluded.faults,
          refused_at = excluded.refused_at, status = 'open', refusals = refusals + 1`)
      inTransaction(database, () => {
        for (const { bytes, code, message, faults, origin, key, refusedAt } of letters) {
          insert.run(deadLetterId(bytes), bytes, code, message, JSON.stringify(faults), origin, key, refusedAt, refusedAt)
        }
      })
    },
    async list({ limit, all = false, after }) {
      const { refusedAt, id } = after ?? { refusedAt: Number.MAX_SAFE_INTEGER, id: '' }
      const rows = select(`
        WHERE (? OR status = 'open') AND (refused_at < ? OR (refused_at = ? AND id > ?)) ORDER BY refused_at DESC, id LIMIT ?`)
      return (rows.all(all ? 1 : 0, refusedAt, refusedAt, id, limit) as unknown as Row[]).map(toLetter)
    },
    async find(id) {
      if (id === '') return undefined
      const rows = select('WHERE id >= ? AND id < ? LIMIT 2').all(id, `${id}g`) as unknown as Row[]
      return rows.length === 1 ? toLetter(rows[0] as Row) : undefined
    },
    async markRetried(letters) {
      const update = database.prepare("UPDATE dead_letters SET status = 'retried' WHERE id = ? AND refusals = ?")
      inTransaction(database, () => {
        for (const { id, refusals } of letters) update.run(id, refusals)
      })
    },
    async discard(ids) {
      const update = database.prepare("UPDATE dead_letters SET status = 'discarded' WHERE id = ?")
      inTransaction(database, () => {
        for (const id of ids) update.run(id)
      })
    },
    async countOpen() {
      return (database.prepare("SELECT count(*) AS open FROM dead_letters WHERE status = 'open'").get() as { open: number }).open
    },
    async countRefusals() {
      return (database.prepare('SELECT coalesce(sum(refusals), 0) AS total FROM dead_letters').get() as { total: number }).total
    },
    async close() {
      database.close()
    },
  }
}
