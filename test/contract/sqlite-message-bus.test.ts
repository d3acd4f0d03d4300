import { openSqliteMessageBus } from '@perennial/message-bus'
import { messageBusContract } from './message-bus-contract.ts'
import { inFile, inMemory } from './place.ts'

messageBusContract({ ...inFile('@perennial/message-bus', 'openSqliteMessageBus', openSqliteMessageBus), knowsIds: true })
messageBusContract({ ...inMemory(openSqliteMessageBus), knowsIds: true })
