import { partitionCount } from '@perennial/contracts'
import type { Layout } from '@perennial/read-store'
import { beginTracking } from './changed-rows.ts'
import type { Database, Session } from './database.ts'
import { messageOf } from './faults.ts'
import { queueAlone } from './lock-generation.ts'
import type { PostgresOptions } from './options.ts'
import { filterColumn, type Tables } from './tables.ts'

export interface Generation {
  projector: string
  generation: number
  version: number
  filters: readonly string[]
  /** Whether commits noted whose rows they change, when this was read. */
  tracked: boolean
}

/**
 * Each generation has tables of its own. So filling one leaves nothing behind in the other, each has the columns of
 * its filters, and the old one goes by dropping it instead of deleting and vacuuming every row. A swap only changes two
 * words in `generations`, so it waits for commits and never for readers; the old tables are dropped afterwards.
 */
export interface Generations {
  live(layout: Layout): Promise<Generation>
  building(layout: Layout): Promise<Generation>
  swap(): Promise<boolean>
  abandonBuild(): Promise<void>
  /** Drops tables that nobody serves any longer, as far as no long query holds on to them. */
  dropRetired(): Promise<void>
  /** Sees to it that commits to the live tables note whose rows they change, where the store was opened for that. */
  track(): Promise<void>
}

type Status = 'live' | 'building'
type GenerationRow = [generation: number, version: number, filters: string[], tracked: boolean]
const columns = 'generation, version, filters, tracked'
/** A reader that reads for longer keeps its tables until somebody looks again. */
const dropWaitMs = 500

export function generationsOf(
  database: Database,
  tables: Tables,
  projector: string,
  { onTrouble, trackRows }: Pick<Required<PostgresOptions>, 'onTrouble' | 'trackRows'>,
): Generations {
  async function find({ query }: Pick<Session, 'query'>, status: Status): Promise<Generation | undefined> {
    const [row] = await query<GenerationRow>(`SELECT ${columns} FROM ${tables.generations} WHERE projector = $1 AND status = $2`, [
      projector,
      status,
    ])
    return row && { projector, generation: row[0], version: row[1], filters: row[2], tracked: row[3] }
  }

  /** One at a time makes, swaps or drops tables of this projector. */
  const oneAtATime = (session: Session) =>
    session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`perennial generations ${tables.schema} ${projector}`])

  const retire = (session: Session, status: Status) =>
    session.write(`UPDATE ${tables.generations} SET status = 'retired' WHERE projector = $1 AND status = $2`, [projector, status])

  function findOrCreate(status: Status, { version, filters }: Layout, keep: (found: Generation) => boolean): Promise<Generation> {
    return database.transaction(async (session) => {
      await oneAtATime(session)
      const found = await find(session, status)
      if (found && keep(found)) return found
      await retire(session, status)
      const [created] = await session.query<[number]>(
        `INSERT INTO ${tables.generations} (projector, version, filters, status) VALUES ($1, $2, $3, $4) RETURNING generation`,
        [projector, version, filters, status],
      )
      const [generation] = created as [number]
      await session.query(generationTables(tables, generation, filters))
      return { projector, generation, version, filters, tracked: false }
    })
  }

  async function dropOne(generation: number): Promise<void> {
    const { members, checkpoints, parked, passes } = tables.of(generation)
    await database.transaction(
      async (session) => {
        await session.query(`SET LOCAL lock_timeout = ${dropWaitMs}`)
        await oneAtATime(session)
        await session.query(`DROP TABLE IF EXISTS ${members}, ${checkpoints}, ${parked}, ${passes}`)
        await session.write(`DELETE FROM ${tables.leases} WHERE generation = $1`, [generation])
        await session.write(`DELETE FROM ${tables.generations} WHERE generation = $1`, [generation])
      },
      { retry: false },
    )
  }

  async function dropRetired(): Promise<void> {
    const retired = await database.query<[number]>(
      `SELECT generation FROM ${tables.generations} WHERE projector = $1 AND status = 'retired' ORDER BY generation`,
      [projector],
    )
    for (const [generation] of retired) {
      try {
        await dropOne(generation)
      } catch (error) {
        // Nobody reads or writes them through Perennial any more, so they may as well go later.
        onTrouble({ kind: 'tables-left', message: `generation ${generation} of ${projector}: ${messageOf(error)}` })
      }
    }
  }

  async function track(): Promise<void> {
    if (!trackRows) return
    const live = await find(database, 'live')
    if (!live || live.tracked) return
    await database.transaction(async (session) => {
      await queueAlone(session, tables, [live.generation])
      // Waits for commits under way, which note nothing yet; later ones do.
      const [found] = await session.query<[number]>(
        `SELECT generation FROM ${tables.generations} WHERE projector = $1 AND status = 'live' AND NOT tracked FOR NO KEY UPDATE`,
        [projector],
      )
      if (found) await beginTracking(session, tables, projector, { generation: found[0] })
    })
  }

  return {
    async live(layout) {
      const live = (await find(database, 'live')) ?? (await findOrCreate('live', layout, () => true))
      if (!live.tracked) await track()
      return live
    },

    async building(layout) {
      const building = await findOrCreate('building', layout, ({ version }) => version === layout.version)
      await dropRetired()
      return building
    },

    async swap() {
      let chosen: number | undefined
      const swapped = await database.transaction(async (session) => {
        await oneAtATime(session)
        const standing = [await find(session, 'live'), await find(session, 'building')]
        await queueAlone(
          session,
          tables,
          standing.flatMap((found) => (found ? [found.generation] : [])),
        )
        // Waits for commits that are under way; later ones wait, and find their tables retired.
        await session.query(`SELECT 1 FROM ${tables.generations} WHERE projector = $1 ORDER BY generation FOR UPDATE`, [projector])
        const [live, building] = [await find(session, 'live'), await find(session, 'building')]
        // It was done the time before, and only the answer was lost.
        if (chosen !== undefined && live?.generation === chosen) return true
        if (!building || (live && (await differ(session, tables, live, building)))) return false
        chosen = building.generation
        await retire(session, 'live')
        await session.write(`UPDATE ${tables.generations} SET status = 'live' WHERE generation = $1`, [chosen])
        if (trackRows || live?.tracked) await beginTracking(session, tables, projector, { generation: chosen, replaced: live?.generation })
        return true
      })
      if (swapped) await dropRetired()
      return swapped
    },

    async abandonBuild() {
      await database.transaction(async (session) => {
        await oneAtATime(session)
        await retire(session, 'building')
      })
      await dropRetired()
    },

    dropRetired,
    track,
  }
}

