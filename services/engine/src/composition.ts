import type { ApiDependencies, ApiOptions } from '@perennial/api'
import { createIngest, type IngestDependencies } from '@perennial/ingest'
import { createLearner } from '@perennial/learner'
import { createProjectorService, type ProjectorServiceDependencies } from '@perennial/projector'
import { projectors } from '@perennial/projectors'
import type { ReadStore } from '@perennial/read-store'
import { createRelay, type RelayDependencies } from '@perennial/relay'
import type { Service } from '@perennial/runtime'
import { createSettlement, type SettlementDependencies } from '@perennial/settlement'
import { Container, ContainerModule } from 'inversify'
import { type InfrastructureOptions, infrastructure, tokens } from './infrastructure.ts'
import { messagesWaiting } from './lag-of.ts'

/** Places to die, for the crash tests. */
export interface FailPoints {
  ingest?: IngestDependencies['failPoint']
  settlement?: SettlementDependencies['failPoint']
  relay?: RelayDependencies['failPoint']
  projectors?: ProjectorServiceDependencies['failPoint']
}

type LazyApiDependencies = Omit<ApiDependencies, 'beside'> & { runsHere(): readonly string[] }

/** The API brings a web server along, which only a process that serves needs to load. */
function lazyApi({ runsHere, ...dependencies }: LazyApiDependencies, options: ApiOptions): Service {
  return {
    name: 'api',
    async drain() {},
    async run(signal) {
      const { createApi } = await import('@perennial/api')
      await createApi({ ...dependencies, beside: runsHere() }, options).run(signal)
    },
  }
}

function services(failPoints: FailPoints, api: ApiOptions): ContainerModule {
  return new ContainerModule(({ bind }) => {
    const { clock, metrics, logger, eventStore, bus, deadLetters, waitingRoom, settlementProgress, readStores, locks, service } = tokens
    const { sharing, intake, publishRows } = tokens
    bind(service)
      .toResolvedValue(
        (bus, eventStore, deadLetters, waitingRoom, intake, clock, metrics, logger) =>
          createIngest({
            bus,
            eventStore,
            deadLetters,
            waitingRoom,
            ...intake,
            clock,
            metrics,
            logger,
            ...(failPoints.ingest && { failPoint: failPoints.ingest }),
          }),
        [bus, eventStore, deadLetters, waitingRoom, intake, clock, metrics, logger],
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
          (eventStore, stores, sharing, locks, clock, metrics, logger) =>
            createProjectorService(projector, {
              eventStore,
              readStore: stores.get(projector.name) as ReadStore,
              clock,
              metrics,
              logger,
              ...(sharing.partitions && {
                share: sharing.partitions,
                tryLock: (name: string) => locks.tryLock(name),
                onShare: (partitions: number) => metrics.partitionsHeld.set({ projector: projector.name }, partitions),
              }),
              ...(failPoints.projectors && { failPoint: failPoints.projectors }),
            }),
          [eventStore, readStores, sharing, locks, clock, metrics, logger],
        )
        .inSingletonScope()
    }
    bind(service)
      .toResolvedValue(
        (eventStore, bus, intake, clock, logger) =>
          createLearner({ eventStore, clock, logger, waiting: () => messagesWaiting(bus, intake) }),
        [eventStore, bus, intake, clock, logger],
      )
      .inSingletonScope()
    bind(service)
      .toResolvedValue(
        (bus, readStores, eventStore, publishRows, clock, metrics, logger) =>
          createRelay({
            bus,
            readStores,
            metrics,
            logger,
            ...(publishRows && { rows: { projectors, eventStore, clock } }),
            ...(failPoints.relay && { failPoint: failPoints.relay }),
          }),
        [bus, readStores, eventStore, publishRows, clock, metrics, logger],
      )
      .inSingletonScope()
    bind(service)
      .toResolvedValue(
        (eventStore, bus, deadLetters, settlementProgress, readStores, intake, clock, metrics, logger, runsHere) =>
          lazyApi(
            { eventStore, bus, deadLetters, settlementProgress, readStores, projectors, intake, clock, metrics, logger, runsHere },
            api,
          ),
        [eventStore, bus, deadLetters, settlementProgress, readStores, intake, clock, metrics, logger, tokens.runsHere],
      )
      .inSingletonScope()
  })
}

/** The composition root of the engine. */
export function composeEngine(options: InfrastructureOptions, failPoints: FailPoints = {}, api: ApiOptions = {}): Container {
  const container = new Container()
  container.load(infrastructure(options), services(failPoints, api))
  return container
}
