import type { ChangedRow } from '@perennial/read-store'
import { bigints, texts } from './arrays.ts'
import type { Database, Session } from './database.ts'
import { isMissingTable } from './faults.ts'
import { doingOnce } from './once.ts'
import type { Tables } from './tables.ts'

/**
 * Members whose rows wait to be published, in three places:
 *
 * - `noted`: a commit appends one row with the ids of its members. It costs the commit a twentieth of what a row for
 *   each member would, and waits for nobody.
 * - `changed_rows`: one row for each member, made of what was noted when the relay asks, or now and then by a writer:
 *   so that it grows no further than the number of members when nobody asks.
 * - `untold`: all members of a generation behind one of them. At a swap all of them begin to wait at once; to write
 *   them down there would hold up every commit for as long as that takes.
 *
 * Whoever writes to the last two does it alone (`alone`), and takes no other lock behind that one. So nobody waits in
 * a circle.
 */
export interface ChangedRows {
  waiting(limit: number): Promise<ChangedRow[]>
  /** Those that are as they were when they were seen; the others wait again. */
  forget(rows: readonly ChangedRow[]): Promise<void>
  count(): Promise<number>
  /** Makes rows of what was noted. */
  tidy(): Promise<void>
}

type Untold = [generation: number, after: string, since: number]

/** Members of which rows are made in one transaction, about: a fraction of a second. */
const membersMax = 10_000
/** Notes that are looked through for so many members; those of small commits are many. */
const notesMax = 2_000

/** Enough for what several writers note between two times that one of them tidies up. */
const tidyTurnsMax = 100
/** A rebuild takes longer than to count again. */
const countTriesMax = 5

const alone = (session: Session, tables: Tables, projector: string) =>
  session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`perennial changed rows ${tables.schema} ${projector}`])

/** In the transaction of a commit. */
export async function noteChanged(
  session: Session,
  tables: Tables,
  projector: string,
  written: readonly { memberId: string }[],
  removed: readonly string[],
): Promise<void> {
  if (written.length + removed.length === 0) return
  await session.write(`INSERT INTO ${tables.noted} (projector, sequence, members) VALUES ($1, nextval('${tables.changes}'), $2::text[])`, [
    projector,
    texts([...written.map(({ memberId }) => memberId), ...removed]),
  ])
}

/**
 * From here on, commits to this generation note whose rows change; whatever it shows waits, and whoever is only in the
 * one that it replaces. In a transaction that holds the rows of both against commits.
 */
export async function beginTracking(
  session: Session,
  tables: Tables,
  projector: string,
  { generation, replaced }: { generation: number; replaced?: number | undefined },
): Promise<void> {
  await session.write(`UPDATE ${tables.generations} SET tracked = true WHERE generation = $1`, [generation])
  await alone(session, tables, projector)
  await session.write(`DELETE FROM ${tables.untold} WHERE projector = $1`, [projector])
  // Where there is nobody yet, everybody who comes is noted.
  await session.write(
    `INSERT INTO ${tables.untold} (projector, generation, after, since)
     SELECT $1, $2, '', nextval('${tables.changes}') WHERE EXISTS (SELECT FROM ${tables.of(generation).members})`,
    [projector, generation],
  )
  if (replaced === undefined) return
  await session.write(
    `INSERT INTO ${tables.changedRows} (projector, member_id, since, sequence)
     SELECT $1, o.member_id, n, n FROM (SELECT nextval('${tables.changes}') AS n) AS s, ${tables.of(replaced).members} AS o
       WHERE NOT EXISTS (SELECT FROM ${tables.of(generation).members} AS m WHERE m.member_id = o.member_id)
     ON CONFLICT (projector, member_id) DO UPDATE SET sequence = excluded.sequence`,
    [projector],
  )
}

/** Nobody waits, and nothing is noted any longer. In a transaction that holds the row of the generation against commits. */
export async function endTracking(session: Session, tables: Tables, projector: string, generation: number): Promise<void> {
  await session.write(`UPDATE ${tables.generations} SET tracked = false WHERE generation = $1`, [generation])
  await alone(session, tables, projector)
  for (const table of [tables.noted, tables.untold, tables.changedRows]) {
    await session.write(`DELETE FROM ${table} WHERE projector = $1`, [projector])
  }
}