async function differ(session: Session, tables: Tables, live: Generation, building: Generation): Promise<boolean> {
  const [row] = await session.query<[boolean]>(
    `SELECT EXISTS (SELECT FROM ${tables.of(live.generation).checkpoints} a
       JOIN ${tables.of(building.generation).checkpoints} b USING (partition) WHERE a.position <> b.position OR a.clock > b.clock)`,
  )
  return row?.[0] ?? true
}

/**
 * Ids sort by their bytes, whatever the database's own order is. JSON stands as text: `jsonb` would write it anew, and
 * takes no \u0000. Most changes of a member leave the indexed columns as they are; with room for them on the same page
 * they cost half.
 */
function generationTables(tables: Tables, generation: number, filters: readonly string[]): string {
  const { members, checkpoints, parked } = tables.of(generation)
  return `
    CREATE TABLE ${members} (
      member_id text COLLATE "C" PRIMARY KEY,
      partition integer NOT NULL,
      state     text NOT NULL,
      shown     text NOT NULL,
      next_due  bigint
      ${filters.map((filter) => `, ${filterColumn(filter)} text COLLATE "C"`).join('')}
    ) WITH (fillfactor = 70);
    CREATE INDEX ON ${members} (next_due, member_id) WHERE next_due IS NOT NULL;
    ${filters.map((filter) => `CREATE INDEX ON ${members} (${filterColumn(filter)}, member_id);`).join('\n')}
    CREATE TABLE ${checkpoints} (
      partition   integer PRIMARY KEY,
      position    bigint NOT NULL DEFAULT 0,
      clock       bigint NOT NULL DEFAULT 0,
      -- Both NULL where no sweep is under way.
      sweep_up_to bigint,
      sweep_after text
    );
    INSERT INTO ${checkpoints} (partition) SELECT generate_series(0, ${partitionCount - 1});
    CREATE TABLE ${parked} (
      member_id       text COLLATE "C" PRIMARY KEY,
      position        bigint NOT NULL,
      event_id        text NOT NULL,
      reason          text NOT NULL,
      parked_at       bigint NOT NULL,
      retry_requested boolean NOT NULL DEFAULT false
    );
  `
}
