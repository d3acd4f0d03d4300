import type { EventStore } from '@perennial/event-store'
import { GenerationRetired, type ReadStore } from '@perennial/read-store'
import { type Clock, idle, type Logger, type Metrics, type Service, yieldTurn } from '@perennial/runtime'
import { type LiveOptions, type LiveProjection, openLiveProjection } from './live-projection.ts'
import type { Projector } from './projector.ts'
import { rebuild } from './rebuild.ts'

export interface ProjectorServiceDependencies {
  eventStore: EventStore
  readStore: ReadStore
  clock: Clock
  metrics: Metrics
  logger: Logger
  failPoint?: LiveOptions['failPoint']
}

const pollMs = 100

/** Runs one projector: its own checkpoint, its own tables, its own clock loop. */
export function createProjectorService(projector: Projector, dependencies: ProjectorServiceDependencies): Service {
  const { eventStore, readStore, clock, metrics, logger, failPoint } = dependencies
  const { name } = projector

  async function open(): Promise<LiveProjection> {
    const live = await readStore.live(projector)
    if (live.version !== projector.version) {
      logger.warn({ projector: name, from: live.version, to: projector.version }, 'rebuilding for a new version')
      await rebuild({ projectors: [projector], readStores: new Map([[name, readStore]]), eventStore, clock })
    }
    return openLiveProjection({
      projector,
      eventStore,
      readStore,
      clock,
      ...(failPoint && { failPoint }),
      onWork({ kind, count, ms }) {
        metrics.folded.inc({ projector: name, kind }, count)
        metrics.foldSeconds.observe({ projector: name }, ms / 1000)
      },
    })
  }

  /** Works while there is work. A rebuild may replace the tables meanwhile: then it goes on with the new ones. */
  async function work(projection: LiveProjection, signal?: AbortSignal): Promise<LiveProjection> {
    let current = projection
    while (!signal?.aborted) {
      try {
        if (!(await current.step(signal))) break
      } catch (error) {
        if (!(error instanceof GenerationRetired)) throw error
        current = await open()
      }
      metrics.position.set({ projector: name }, current.position())
      await yieldTurn()
    }
    return current
  }

  return {
    name,
    async drain(signal) {
      await work(await open(), signal)
    },
    async run(signal) {
      let projection = await open()
      while (!signal.aborted) {
        projection = await work(projection, signal)
        await idle(pollMs, signal)
      }
    },
  }
}
