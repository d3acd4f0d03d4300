import { join } from 'node:path'
import { type DeadLetters, openSqliteDeadLetters } from '@perennial/dead-letters'
import { type EventStore, openSqliteEventStore } from '@perennial/event-store'
import { type MessageBus, openSqliteMessageBus } from '@perennial/message-bus'
import { openSqliteReadStore, type ReadStore } from '@perennial/read-store'
import { type Clock, createLogger, createMetrics, type Logger, runtimeTokens } from '@perennial/runtime'
import { openSqliteSettlementProgress, type SettlementProgress } from '@perennial/settle'
import { openSqliteWaitingRoom, type WaitingRoom } from '@perennial/waiting-room'
import { ContainerModule, type ServiceIdentifier } from 'inversify'

/** What the adapters are bound to. Another adapter is another line here and nothing elsewhere. */
export const tokens = {
  ...runtimeTokens,
  eventStore: Symbol.for('perennial.event-store') as ServiceIdentifier<EventStore>,
  bus: Symbol.for('perennial.bus') as ServiceIdentifier<MessageBus>,
  deadLetters: Symbol.for('perennial.dead-letters') as ServiceIdentifier<DeadLetters>,
  waitingRoom: Symbol.for('perennial.waiting-room') as ServiceIdentifier<WaitingRoom>,
  settlementProgress: Symbol.for('perennial.settlement-progress') as ServiceIdentifier<SettlementProgress>,
  /** By name of the projector. */
  readStores: Symbol.for('perennial.read-stores') as ServiceIdentifier<ReadonlyMap<string, ReadStore>>,
}

export interface InfrastructureOptions {
  /** A directory, or `:memory:` for an engine that leaves nothing behind. */
  dataDirectory: string
  clock: Clock
  logger?: Logger
  projectorNames: readonly string[]
}

/** The embedded adapters: SQLite files in one directory. */
export function embeddedInfrastructure({
  dataDirectory,
  clock,
  logger = createLogger(),
  projectorNames,
}: InfrastructureOptions): ContainerModule {
  const file = (name: string) => (dataDirectory === ':memory:' ? ':memory:' : join(dataDirectory, name))
  return new ContainerModule(({ bind }) => {
    bind(tokens.clock).toConstantValue(clock)
    bind(tokens.logger).toConstantValue(logger)
    bind(tokens.metrics).toResolvedValue(createMetrics).inSingletonScope()
    bind(tokens.eventStore)
      .toResolvedValue(() => openSqliteEventStore(file('log.db')))
      .inSingletonScope()
    bind(tokens.bus)
      .toResolvedValue(() => openSqliteMessageBus(file('bus.db')))
      .inSingletonScope()
    bind(tokens.deadLetters)
      .toResolvedValue(() => openSqliteDeadLetters(file('dead-letters.db')))
      .inSingletonScope()
    bind(tokens.waitingRoom)
      .toResolvedValue(() => openSqliteWaitingRoom(file('waiting-room.db')))
      .inSingletonScope()
    bind(tokens.settlementProgress)
      .toResolvedValue(() => openSqliteSettlementProgress(file('settlement.db')))
      .inSingletonScope()
    bind(tokens.readStores)
      .toResolvedValue(() => new Map(projectorNames.map((name) => [name, openSqliteReadStore(file(`${name}.db`))])))
      .inSingletonScope()
  })
}
