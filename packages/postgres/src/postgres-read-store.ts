import { randomBytes } from 'node:crypto'
import { PerennialError } from '@perennial/contracts'
import type { ReadStore } from '@perennial/read-store'
import { committer } from './commit.ts'
import { type Database, openDatabase } from './database.ts'
import { generationsOf } from './generations.ts'
import { migrate } from './migrations.ts'
import { defaults, type PostgresOptions } from './options.ts'
import { createReadModel } from './postgres-read-model.ts'
import { type Tables, tablesIn } from './tables.ts'

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
  const settings = { ...defaults, ...options }
  // PostgreSQL cuts longer ones off, so that two data sets could end in one.
  if (Buffer.byteLength(settings.schema) > 63) {
    throw new PerennialError('store-address', { where: 'PostgreSQL', message: 'The name of a schema has at most 63 bytes.' })
  }
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
      createReadStore(database, tables, { projector, migrated, close: () => close(projector), onTrouble: settings.onTrouble }),
    ]),
  )
}

interface StoreOptions {
  projector: string
  migrated(): Promise<void>
  close(): Promise<void>
  onTrouble: Required<PostgresOptions>['onTrouble']
}

function createReadStore(database: Database, tables: Tables, { projector, migrated, close, onTrouble }: StoreOptions): ReadStore {
  const generations = generationsOf(database, tables, projector, onTrouble)
  const commit = committer(database, tables, projector)

  const ready = untilItWorks(async () => {
    await migrated()
    await database.write(`INSERT INTO ${tables.projectors} (projector, instance) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [
      projector,
      randomBytes(4).toString('hex'),
    ])
    await database.write(`DELETE FROM ${tables.writers} WHERE seen < now() - interval '1 day'`)
    await generations.dropRetired()
  })

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

    close,
  }
}

/** Does it once for all who ask; when it fails, the next one who asks tries again. */
function untilItWorks(work: () => Promise<void>): () => Promise<void> {
  let underway: Promise<void> | undefined
  return () => {
    underway ??= work().catch((error: unknown) => {
      underway = undefined
      throw error
    })
    return underway
  }
}
