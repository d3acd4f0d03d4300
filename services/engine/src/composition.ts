import type { ApiDependencies, ApiOptions } from '@perennial/api'
import { consumerGroups, topics } from '@perennial/contracts'
import { createIngest, type IngestDependencies } from '@perennial/ingest'
import { createLearner } from '@perennial/learner'
import { createProjectorService, type ProjectorServiceDependencies } from '@perennial/projector'
import { projectors } from '@perennial/projectors'
import type { ReadStore } from '@perennial/read-store'
import { createRelay, type RelayDependencies } from '@perennial/relay'
import type { Service } from '@perennial/runtime'
import { createSettlement, type SettlementDependencies } from '@perennial/settlement'
import { Container, ContainerModule } from 'inversify'
import { embeddedInfrastructure, type InfrastructureOptions, tokens } from './infrastructure.ts'

/** Places to die, for the crash tests. */
export interface FailPoints {
  ingest?: IngestDependencies['failPoint']
  settlement?: SettlementDependencies['failPoint']
  relay?: RelayDependencies['failPoint']
  projectors?: ProjectorServiceDependencies['failPoint']
}

/** The API brings a web server along, which only a process that serves needs to load. */
function lazyApi(dependencies: ApiDependencies, options: ApiOptions): Service {
  return {
    name: 'api',
    async drain() {},
    async run(signal) {
      const { createApi } = await import('@perennial/api')
      await createApi(dependencies, options).run(signal)
    },
  }
}

function services(failPoints: FailPoints, api: ApiOptions): ContainerModule {
  return new ContainerModule(({ bind }) => {
    const { clock, metrics, logger, eventStore, bus, deadLetters, waitingRoom, settlementProgress, readStores, service } = tokens
    bind(service)
      .toResolvedValue(
        (bus, eventStore, deadLetters, waitingRoom, clock, metrics, logger) =>
          createIngest({
            bus,
            eventStore,
            deadLetters,
            waitingRoom,
            clock,
            metrics,
            logger,
            ...(failPoints.ingest && { failPoint: failPoints.ingest }),
          }),
        [bus, eventStore, deadLetters, waitingRoom, clock, metrics, logger],
      )
      .inSingletonScope()
    bind(service)
      .toResolvedValue(
        (eventStore, progress, clock, metrics, logger) =>
          createSettlement({
            eventStore,
            progress,
            clock,
            metrics,
            logger,
            ...(failPoints.settlement && { failPoint: failPoints.settlement }),
          }),
        [eventStore, settlementProgress, clock, metrics, logger],
      )
      .inSingletonScope()
    for (const projector of projectors) {
      bind(service)
        .toResolvedValue(
          (eventStore, stores, clock, metrics, logger) =>
            createProjectorService(projector, {
              eventStore,
              readStore: stores.get(projector.name) as ReadStore,
              clock,
              metrics,
              logger,
              ...(failPoints.projectors && { failPoint: failPoints.projectors }),
            }),
          [eventStore, readStores, clock, metrics, logger],
        )
        .inSingletonScope()
    }
    bind(service)
      .toResolvedValue(
        (eventStore, bus, clock, logger) =>
          createLearner({ eventStore, clock, logger, waiting: () => bus.lag(topics.events, consumerGroups.ingest) }),
        [eventStore, bus, clock, logger],
      )
      .inSingletonScope()
    bind(service)
      .toResolvedValue(
        (bus, readStores, metrics) => createRelay({ bus, readStores, metrics, ...(failPoints.relay && { failPoint: failPoints.relay }) }),
        [bus, readStores, metrics],
      )
      .inSingletonScope()
    bind(service)
      .toResolvedValue(
        (eventStore, bus, deadLetters, settlementProgress, readStores, clock, metrics, logger) =>
          lazyApi({ eventStore, bus, deadLetters, settlementProgress, readStores, projectors, clock, metrics, logger }, api),
        [eventStore, bus, deadLetters, settlementProgress, readStores, clock, metrics, logger],
      )
      .inSingletonScope()
  })
}

/** The composition root of the engine. */
export function composeEngine(
  options: Omit<InfrastructureOptions, 'projectorNames'>,
  failPoints: FailPoints = {},
  api: ApiOptions = {},
): Container {
  const container = new Container()
  container.load(embeddedInfrastructure({ ...options, projectorNames: projectors.map(({ name }) => name) }), services(failPoints, api))
  return container
}
