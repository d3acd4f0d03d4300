import { topics } from '@perennial/contracts'
import type { DeadLetters } from '@perennial/dead-letters'
import type { EventStore } from '@perennial/event-store'
import type { MessageBus } from '@perennial/message-bus'
import type { Layout, ReadStore } from '@perennial/read-store'
import type { Logger, Metrics } from '@perennial/runtime'

/** What a process can tell of itself, and where it looks that up. Nothing is asked that its services have no business with. */
export interface OperationsDependencies {
  /** Names of the services that run in this process; one that runs the API tells of everything. */
  services: readonly string[]
  projectors: readonly MonitoredProjector[]
  eventStore: Pick<EventStore, 'head' | 'countAfter'>
  bus: Pick<MessageBus, 'lag'>
  deadLetters: Pick<DeadLetters, 'countOpen'>
  /** How far what was decided has been settled. */
  settlementProgress: { position(): Promise<number> }
  /** By name of the projector. */
  readStores: ReadonlyMap<string, Pick<ReadStore, 'live' | 'outboxLag' | 'rowsLag'>>
  /** Topics that ingest reads; `retail-events` without it. */
  intake?: { topics: readonly string[] }
  /** Under which name this process holds partitions of the read models; without one, it has all of them. */
  partitionOwner?: string
  metrics: Metrics
  logger: Logger
}

export interface MonitoredProjector extends Layout {
  readonly name: string
}

export function intakeTopics({ intake }: OperationsDependencies): readonly string[] {
  return intake?.topics ?? [topics.events]
}

/** Whether the process has business with what a service does: because it runs it, or because the API tells of all. */
export function tellsOf(service: string, { services }: OperationsDependencies): boolean {
  return services.includes(service) || services.includes('api')
}

export function projectorsToTellOf(running: OperationsDependencies): MonitoredProjector[] {
  return running.projectors.filter(({ name }) => tellsOf(name, running))
}
