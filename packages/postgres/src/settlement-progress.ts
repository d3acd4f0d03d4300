import { randomUUID } from 'node:crypto'
import type { Merge, SettlementProgress } from '@perennial/settle'
import type { Database, Session } from './database.ts'
import type { HomesTables } from './homes-tables.ts'

/** How far settlement is, in PostgreSQL. A `save` whose answer was lost is known again, and answered as what it was. */
export function settlementProgressIn(database: Database, tables: HomesTables): Omit<SettlementProgress, 'close'> {
  const { settlement, merges } = tables
  return {
    async position() {
      const [row] = await database.query<[number]>(`SELECT position FROM ${settlement}`)
      return row?.[0] ?? 0
    },

    async merges() {
      const rows = await database.query<[string, string, string, number]>(
        `SELECT from_member, merge_id, into_member, decided_at FROM ${merges}`,
      )
      return new Map(rows.map(([from, merge, into, at]): [string, Merge] => [from, { merge, from, into, at }]))
    },

    async save({ from, position, begun = [], ended = [] }) {
      const savedAs = randomUUID()
      return database.transaction(async (session) => {
        const moved = await session.write(`UPDATE ${settlement} SET position = $1, saved_as = $2 WHERE position = $3`, [
          position,
          savedAs,
          from,
        ])
        if (moved === 0) {
          const mine = await session.query(`SELECT 1 FROM ${settlement} WHERE saved_as = $1`, [savedAs])
          return mine.length > 0
        }
        if (ended.length > 0) await session.write(`DELETE FROM ${merges} WHERE from_member = ANY($1::text[])`, [ended])
        if (begun.length > 0) await writeMerges(session, merges, begun)
        return true
      })
    },
  }
}

async function writeMerges(session: Session, table: string, begun: readonly Merge[]): Promise<void> {
  // One statement cannot write a row twice.
  const last = [...new Map(begun.map((merge) => [merge.from, merge])).values()]
  await session.write(
    `INSERT INTO ${table} (from_member, merge_id, into_member, decided_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
     ON CONFLICT (from_member) DO UPDATE
       SET merge_id = excluded.merge_id, into_member = excluded.into_member, decided_at = excluded.decided_at`,
    [last.map(({ from }) => from), last.map(({ merge }) => merge), last.map(({ into }) => into), last.map(({ at }) => at)],
  )
}
