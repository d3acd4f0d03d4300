import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ApiOptions } from '@perennial/api'
import { consumerGroups, PerennialError, topics } from '@perennial/contracts'
import type { DeadLetters } from '@perennial/dead-letters'
import type { EventStore } from '@perennial/event-store'
import type { MessageBus } from '@perennial/message-bus'
import { catchUpTogether, type Projector, rebuild } from '@perennial/projector'
import { projectors } from '@perennial/projectors'
import { type ReadStore, reachedPosition } from '@perennial/read-store'
import { type Clock, idle, type Lock, type Logger, type Metrics, type Service, systemClock, tryLock } from '@perennial/runtime'
import type { SettlementProgress } from '@perennial/settle'
import type { WaitingRoom } from '@perennial/waiting-room'
import { composeEngine, type FailPoints } from './composition.ts'
import { tokens } from './infrastructure.ts'

export interface EngineOptions {
  dataDirectory: string
  clock?: Clock
  logger?: Logger
  failPoints?: FailPoints
  /** Where the API listens, and whom to tell once it does. */
  api?: ApiOptions
  /** Refuse a directory in which nothing was ever published. */
  mustExist?: boolean
}

/** Everything in one process, over one data directory. */
export interface Engine {
  dataDirectory: string
  clock: Clock
  eventStore: EventStore
  bus: MessageBus
  deadLetters: DeadLetters
  waitingRoom: WaitingRoom
  settlementProgress: SettlementProgress
  readStores: ReadonlyMap<string, ReadStore>
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

/** @throws PerennialError `data-missing` with `mustExist` */
export function openEngine(options: EngineOptions): Engine {
  const { dataDirectory, clock = systemClock } = options
  if (options.mustExist && !existsSync(join(dataDirectory, 'log.db'))) throw new PerennialError('data-missing', { where: dataDirectory })
  const container = composeEngine(
    { dataDirectory, clock, ...(options.logger && { logger: options.logger }) },
    options.failPoints,
    options.api,
  )
  const eventStore = container.get(tokens.eventStore)
  const bus = container.get(tokens.bus)
  const deadLetters = container.get(tokens.deadLetters)
  const waitingRoom = container.get(tokens.waitingRoom)
  const settlementProgress = container.get(tokens.settlementProgress)
  const readStores = container.get(tokens.readStores)
  const services = container.getAll(tokens.service)

  /** Runs work for a service under its lock; false where another process has it. */
  async function underLock(name: string, work: () => Promise<void>): Promise<boolean> {
    const lock = tryLock(dataDirectory, name)
    if (!lock) return false
    try {
      await work()
      return true
    } finally {
      lock.release()
    }
  }

  /** Runs work under several locks: all of them, or none and `data-busy` with what the missing one stands for. */
  async function underAllLocks<T>(wanted: readonly { lock: string; where: string }[], work: () => Promise<T>): Promise<T> {
    const held: Lock[] = []
    try {
      for (const { lock: name, where } of wanted) {
        const lock = tryLock(dataDirectory, name)
        if (!lock) throw new PerennialError('data-busy', { where: `${where} in ${dataDirectory}` })
        held.push(lock)
      }
      return await work()
    } finally {
      for (const lock of held) lock.release()
    }
  }

  async function lagOf(name: string): Promise<number> {
    if (name === 'ingest') return bus.lag(topics.events, consumerGroups.ingest)
    if (name === 'settlement') return (await eventStore.head()) - (await settlementProgress.position())
    const projector = projectors.find((candidate) => candidate.name === name)
    const readStore = readStores.get(name)
    if (projector && readStore) {
      const checkpoints = await (await readStore.live(projector)).checkpoints()
      return (await eventStore.head()) - reachedPosition(checkpoints)
    }
    if (name !== 'relay') return 0
    const lags = await Promise.all([...readStores.values()].map((store) => store.outboxLag()))
    return lags.reduce((sum, lag) => sum + lag, 0)
  }

  async function catchUp(signal?: AbortSignal, onProgress?: (progress: DrainProgress) => void): Promise<void> {
    const locks: Lock[] = []
    const mine: Projector[] = []
    for (const projector of projectors) {
      const lock = tryLock(dataDirectory, projector.name)
      if (!lock) continue
      locks.push(lock)
      mine.push(projector)
    }
    let left = await eventStore.head()
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
      for (const lock of locks) lock.release()
    }
  }

  return {
    dataDirectory,
    clock,
    eventStore,
    bus,
    deadLetters,
    waitingRoom,
    settlementProgress,
    readStores,
    metrics: container.get(tokens.metrics),
    logger: container.get(tokens.logger),
    projectors,
    services,

    async run(signal, { only, onStarted } = {}) {
      const chosen = only ? services.filter(({ name }) => only.includes(name)) : services
      // One service that fails stops the others, so that the process ends and its supervisor notices.
      const failed = new AbortController()
      const stop = AbortSignal.any([signal, failed.signal])
      const wanted = chosen.map(({ name }) => ({ lock: name, where: name }))
      await underAllLocks(wanted, async () => {
        onStarted?.()
        const running = chosen.map(async (service) => {
          try {
            await service.run(stop)
          } finally {
            failed.abort()
          }
        })
        const results = await Promise.allSettled(running)
        for (const result of results) if (result.status === 'rejected') throw result.reason
      })
    },

    async drain({ signal, onProgress } = {}) {
      for (const service of services) {
        if (signal?.aborted) return
        if (service.name === projectors[0]?.name) await catchUp(signal, onProgress)
        onProgress?.({ stage: service.name, left: await lagOf(service.name) })
        // Where another process runs the service, its work is waited for; should that process end, it is done here.
        while (!(await underLock(service.name, () => service.drain(signal)))) {
          const left = await lagOf(service.name)
          onProgress?.({ stage: service.name, left })
          if (left === 0 || signal?.aborted) break
          await idle(waitMs, signal)
        }
      }
    },

    async rebuild({ names, onProgress, signal } = {}) {
      const chosen = names?.length ? projectors.filter(({ name }) => names.includes(name)) : projectors
      const wanted = chosen.map(({ name }) => ({ lock: `rebuild-${name}`, where: `rebuild of ${name}` }))
      return underAllLocks(wanted, () =>
        rebuild({
          projectors: chosen,
          readStores,
          eventStore,
          clock,
          ...(options.failPoints?.projectors && { failPoint: options.failPoints.projectors }),
          ...(onProgress && { onProgress }),
          ...(signal && { signal }),
        }),
      )
    },

    async close() {
      await Promise.all(
        [eventStore, bus, deadLetters, waitingRoom, settlementProgress, ...readStores.values()].map((store) => store.close()),
      )
    },
  }
}
