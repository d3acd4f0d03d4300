import type { DatabaseSync } from 'node:sqlite'
import { inTransaction, type Statements } from '@perennial/sqlite'
import type { ChangedRow } from './read-store.ts'

export const changedRowsSchema = `
  CREATE TABLE IF NOT EXISTS changed_rows (
    member_id TEXT PRIMARY KEY,
    -- The change since which it waits; stays when it changes once more, so that only a number beside it is written then.
    since     INTEGER NOT NULL,
    -- Its last change.
    sequence  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS changed_rows_since ON changed_rows (since);
  CREATE TABLE IF NOT EXISTS last_change (
    -- Kept by itself: no number comes twice, also when everything was published.
    sequence INTEGER NOT NULL
  ) STRICT;
  INSERT INTO last_change SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM last_change);
`

/** Members whose rows wait to be published, in the file of a read store. */
export interface ChangedRows {
  /** In the transaction of a commit. */
  note(memberIds: readonly string[]): void
  tracks(generation: number | undefined): boolean
  /** In a transaction: whatever this generation shows waits, and whoever is only in the one that it replaces. */
  begin(generation: number, replaced?: number): void
  /** In a transaction: nobody waits, and nothing is noted any longer. */
  end(): void
  waiting(limit: number): ChangedRow[]
  forget(rows: readonly ChangedRow[]): void
  count(): number
}

export function changedRowsOf(database: DatabaseSync, statement: Statements): ChangedRows {
  const nextSequence = () =>
    (statement('UPDATE last_change SET sequence = sequence + 1 RETURNING sequence').get() as unknown as [number])[0]

  /** @param members SQL, with one value to bind at most */
  function noteThose(members: string, ...values: string[]): void {
    const sequence = nextSequence()
    // Without WHERE, SQLite would take ON for a condition of the join.
    statement(
      `INSERT INTO changed_rows (member_id, since, sequence) SELECT m, s, s FROM (SELECT ? AS s), (${members}) WHERE true
       ON CONFLICT DO UPDATE SET sequence = excluded.sequence`,
    ).run(sequence, ...values)
  }

  return {
    note(memberIds) {
      if (memberIds.length > 0) noteThose('SELECT value AS m FROM json_each(?)', JSON.stringify(memberIds))
    },

    tracks(generation) {
      return statement('SELECT 1 FROM generations WHERE generation = ? AND tracked = 1').get(generation ?? null) !== undefined
    },

    begin(generation, replaced) {
      const tables = [generation, replaced].filter((one) => one !== undefined)
      noteThose(tables.map((one) => `SELECT member_id AS m FROM members_${one}`).join(' UNION '))
      statement('UPDATE generations SET tracked = 1 WHERE generation = ?').run(generation)
    },

    end() {
      statement('UPDATE generations SET tracked = 0').run()
      statement('DELETE FROM changed_rows').run()
    },

    waiting(limit) {
      const rows = statement('SELECT member_id, sequence FROM changed_rows ORDER BY since, member_id LIMIT ?').all(limit)
      return (rows as unknown as [string, number][]).map(([memberId, sequence]) => ({ memberId, sequence }))
    },

    forget(rows) {
      inTransaction(database, () => {
        for (const { memberId, sequence } of rows) {
          const { changes } = statement('DELETE FROM changed_rows WHERE member_id = ? AND sequence = ?').run(memberId, sequence)
          // Behind all others, or those that change all the time would be the first for ever.
          if (changes === 0) {
            statement(
              `INSERT INTO changed_rows (member_id, since, sequence) SELECT ?, s, s FROM (SELECT ? AS s) WHERE true
               ON CONFLICT DO UPDATE SET since = excluded.since, sequence = excluded.sequence`,
            ).run(memberId, nextSequence())
          }
        }
      })
    },

    count() {
      return (statement('SELECT count(*) FROM changed_rows').get() as unknown as [number])[0]
    },
  }
}
