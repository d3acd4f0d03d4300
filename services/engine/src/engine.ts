import { existsSync } from 'node:fs'
import type { ApiOptions } from '@perennial/api'
import { type Configuration, PerennialError } from '@perennial/contracts'
import type { OperationsOptions } from '@perennial/operations'
import { catchUpTogether, type Projector, rebuild } from '@perennial/projector'
import { projectors } from '@perennial/projectors'
import { type Clock, idle, isUnavailable, type Lock, type Logger, type Metrics, type Service, systemClock } from '@perennial/runtime'
import { type Adapters, closeAdapters, embeddedAdapters, fileIn } from './adapters.ts'
import { composeEngine, type FailPoints } from './composition.ts'
import { tokens } from './infrastructure.ts'
import { lagOf } from './lag-of.ts'
import { whetherOthersRun } from './others-run.ts'
import { runServices, underAllLocks, underLock } from './run-services.ts'
import { createLogGuard, isSameLog, logGuardName } from './same-log.ts'
import { openServerAdapters, placeOf, usesServers } from './server-adapters.ts'

export interface EngineOptions {
  clock?: Clock
  logger?: Logger
  failPoints?: FailPoints
  /** Where the API listens, and whom to tell once it does. */
  api?: ApiOptions
  /** Where a process that runs without the API tells how it is doing; nowhere without it. */
  operations?: OperationsOptions
  /** Refuse data to which nothing was ever published. */
  mustExist?: boolean
}

type Parts = Pick<Adapters, 'eventStore' | 'bus' | 'deadLetters' | 'waitingRoom' | 'settlementProgress' | 'readStores' | 'intake'>

/** Everything that works on one shop's data, in one process or in one of several. */
export interface Engine extends Parts {
  /** Where the data is, for people: a directory, and servers without their secrets. */
  place: string
  clock: Clock
  metrics: Metrics
  logger: Logger
  projectors: readonly Projector[]
  services: readonly Service[]
  /** Runs the named services (all without names) until the signal aborts; `onStarted` is told once they are this process's. */
  run(signal: AbortSignal, options?: { only?: readonly string[]; onStarted?(): void }): Promise<void>
  /** Works until everything on the bus has reached the read models; waits for services that other processes run. */
  drain(options?: { signal?: AbortSignal; onProgress?(progress: DrainProgress): void }): Promise<void>
  rebuild(options?: { names?: readonly string[]; onProgress?(events: number): void; signal?: AbortSignal }): Promise<boolean>
  close(): Promise<void>
}

export interface DrainProgress {
  stage: string
  /** Events still to do in this stage, where known. */
  left: number
}

const waitMs = 100
/** The service beside the others that tells how they are doing. */
const operationsName = 'operations'
const projectorNames = projectors.map(({ name }) => name)

/**
 * The engine over SQLite files in one directory, or in memory with `:memory:`.
 *
 * @throws PerennialError `data-missing` with `mustExist`
 */
export function openEngine({ dataDirectory, ...options }: EngineOptions & { dataDirectory: string }): Engine {
  if (options.mustExist && !existsSync(fileIn(dataDirectory, 'log.db'))) throw new PerennialError('data-missing', { where: dataDirectory })
  return createEngine(embeddedAdapters(dataDirectory, projectorNames), dataDirectory, options)
}

/**
 * The engine over what the configuration names.
 *
 * @throws PerennialError `data-missing` with `mustExist`; `store-address`, `store-unavailable`, `store-refused`
 */
export async function openConfiguredEngine(configuration: Configuration, options: EngineOptions = {}): Promise<Engine> {
  if (!usesServers(configuration)) return openEngine({ ...options, dataDirectory: configuration.data })
  const { mustExist = false } = options
  const place = placeOf(configuration)
  if (mustExist && !configuration.eventStore && !existsSync(fileIn(configuration.data, 'log.db')))
    throw new PerennialError('data-missing', { where: place })
  const adapters = await openServerAdapters(configuration, projectorNames, options.logger)
  const engine = createEngine(adapters, place, options)
  try {
    if (mustExist && (await engine.eventStore.head()) === 0) throw new PerennialError('data-missing', { where: place })
    return engine
  } catch (error) {
    // What is open keeps the process alive.
    await engine.close().catch(() => {})
    throw error
  }
}

