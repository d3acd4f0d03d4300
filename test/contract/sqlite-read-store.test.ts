import { openSqliteReadStore } from '@perennial/read-store'
import { inFile, inMemory } from './place.ts'
import { readStoreContract } from './read-store-contract.ts'

readStoreContract(inFile('@perennial/read-store', 'openSqliteReadStore', openSqliteReadStore))
readStoreContract(inMemory(openSqliteReadStore))
