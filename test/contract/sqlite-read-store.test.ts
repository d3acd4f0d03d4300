import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from '@jest/globals'
import { openSqliteReadStore } from '@perennial/read-store'
import { inFile, inMemory } from './place.ts'
import { readStoreContract } from './read-store-contract.ts'

readStoreContract(inFile('@perennial/read-store', 'openSqliteReadStore', openSqliteReadStore))
readStoreContract(inMemory(openSqliteReadStore))

test.each([1, 2])('a file of version %s is brought up to date, and keeps what it has', async (version) => {
  const directory = mkdtempSync(join(tmpdir(), 'perennial-contract-'))
  const file = join(directory, 'tier.db')
  const layout = { projector: 'tier', version: 1, filters: ['tier'] }
  const ann = { memberId: 'ann', state: '{}', shown: { tier: 'gold' }, nextDue: 7 }
  try {
    const raw = new DatabaseSync(file)
    raw.exec(versionTwo)
    if (version === 1) raw.exec('DROP TABLE leases; PRAGMA user_version = 1;')
    raw.close()

    const store = openSqliteReadStore(file, { trackRows: true })
    const live = await store.live(layout)
    expect([...(await live.load(['ann'])).values()]).toEqual([ann])
    expect(await store.pendingAnnouncements(10)).toEqual([{ sequence: 5, id: 'abcd0123-5', announcement: '{"n":1}' }])
    expect((await live.checkpoints())[63]).toEqual({ partition: 63, position: 42, clock: 9, sweep: null })
    expect((await live.parked()).map(({ memberId }) => memberId)).toEqual(['bob'])
    expect((await store.changedRows(10)).map(({ memberId }) => memberId)).toEqual(['ann'])

    const { epoch } = await live.claim({ owner: 'one', partitions: [1], ttlMs: 60_000 })
    const mark = { upTo: 99, after: 'ann' }
    await live.commit({ members: [], checkpoint: { partitions: [1], position: 43 }, sweep: { partitions: [1], mark }, epoch })
    await live.leave('one')
    await store.close()

    const again = openSqliteReadStore(file)
    expect((await (await again.live(layout)).checkpoints())[1]).toEqual({ partition: 1, position: 43, clock: 9, sweep: mark })
    const building = await again.building({ ...layout, version: 2 })
    expect(building.generation).toBe(2)
    await building.commit({ members: [ann], checkpoint: { partitions: [1], position: 43 }, sweep: { partitions: [1], mark } })
    expect(await again.swap()).toBe(true)
    expect(await (await again.live(layout)).counts()).toEqual({ members: 1, parked: 1 })
    await again.close()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

/** As version 2 made it: a live and a building generation, and a pass that was cut off. */
const versionTwo = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE generations (
    generation INTEGER PRIMARY KEY AUTOINCREMENT,
    version    INTEGER NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('live', 'building')) UNIQUE
  ) STRICT;
  CREATE TABLE outbox (sequence INTEGER PRIMARY KEY AUTOINCREMENT, announcement TEXT NOT NULL) STRICT;
  CREATE TABLE instance (id TEXT NOT NULL) STRICT;
  CREATE TABLE leases (
    generation INTEGER NOT NULL,
    partition  INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    owner      TEXT,
    held_until INTEGER NOT NULL,
    PRIMARY KEY (generation, partition)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO generations VALUES (1, 1, 'live'), (2, 2, 'building');
  INSERT INTO outbox VALUES (5, '{"n":1}');
  INSERT INTO instance VALUES ('abcd0123');
  ${[1, 2].map(generationOfVersionTwo).join('')}
  INSERT INTO members_1 VALUES ('ann', 7, '{}', '{"tier":"gold"}', 7, 'gold');
  INSERT INTO passes_1 VALUES ('0+64', 50, 'ann');
  PRAGMA user_version = 2;
`

function generationOfVersionTwo(generation: number): string {
  return `
    CREATE TABLE members_${generation} (
      member_id TEXT PRIMARY KEY,
      partition INTEGER NOT NULL,
      state     TEXT NOT NULL,
      shown     TEXT NOT NULL,
      next_due  INTEGER
      , "by_tier" TEXT
    ) STRICT;
    CREATE INDEX members_${generation}_due ON members_${generation} (next_due) WHERE next_due IS NOT NULL;
    CREATE INDEX "members_${generation}_tier" ON members_${generation} ("by_tier");
    CREATE TABLE checkpoints_${generation} (
      partition INTEGER PRIMARY KEY,
      position  INTEGER NOT NULL DEFAULT 0,
      clock     INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    WITH RECURSIVE p(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM p WHERE n < 63)
      INSERT INTO checkpoints_${generation} SELECT n, 42, 9 FROM p;
    CREATE TABLE parked_${generation} (
      member_id       TEXT PRIMARY KEY,
      position        INTEGER NOT NULL,
      event_id        TEXT NOT NULL,
      reason          TEXT NOT NULL,
      parked_at       INTEGER NOT NULL,
      retry_requested INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    INSERT INTO parked_${generation} VALUES ('bob', 7, 'e7', 'too large', 1000, 0);
    CREATE TABLE passes_${generation} (
      pass         TEXT PRIMARY KEY,
      up_to        INTEGER NOT NULL,
      after_member TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `
}