function createEngine(adapters: Adapters, place: string, options: EngineOptions): Engine {
  const { clock = systemClock } = options
  const { locks, sharing, readStores, eventStore } = adapters
  let runsHere: readonly string[] = []
  const container = composeEngine(
    { adapters, clock, runsHere: () => runsHere, ...(options.logger && { logger: options.logger }) },
    options.failPoints,
    options.api,
  )
  const services = container.getAll(tokens.service)

  function together(name: string): boolean {
    if (projectorNames.includes(name)) return sharing.partitions !== undefined
    return name === operationsName || name === logGuardName || (name === 'ingest' && sharing.ingest) || (name === 'api' && sharing.api)
  }

  /** False also where a server does not answer: services start without waiting for it. */
  async function isSameLogNow(): Promise<boolean> {
    try {
      return await isSameLog(adapters)
    } catch (error) {
      if (isUnavailable(error)) return false
      throw error
    }
  }

  /** Loaded only by a process that tells how it is doing: it brings a web server along. */
  async function operationsService(services: readonly string[], settings: OperationsOptions): Promise<Service> {
    const { createOperations } = await import('@perennial/operations')
    const { bus, deadLetters, settlementProgress, intake } = adapters
    const owner = sharing.partitions?.owner
    return createOperations(
      {
        services,
        projectors,
        eventStore,
        bus,
        deadLetters,
        settlementProgress,
        readStores,
        intake,
        ...(owner !== undefined && { partitionOwner: owner }),
        metrics: container.get(tokens.metrics),
        logger: container.get(tokens.logger),
      },
      settings,
    )
  }

  /** Projectors that are far behind share one pass over the log, where one process may write all of a read model. */
  async function catchUp(signal?: AbortSignal, onProgress?: (progress: DrainProgress) => void): Promise<void> {
    if (sharing.partitions) return
    const held: Lock[] = []
    const mine: Projector[] = []
    for (const projector of projectors) {
      const lock = await locks.tryLock(projector.name)
      if (!lock) continue
      held.push(lock)
      mine.push(projector)
    }
    let { events: left } = await eventStore.counts()
    try {
      await catchUpTogether({
        projectors: mine,
        readStores,
        eventStore,
        clock,
        ...(options.failPoints?.projectors && { failPoint: options.failPoints.projectors }),
        onProgress(events) {
          left -= events
          onProgress?.({ stage: 'project', left })
        },
        ...(signal && { signal }),
      })
    } finally {
      for (const lock of held) await lock.release()
    }
  }

  /** Does what a service has left to do; false where that is left to others, or something is left that is theirs. */
  async function drainService(service: Service, othersRun: () => Promise<boolean>, signal?: AbortSignal): Promise<boolean> {
    const { name } = service
    if (!together(name)) return underLock(locks, name, (lost) => service.drain(signal ? AbortSignal.any([signal, lost]) : lost))
    if ((await lagOf(name, adapters)) === 0) return true
    // Joining those who run it for a moment only would have them divide everything anew, twice.
    if (await othersRun()) return false
    await service.drain(signal)
    return (await lagOf(name, adapters)) === 0
  }

  return {
    place,
    clock,
    eventStore,
    bus: adapters.bus,
    deadLetters: adapters.deadLetters,
    waitingRoom: adapters.waitingRoom,
    settlementProgress: adapters.settlementProgress,
    readStores,
    intake: adapters.intake,
    metrics: container.get(tokens.metrics),
    logger: container.get(tokens.logger),
    projectors,
    services,

    async run(signal, { only, onStarted } = {}) {
      const chosen = only ? services.filter(({ name }) => only.includes(name)) : services
      runsHere = chosen.map(({ name }) => name)
      const beside = options.operations && !runsHere.includes('api') ? [await operationsService(runsHere, options.operations)] : []
      if (!(await isSameLogNow())) beside.push(createLogGuard(adapters, container.get(tokens.logger)))
      await runServices([...chosen, ...beside], signal, {
        locks,
        together,
        standBy: sharing.standBy,
        where: place,
        ...(onStarted && { onStarted }),
      })
    },

    async drain({ signal, onProgress } = {}) {
      await isSameLog(adapters)
      for (const service of services) {
        if (signal?.aborted) return
        if (service.name === projectorNames[0]) await catchUp(signal, onProgress)
        onProgress?.({ stage: service.name, left: await lagOf(service.name, adapters) })
        // Where other processes run the service, their work is waited for; should they end, it is done here.
        const othersRun = whetherOthersRun(service.name, adapters)
        while (!(await drainService(service, othersRun, signal))) {
          const left = await lagOf(service.name, adapters)
          onProgress?.({ stage: service.name, left })
          if (left === 0 || signal?.aborted) break
          await idle(waitMs, signal)
        }
      }
      // It may have had no event before.
      await isSameLog(adapters)
    },

    async rebuild({ names, onProgress, signal } = {}) {
      await isSameLog(adapters)
      const chosen = names?.length ? projectors.filter(({ name }) => names.includes(name)) : projectors
      const wanted = chosen.map(({ name }) => ({ lock: `rebuild-${name}`, where: `rebuild of ${name} in ${place}` }))
      return underAllLocks(locks, wanted, (lost) =>
        rebuild({
          projectors: chosen,
          readStores,
          eventStore,
          clock,
          ...(options.failPoints?.projectors && { failPoint: options.failPoints.projectors }),
          ...(onProgress && { onProgress }),
          signal: signal ? AbortSignal.any([signal, lost]) : lost,
        }),
      )
    },

    close: () => closeAdapters(adapters),
  }
}
