import type { DeadLetters } from '@perennial/dead-letters'
import type { EventStore } from '@perennial/event-store'
import type { MessageBus } from '@perennial/message-bus'
import type { ReadStore } from '@perennial/read-store'
import { type Clock, createLogger, createMetrics, type Locks, type Logger, runtimeTokens } from '@perennial/runtime'
import type { SettlementProgress } from '@perennial/settle'
import type { WaitingRoom } from '@perennial/waiting-room'
import { ContainerModule, type ServiceIdentifier } from 'inversify'
import type { Adapters, Sharing } from './adapters.ts'

/** What the adapters are bound to. */
export const tokens = {
  ...runtimeTokens,
  eventStore: Symbol.for('perennial.event-store') as ServiceIdentifier<EventStore>,
  bus: Symbol.for('perennial.bus') as ServiceIdentifier<MessageBus>,
  deadLetters: Symbol.for('perennial.dead-letters') as ServiceIdentifier<DeadLetters>,
  waitingRoom: Symbol.for('perennial.waiting-room') as ServiceIdentifier<WaitingRoom>,
  settlementProgress: Symbol.for('perennial.settlement-progress') as ServiceIdentifier<SettlementProgress>,
  /** By name of the projector. */
  readStores: Symbol.for('perennial.read-stores') as ServiceIdentifier<ReadonlyMap<string, ReadStore>>,
  locks: Symbol.for('perennial.locks') as ServiceIdentifier<Locks>,
  sharing: Symbol.for('perennial.sharing') as ServiceIdentifier<Sharing>,
  intake: Symbol.for('perennial.intake') as ServiceIdentifier<Adapters['intake']>,
  publishRows: Symbol.for('perennial.publish-rows') as ServiceIdentifier<boolean>,
  /** Names of the services that this process runs; none before it runs any. */
  runsHere: Symbol.for('perennial.runs-here') as ServiceIdentifier<() => readonly string[]>,
}

export interface InfrastructureOptions {
  adapters: Adapters
  runsHere(): readonly string[]
  clock: Clock
  logger?: Logger
}

/** Adapters are opened before, since some servers have to be waited for; the container only hands them on. */
export function infrastructure({ adapters, runsHere, clock, logger = createLogger() }: InfrastructureOptions): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(tokens.clock).toConstantValue(clock)
    bind(tokens.logger).toConstantValue(logger)
    bind(tokens.metrics).toResolvedValue(createMetrics).inSingletonScope()
    bind(tokens.eventStore).toConstantValue(adapters.eventStore)
    bind(tokens.bus).toConstantValue(adapters.bus)
    bind(tokens.deadLetters).toConstantValue(adapters.deadLetters)
    bind(tokens.waitingRoom).toConstantValue(adapters.waitingRoom)
    bind(tokens.settlementProgress).toConstantValue(adapters.settlementProgress)
    bind(tokens.readStores).toConstantValue(adapters.readStores)
    bind(tokens.locks).toConstantValue(adapters.locks)
    bind(tokens.sharing).toConstantValue(adapters.sharing)
    bind(tokens.intake).toConstantValue(adapters.intake)
    bind(tokens.publishRows).toConstantValue(adapters.publishRows)
    bind(tokens.runsHere).toConstantValue(runsHere)
  })
}