export function changedRowsOf(database: Database, tables: Tables, projector: string): ChangedRows {
  const doOnce = doingOnce(database, tables.writers)

  /**
   * The oldest notes first. Of two numbers of a member, the one that changes has no index, which makes the second note
   * of a member who waits already a cheap one. It always changes: a commit that was under way for long may have a lower
   * number than what was read and published without it.
   */
  const nameNoted = (session: Session) =>
    session.write(
      `WITH oldest AS (
         SELECT sequence, sum(cardinality(members)) OVER (ORDER BY sequence) - cardinality(members) AS before
           FROM (SELECT sequence, members FROM ${tables.noted} WHERE projector = $1 ORDER BY sequence LIMIT $2) AS n
       ), taken AS (
         DELETE FROM ${tables.noted} AS n USING oldest AS o
           WHERE n.projector = $1 AND n.sequence = o.sequence AND o.before < $3 RETURNING n.sequence, n.members
       )
       INSERT INTO ${tables.changedRows} AS c (projector, member_id, since, sequence)
       SELECT $1, m, min(sequence), max(sequence) FROM taken, unnest(members) AS m GROUP BY m ORDER BY min(sequence)
       ON CONFLICT (projector, member_id) DO UPDATE SET sequence =
         CASE WHEN excluded.sequence > c.sequence THEN excluded.sequence ELSE nextval('${tables.changes}') END`,
      [projector, notesMax, membersMax],
    )

  /** The next of those who wait without being named, before anybody who has waited for less time. */
  async function nameUntold(session: Session, count: number): Promise<void> {
    const [untold] = await session.query<Untold>(`SELECT generation, after, since FROM ${tables.untold} WHERE projector = $1`, [projector])
    if (!untold) return
    const [generation, after, since] = untold
    const [page] = await session.query<[count: number, last: string | null]>(
      `WITH page AS (SELECT member_id FROM ${tables.of(generation).members} WHERE member_id > $2 ORDER BY member_id LIMIT $3),
       named AS (
         INSERT INTO ${tables.changedRows} AS c (projector, member_id, since, sequence)
         SELECT $1, member_id, $4::bigint, n FROM (SELECT nextval('${tables.changes}') AS n) AS s, page
         ON CONFLICT (projector, member_id) DO UPDATE SET since = least(c.since, excluded.since)
       )
       SELECT count(*), max(member_id) FROM page`,
      [projector, after, count, since],
    )
    const [found, last] = page ?? [0, null]
    if (found < count) await session.write(`DELETE FROM ${tables.untold} WHERE projector = $1`, [projector])
    else await session.write(`UPDATE ${tables.untold} SET after = $2 WHERE projector = $1`, [projector, last])
  }

  /** Which of the two there are. */
  async function unnamed(): Promise<{ noted: boolean; untold: boolean }> {
    const [row] = await database.query<[boolean, boolean]>(
      `SELECT EXISTS (SELECT FROM ${tables.noted} WHERE projector = $1), EXISTS (SELECT FROM ${tables.untold} WHERE projector = $1)`,
      [projector],
    )
    return { noted: row?.[0] ?? false, untold: row?.[1] ?? false }
  }

  return {
    async waiting(limit) {
      const { noted, untold } = await unnamed()
      // Done twice because the answer was lost, it names some more.
      if (noted || untold) {
        await database.transaction(async (session) => {
          await alone(session, tables, projector)
          await nameNoted(session)
          if (limit > 0) await nameUntold(session, Math.min(limit, membersMax))
        })
      }
      const rows = await database.query<[string, number]>(
        `SELECT member_id, sequence FROM ${tables.changedRows} WHERE projector = $1 ORDER BY since, member_id LIMIT $2`,
        [projector, limit],
      )
      return rows.map(([memberId, sequence]) => ({ memberId, sequence }))
    },

    async tidy() {
      for (let turn = 0; turn < tidyTurnsMax && (await unnamed()).noted; turn++) {
        await database.transaction(async (session) => {
          await alone(session, tables, projector)
          await nameNoted(session)
        })
      }
    },

    async forget(rows) {
      if (rows.length === 0) return
      const seen = [texts(rows.map(({ memberId }) => memberId)), bigints(rows.map(({ sequence }) => sequence))]
      // Once: done again because the answer was lost, all of them would wait again.
      await doOnce(async (session) => {
        await alone(session, tables, projector)
        // Those that are not as they were wait behind all others: some change all the time.
        await session.write(
          `WITH seen AS (SELECT * FROM unnest($2::text[], $3::bigint[]) AS s (member_id, sequence)), gone AS (
             DELETE FROM ${tables.changedRows} AS c USING seen AS s
               WHERE c.projector = $1 AND c.member_id = s.member_id AND c.sequence = s.sequence RETURNING c.member_id
           )
           INSERT INTO ${tables.changedRows} (projector, member_id, since, sequence)
           SELECT $1, s.member_id, n, n FROM (SELECT nextval('${tables.changes}') AS n) AS next, seen AS s
             WHERE s.member_id NOT IN (SELECT member_id FROM gone)
           ON CONFLICT (projector, member_id) DO UPDATE SET since = excluded.since, sequence = excluded.sequence`,
          [projector, ...seen],
        )
      })
    },

    async count() {
      for (let tries = 1; ; tries++) {
        const [untold] = await database.query<[generation: number, after: string]>(
          `SELECT generation, after FROM ${tables.untold} WHERE projector = $1`,
          [projector],
        )
        const all = [
          `SELECT member_id FROM ${tables.changedRows} WHERE projector = $1`,
          `SELECT unnest(members) FROM ${tables.noted} WHERE projector = $1`,
          ...(untold ? [`SELECT member_id FROM ${tables.of(untold[0]).members} WHERE member_id > $2`] : []),
        ]
        try {
          const [row] = await database.query<[number]>(`SELECT count(*) FROM (${all.join(' UNION ')}) AS waiting`, [
            projector,
            ...(untold ? [untold[1]] : []),
          ])
          return row?.[0] ?? 0
        } catch (error) {
          // Swapped and dropped meanwhile: others are untold now.
          if (!isMissingTable(error) || tries === countTriesMax) throw error
        }
      }
    },
  }
}
