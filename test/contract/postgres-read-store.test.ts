import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from '@jest/globals'
import { openPostgresReadStore } from '@perennial/postgres'
import type { ReadStore } from '@perennial/read-store'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import type { Adapter } from './place.ts'
import { type Opened, readStoreContract } from './read-store-contract.ts'

let server: PostgresServer

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.remove())

/** A schema of its own for each test. */
const adapter: Adapter<ReadStore, Opened> = {
  name: 'PostgreSQL',
  shared: true,
  async makePlace() {
    const schema = `contract ${randomUUID()}`
    const opened: ReadStore[] = []
    return {
      async open(options = {}) {
        const store = openPostgresReadStore(server.url, 'tier', { schema, poolMax: 4, ...options })
        opened.push(store)
        return store
      },
      async remove() {
        for (const store of opened) await store.close()
      },
      elsewhere: { module: '@perennial/postgres', name: 'openPostgresReadStore', args: [server.url, 'tier', { schema }] },
    }
  },
}

readStoreContract(adapter)
