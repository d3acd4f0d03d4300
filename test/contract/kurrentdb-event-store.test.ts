import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventStore } from '@perennial/event-store'
import { type KurrentEventStoreOptions, openKurrentEventStore } from '@perennial/kurrentdb'
import { startStandIn } from '../support/kurrentdb-stand-in/index.ts'
import { eventStoreContract } from './event-store-contract.ts'
import type { Adapter, Place } from './place.ts'

/** @param options for each connection, and for that of another process */
function place(url: string, options: () => KurrentEventStoreOptions, remove: () => Promise<void>): Place<EventStore> {
  const opened: EventStore[] = []
  return {
    async open() {
      const store = openKurrentEventStore(url, options())
      opened.push(store)
      return store
    },
    async remove() {
      for (const store of opened) await store.close().catch(() => {})
      await remove()
    },
    elsewhere: { module: '@perennial/kurrentdb', name: 'openKurrentEventStore', args: [url, options()] },
  }
}

function oneIndex(): Adapter<EventStore> {
  const makePlace = async () => {
    const server = await startStandIn()
    const directory = mkdtempSync(join(tmpdir(), 'perennial-contract-'))
    return place(
      server.url,
      () => ({ index: join(directory, 'log-index.db') }),
      async () => {
        await server.stop()
        rmSync(directory, { recursive: true, force: true })
      },
    )
  }
  return { name: 'KurrentDB, a stand-in, one index for all on a machine', makePlace, shared: true }
}

function ownIndexes(): Adapter<EventStore> {
  const makePlace = async () => {
    const server = await startStandIn({ saysCaughtUp: false })
    // Two bytes of other people's events are too many to read: what is behind comes by subscription. Nothing is remembered.
    return place(
      server.url,
      () => ({ index: ':memory:', readMax: 2, quietMs: 20, recentBytes: 0 }),
      () => server.stop(),
    )
  }
  return { name: 'KurrentDB, a stand-in, an index for each connection', makePlace, shared: true }
}

/**
 * What each test writes stays on the server, in streams that begin with a name of its own. Where Docker can get an image,
 * Testcontainers would start such a server here.
 */
function onServer(url: string): Adapter<EventStore> {
  const makePlace = async () => {
    const namespace = `contract-${randomUUID()}-`
    return place(
      url,
      () => ({ index: ':memory:', namespace }),
      async () => {},
    )
  }
  return { name: 'KurrentDB, the server of KURRENTDB_URL', makePlace, shared: true }
}

// Streams are appended to side by side.
const traits = { weaves: true }
eventStoreContract(oneIndex(), traits)
eventStoreContract(ownIndexes(), traits)
const { KURRENTDB_URL } = process.env
if (KURRENTDB_URL) eventStoreContract(onServer(KURRENTDB_URL), traits)
