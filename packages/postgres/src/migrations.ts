import { PerennialError } from '@perennial/contracts'
import type { Database, Session } from './database.ts'
import { homesMigration, logMigration } from './homes-tables.ts'
import type { Tables } from './tables.ts'

/**
 * From nothing to version 1, from 1 to 2 and so on. What stands here was run somewhere: it is never changed, only
 * added to. Tables of generations are made elsewhere, as they are now; here are the columns that older ones lack.
 */
const migrations: readonly ((tables: Tables, generations: readonly number[]) => string)[] = [
  ({ projectors, generations, outbox, leases, writers }) => `
    CREATE TABLE ${projectors} (
      projector text COLLATE "C" PRIMARY KEY,
      -- Part of every announcement id, so that ids stay unique when the tables are dropped and made anew.
      instance  text NOT NULL,
      -- The last number that an announcement got.
      announced bigint NOT NULL DEFAULT 0
    );
    CREATE TABLE ${generations} (
      generation bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      projector  text COLLATE "C" NOT NULL,
      version    integer NOT NULL,
      filters    text[] NOT NULL,
      status     text NOT NULL CHECK (status IN ('live', 'building', 'retired'))
    );
    CREATE UNIQUE INDEX ON ${generations} (projector, status) WHERE status <> 'retired';
    CREATE TABLE ${outbox} (
      projector    text COLLATE "C" NOT NULL,
      sequence     bigint NOT NULL,
      announcement text NOT NULL,
      PRIMARY KEY (projector, sequence)
    );
    CREATE TABLE ${leases} (
      generation bigint NOT NULL,
      partition  integer NOT NULL,
      epoch      bigint NOT NULL,
      -- NULL when it was given back: the row stays, so that no epoch comes twice.
      owner      text,
      -- Milliseconds since 1970, by the clock of the server.
      held_until bigint NOT NULL,
      PRIMARY KEY (generation, partition)
    );
    CREATE TABLE ${writers} (
      writer  uuid PRIMARY KEY,
      -- How many commits this writer has done: what tells whether one was done whose answer was lost.
      commits bigint NOT NULL,
      seen    timestamptz NOT NULL
    );
  `,
  homesMigration,
  ({ generations, owners, noted, changedRows, untold, changes, of }, found) => `
    -- Whether commits note whose rows they change.
    ALTER TABLE ${generations} ADD COLUMN tracked boolean NOT NULL DEFAULT false;
    CREATE TABLE ${owners} (
      -- Not of a generation: whoever shares the old tables goes on with the new ones.
      projector text COLLATE "C" NOT NULL,
      owner     text COLLATE "C" NOT NULL,
      -- Milliseconds since 1970, by the clock of the server.
      until     bigint NOT NULL,
      PRIMARY KEY (projector, owner)
    );
    -- Its gaps do no harm: a row is forgotten by the number that was seen, never by all numbers up to it.
    CREATE SEQUENCE ${changes};
    CREATE TABLE ${noted} (
      projector text COLLATE "C" NOT NULL,
      sequence  bigint NOT NULL,
      members   text[] NOT NULL,
      PRIMARY KEY (projector, sequence)
    );
    CREATE TABLE ${changedRows} (
      projector text COLLATE "C" NOT NULL,
      member_id text COLLATE "C" NOT NULL,
      -- The change since which it waits, and its last one.
      since     bigint NOT NULL,
      sequence  bigint NOT NULL,
      PRIMARY KEY (projector, member_id)
    ) WITH (fillfactor = 70);
    CREATE INDEX ON ${changedRows} (projector, since, member_id);
    CREATE TABLE ${untold} (
      projector  text COLLATE "C" PRIMARY KEY,
      -- All its members behind this one wait since then, besides those who are named.
      generation bigint NOT NULL,
      after      text COLLATE "C" NOT NULL,
      since      bigint NOT NULL
    );
    ${found
      .map(
        (generation) => `ALTER TABLE IF EXISTS ${of(generation).checkpoints} ADD COLUMN sweep_up_to bigint, ADD COLUMN sweep_after text;`,
      )
      .join('\n')}
  `,
  logMigration,
]

/**
 * Brings the schema to the version of this code, or makes it. Of several processes that start at once, one does it.
 * @throws PerennialError `data-version` when a newer Perennial has been here; `store-refused`
 */
export async function migrate(database: Database, tables: Tables): Promise<void> {
  if ((await versionOf(database, tables)) === migrations.length) return
  await database.transaction(async (session) => {
    await session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`perennial migrations ${tables.schema}`])
    const found = await versionOf(session, tables)
    if (found === undefined) await makeSchema(session, tables)
    const generations = found ? await session.query<[number]>(`SELECT generation FROM ${tables.generations} ORDER BY generation`) : []
    for (const migration of migrations.slice(found ?? 0)) await session.query(migration(tables, generations.flat()))
    await session.write(`UPDATE ${tables.schemaVersion} SET version = $1`, [migrations.length])
  })
}

/**
 * undefined where nothing is there. It reads the catalogue as a table: `to_regclass` may still remember that there was
 * nothing before this transaction waited for the one that made it.
 */
async function versionOf({ query }: Pick<Session, 'query'>, { schema, schemaName, schemaVersion }: Tables): Promise<number | undefined> {
  const there = await query("SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = 'schema_version'", [schemaName])
  if (there.length === 0) return undefined
  const [row] = await query<[number]>(`SELECT version FROM ${schemaVersion}`)
  const version = row?.[0] ?? 0
  if (version > migrations.length) throw new PerennialError('data-version', { where: `PostgreSQL, schema ${schema}` })
  return version
}

async function makeSchema(session: Session, { schema, schemaName, schemaVersion }: Tables): Promise<void> {
  const [[encoding] = ['']] = await session.query<[string]>("SELECT current_setting('server_encoding')")
  if (encoding !== 'UTF8') {
    throw new PerennialError('store-refused', {
      where: 'PostgreSQL',
      message: `The encoding of the database has to be UTF8, not ${encoding}.`,
    })
  }
  // Asked first: IF NOT EXISTS wants the right to create schemas also where it creates none.
  const there = await session.query('SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1', [schemaName])
  if (there.length === 0) await session.query(`CREATE SCHEMA ${schema}`)
  await session.query(`CREATE TABLE ${schemaVersion} (version integer NOT NULL)`)
  await session.query(`INSERT INTO ${schemaVersion} VALUES (0)`)
}
