import { inTransaction, openDatabase, statementsOf } from '@perennial/sqlite'
import type { Merge, SettlementProgress } from './settlement-progress.ts'

const schema = `
  CREATE TABLE IF NOT EXISTS progress (
    position INTEGER NOT NULL
  ) STRICT;
  INSERT INTO progress SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM progress);
  CREATE TABLE IF NOT EXISTS merges (
    from_member TEXT PRIMARY KEY,
    merge_id    TEXT NOT NULL,
    into_member TEXT NOT NULL,
    decided_at  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`

/** The embedded adapter: one SQLite file. After a power cut it may stand a little earlier than it stood, which is harmless. */
export function openSqliteSettlementProgress(file: string): SettlementProgress {
  const database = openDatabase(file, { version: 1, schema, durability: 'normal', cacheMegabytes: 2, pageSize: 4096 })
  const statement = statementsOf(database)
  return {
    async position() {
      const [position] = statement('SELECT position FROM progress').get() as unknown as [number]
      return position
    },
    async merges() {
      const rows = statement('SELECT from_member, merge_id, into_member, decided_at FROM merges').all()
      return new Map(
        (rows as unknown as [string, string, string, number][]).map(([from, merge, into, at]): [string, Merge] => [
          from,
          { merge, from, into, at },
        ]),
      )
    },
    async save({ from, position, begun = [], ended = [] }) {
      return inTransaction(database, () => {
        const { changes } = statement('UPDATE progress SET position = ? WHERE position = ?').run(position, from)
        if (changes === 0) return false
        for (const member of ended) statement('DELETE FROM merges WHERE from_member = ?').run(member)
        for (const { merge, from: member, into, at } of begun) {
          statement('INSERT OR REPLACE INTO merges VALUES (?, ?, ?, ?)').run(member, merge, into, at)
        }
        return true
      })
    },
    async close() {
      database.close()
    },
  }
}
