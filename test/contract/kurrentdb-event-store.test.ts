import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from '@jest/globals'
import type { EventStore } from '@perennial/event-store'
import { type KurrentEventStoreOptions, openKurrentEventStore } from '@perennial/kurrentdb'
import { imageOfCompose, imageToBeHad } from '../support/docker.ts'
import { startKurrentDb } from '../support/kurrentdb-container.ts'
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

/** What each test writes stays on the server, in streams that begin with a name of its own. */
function onServer(name: string, url: () => string): Adapter<EventStore> {
  const makePlace = async () => {
    const namespace = `contract-${randomUUID()}-`
    return place(
      url(),
      () => ({ index: ':memory:', namespace }),
      async () => {},
    )
  }
  return { name: `KurrentDB, ${name}`, makePlace, shared: true }
}

function inContainer(image: string): void {
  describe('on a KurrentDB that Docker runs', () => {
    let server: Awaited<ReturnType<typeof startKurrentDb>>
    beforeAll(async () => {
      server = await startKurrentDb(image)
    }, 180_000)
    afterAll(() => server?.stop(), 30_000)
    eventStoreContract(
      onServer('a real server', () => server.url),
      traits,
    )
  })
}

// Streams are appended to side by side.
const traits = { weaves: true }
eventStoreContract(oneIndex(), traits)
eventStoreContract(ownIndexes(), traits)

const { KURRENTDB_URL } = process.env
const image = imageOfCompose('docker.kurrent.io/kurrent-latest/kurrentdb')
if (KURRENTDB_URL)
  eventStoreContract(
    onServer('the server of KURRENTDB_URL', () => KURRENTDB_URL),
    traits,
  )
else if (await imageToBeHad(image)) inContainer(image)
// One line that says so, instead of the whole suite a third time.
else test.skip(`the event store contract on a real KurrentDB: set KURRENTDB_URL, or have Docker with ${image}`, () => {})
