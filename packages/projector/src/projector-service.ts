import { reachedPosition } from '@perennial/read-store'
import { idle, outlast, type Service, unlessStopped, yieldTurn } from '@perennial/runtime'
import type { Projector } from './projector.ts'
import { createProjectorWork, type ProjectorWork, type ProjectorWorkOptions } from './projector-work.ts'

export interface ProjectorServiceDependencies
  extends Pick<ProjectorWorkOptions, 'eventStore' | 'readStore' | 'clock' | 'metrics' | 'logger' | 'failPoint' | 'onShare' | 'tryLock'> {
  /**
   * Under which name it shares the partitions with other processes, and how long these wait for it when it is silent, in
   * milliseconds. Without it, it is the only one that writes this read model.
   */
  share?: { owner: string; ttlMs: number }
}

/** Whoever has just had something to do will soon have more. */
const pollMs = { quiet: 100, recent: 20 }
const recentMs = 2_000
/** A commit costs about the same for one event as for a hundred: where few come at a time, some more are waited for. */
const few = { events: 200, gatherMs: 25 }
/** However the store fares: then the others take over without having been told. */
const leaveMsMax = 3_000

/** Runs one projector: its own checkpoint, its own tables, its own clock loop. */
export function createProjectorService(projector: Projector, dependencies: ProjectorServiceDependencies): Service {
  const { eventStore, readStore, share } = dependencies
  const { name } = projector
  const logger = dependencies.logger.child({ projector: name })
  const createWork = () => createProjectorWork({ projector, ...dependencies })

  async function leave(work: ProjectorWork): Promise<void> {
    const left = work.leave().catch((error: unknown) => logger.warn({ error }, 'the partitions were not given back'))
    const waiting = new AbortController()
    await Promise.race([left, idle(leaveMsMax, waiting.signal)])
    waiting.abort()
  }

  /** Where others hold partitions, their work is waited for; should they end, it is done here. */
  async function isThrough(upTo: number): Promise<boolean> {
    if (!share) return true
    return reachedPosition(await (await readStore.live(projector)).checkpoints()) >= upTo
  }

  return {
    name,
    async drain(signal) {
      const work = createWork()
      try {
        const upTo = share ? await eventStore.head() : 0
        while (!signal?.aborted) {
          if (await work.turn(signal)) await yieldTurn()
          else if (await isThrough(upTo)) return
          else await idle(pollMs.quiet, signal)
        }
      } finally {
        await leave(work)
      }
    },
    async run(signal) {
      const work = createWork()
      let workedAt = 0
      try {
        await unlessStopped(signal, async () => {
          while (!signal.aborted) {
            if (await outlast(() => work.turn(signal), { signal, logger })) {
              workedAt = performance.now()
              if (work.lastCount() < few.events) await idle(few.gatherMs, signal)
              else await yieldTurn()
            } else {
              await idle(performance.now() - workedAt < recentMs ? pollMs.recent : pollMs.quiet, signal)
            }
          }
        })
      } finally {
        await leave(work)
      }
    },
  }
}
