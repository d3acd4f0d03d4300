import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from '@jest/globals'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { deadLettersContract } from './dead-letters-contract.ts'
import { locksContract } from './locks-contract.ts'
import type { Adapter } from './place.ts'
import { openPostgresDeadLetters, openPostgresLocks, openPostgresSettlementProgress, openPostgresWaitingRoom } from './postgres-homes.ts'
import { settlementProgressContract } from './settlement-progress-contract.ts'
import { waitingRoomContract } from './waiting-room-contract.ts'

const silentMs = 2_000
const module = new URL('./postgres-homes.ts', import.meta.url).href

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.remove())

type Open<Port> = (url: string, options: { schema: string; lockMs: number }) => Port & { close(): Promise<void> }

/** A schema of its own for each test. */
function adapterOf<Port>(open: Open<Port>): Adapter<Port> {
  return {
    name: 'PostgreSQL',
    shared: true,
    async makePlace() {
      const options = { schema: `contract ${randomUUID()}`, lockMs: silentMs }
      const opened: ReturnType<Open<Port>>[] = []
      return {
        async open() {
          const port = open(server.url, options)
          opened.push(port)
          return port
        },
        async remove() {
          for (const port of opened) await port.close()
        },
        elsewhere: { module, name: open.name, args: [server.url, options] },
      }
    },
  }
}

deadLettersContract(adapterOf(openPostgresDeadLetters))
waitingRoomContract(adapterOf(openPostgresWaitingRoom))
settlementProgressContract(adapterOf(openPostgresSettlementProgress))
locksContract(adapterOf(openPostgresLocks), { silentMs })
