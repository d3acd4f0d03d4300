import { randomBytes } from 'node:crypto'
import type { ReadStore } from '@perennial/read-store'
import { changedRowsOf } from './changed-rows.ts'
import { committer } from './commit.ts'
import { type Database, openDatabase } from './database.ts'
import { generationsOf } from './generations.ts'
import { serverNow } from './leases.ts'
import { migrate } from './migrations.ts'
import { type PostgresOptions, settingsOf } from './options.ts'
import { createReadModel } from './postgres-read-model.ts'
import { type Tables, tablesIn } from './tables.ts'
import { untilItWorks } from './until-it-works.ts'

/**
 * The read store of one projector on PostgreSQL. Connects when it is first asked for something, and makes its tables
 * where there are none.
 *
 * @param address such as `postgresql://user:password@host:5432/database`; it is never logged
 * @throws PerennialError `store-address`; later, from every method, `store-unavailable`, `store-refused`,
 * `data-version`, `disk-full`
 */
export function openPostgresReadStore(address: string, projector: string, options: PostgresOptions = {}): ReadStore {
  return openPostgresReadStores(address, [projector], options).get(projector) as ReadStore
}

/** Those of several projectors, by name, over the same connections: the last one that is closed closes them. */
export function openPostgresReadStores(
  address: string,
  projectors: readonly string[],
  options: PostgresOptions = {},
): ReadonlyMap<string, ReadStore> {
  const settings = settingsOf(options)
  const database = openDatabase(address, settings)
  const tables = tablesIn(settings.schema)
  const migrated = untilItWorks(() => migrate(database, tables))
  const open = new Set(projectors)
  const close = async (projector: string) => {
    if (open.delete(projector) && open.size === 0) await database.close()
  }
  return new Map(
    projectors.map((projector) => [
      projector,
      createReadStore(database, tables, { projector, migrated, close: () => close(projector), ...settings }),
    ]),
  )
}

interface StoreOptions extends Pick<Required<PostgresOptions>, 'onTrouble' | 'trackRows'> {
  projector: string
  migrated(): Promise<void>
  close(): Promise<void>
}

/** Whoever was silent for longer than this is not only passed over but deleted, the next time that a store is opened. */
const silentMsMax = 60_000

function createReadStore(database: Database, tables: Tables, options: StoreOptions): ReadStore {
  const { projector, trackRows } = options
  const generations = generationsOf(database, tables, projector, options)
  const changedRows = changedRowsOf(database, tables, projector)
  const commit = committer(database, tables, { projector, trackRows, tidy: changedRows.tidy })

  const ready = untilItWorks(async () => {
    await options.migrated()
    await database.write(`INSERT INTO ${tables.projectors} (projector, instance) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [
      projector,
      randomBytes(4).toString('hex'),
    ])
    await database.write(`DELETE FROM ${tables.writers} WHERE seen < now() - interval '1 day'`)
    await database.write(`DELETE FROM ${tables.owners} WHERE until < ${serverNow} - ${silentMsMax}`)
    await generations.dropRetired()
  })

  async function tracking(): Promise<void> {
    await ready()
    await generations.track()
  }

  return {
    async live(layout) {
      await ready()
      return createReadModel(database, tables, await generations.live(layout), commit)
    },

    async building(layout) {
      await ready()
      return createReadModel(database, tables, await generations.building(layout), commit)
    },

    async swap() {
      await ready()
      return generations.swap()
    },

    async abandonBuild() {
      await ready()
      await generations.abandonBuild()
    },

    async pendingAnnouncements(limit) {
      await ready()
      const rows = await database.query<[number, string, string]>(
        `SELECT sequence, announcement, instance FROM ${tables.outbox} JOIN ${tables.projectors} USING (projector)
         WHERE projector = $1 ORDER BY sequence LIMIT $2`,
        [projector, limit],
      )
      return rows.map(([sequence, announcement, instance]) => ({ sequence, announcement, id: `${instance}-${sequence}` }))
    },

    async markRelayed(upTo) {
      await ready()
      await database.write(`DELETE FROM ${tables.outbox} WHERE projector = $1 AND sequence <= $2`, [projector, upTo])
    },

    async outboxLag() {
      await ready()
      const [row] = await database.query<[number]>(`SELECT count(*) FROM ${tables.outbox} WHERE projector = $1`, [projector])
      return row?.[0] ?? 0
    },

    async changedRows(limit) {
      if (!trackRows) return []
      await tracking()
      return changedRows.waiting(limit)
    },

    async markPublished(rows) {
      if (!trackRows) return
      await ready()
      await changedRows.forget(rows)
    },

    async rowsLag() {
      if (!trackRows) return 0
      await tracking()
      return changedRows.count()
    },

    close: options.close,
  }
}
