import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteDeadLetters } from '@perennial/dead-letters'
import { fileLocks, type Locks } from '@perennial/runtime'
import { openSqliteSettlementProgress } from '@perennial/settle'
import { openSqliteWaitingRoom } from '@perennial/waiting-room'
import { deadLettersContract } from './dead-letters-contract.ts'
import { locksContract } from './locks-contract.ts'
import { type Adapter, inFile, inMemory } from './place.ts'
import { settlementProgressContract } from './settlement-progress-contract.ts'
import { waitingRoomContract } from './waiting-room-contract.ts'

deadLettersContract(inFile('@perennial/dead-letters', 'openSqliteDeadLetters', openSqliteDeadLetters))
deadLettersContract(inMemory(openSqliteDeadLetters))
waitingRoomContract(inFile('@perennial/waiting-room', 'openSqliteWaitingRoom', openSqliteWaitingRoom))
waitingRoomContract(inMemory(openSqliteWaitingRoom))
settlementProgressContract(inFile('@perennial/settle', 'openSqliteSettlementProgress', openSqliteSettlementProgress))
settlementProgressContract(inMemory(openSqliteSettlementProgress))

const files: Adapter<Locks> = {
  name: 'files',
  shared: true,
  async makePlace() {
    const directory = mkdtempSync(join(tmpdir(), 'perennial-contract-'))
    return {
      open: async () => fileLocks(directory),
      remove: async () => rmSync(directory, { recursive: true, force: true }),
      elsewhere: { module: '@perennial/runtime', name: 'fileLocks', args: [directory] },
    }
  },
}
locksContract(files)
