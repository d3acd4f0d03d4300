import { openSqliteEventStore } from '@perennial/event-store'
import { eventStoreContract } from './event-store-contract.ts'
import { inFile, inMemory } from './place.ts'

eventStoreContract(inFile('@perennial/event-store', 'openSqliteEventStore', openSqliteEventStore))
eventStoreContract(inMemory(openSqliteEventStore))
