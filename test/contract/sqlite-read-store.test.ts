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

test('a file from before there were leases gets them, and keeps what it has', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'perennial-contract-'))
  const file = join(directory, 'tier.db')
  const layout = { projector: 'tier', version: 1, filters: [] }
  try {
    const before = openSqliteReadStore(file)
    const members = [{ memberId: 'ann', state: '{}', shown: {}, nextDue: null }]
    await (await before.live(layout)).commit({ members, announcements: ['{"n":1}'] })
    const entries = await before.pendingAnnouncements(10)
    await before.close()
    const raw = new DatabaseSync(file)
    raw.exec('DROP TABLE leases; PRAGMA user_version = 1;')
    raw.close()

    const after = openSqliteReadStore(file)
    const live = await after.live(layout)
    const { epoch } = await live.claim({ owner: 'one', partitions: [1], ttlMs: 60_000 })
    await live.commit({ members: [], checkpoint: { partitions: [1], position: 2 }, epoch })
    expect(await live.counts()).toEqual({ members: 1, parked: 0 })
    expect(await after.pendingAnnouncements(10)).toEqual(entries)
    await after.close()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
