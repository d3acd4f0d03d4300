import { PerennialError } from '@perennial/contracts'
import { GenerationRetired, type ReadModel } from '@perennial/read-store'
import { isUnavailable, type Metrics } from '@perennial/runtime'
import { type LiveOptions, type LiveProjection, openLiveProjection } from './live-projection.ts'
import { type LiveTablesOptions, openLiveTables } from './live-tables.ts'
import { createShare, keepBeating, type Share, type ShareOptions } from './share.ts'

export interface ProjectorWorkOptions extends Omit<LiveTablesOptions, 'shared'> {
  metrics: Metrics
  share?: Pick<ShareOptions, 'owner' | 'ttlMs' | 'now'>
  onShare?(partitions: number): void
  failPoint?: LiveOptions['failPoint']
  batchMax?: number
  /** Does not beat by itself: whoever takes the turns does it, at moments of its choosing. */
  beatsByHand?: boolean
}

/** A projector at work on its live tables, alone or as one of several. */
export interface ProjectorWork {
  /**
   * Does one piece of work; false where there was none: everything is folded, or it stands by without a partition. Who
   * learns that it writes tables or partitions that are not its own any longer forgets them, and goes on with the next
   * turn.
   * @throws what ends a projector; after `store-unavailable`, the next turn may go on
   */
  turn(signal?: AbortSignal): Promise<boolean>
  /** How many events or members the last piece of work took. */
  lastCount(): number
  beat(): Promise<void>
  /** Gives back its share of the partitions. */
  leave(): Promise<void>
}

interface Tables {
  readModel: ReadModel
  share: Share | undefined
  stopBeating(): void
}

export function createProjectorWork(options: ProjectorWorkOptions): ProjectorWork {
  const { projector, metrics } = options
  let tables: Tables | undefined
  let projection: LiveProjection | undefined
  /** What the projection stops for between two pages: the end, and that the share changes. */
  let stop: AbortSignal | undefined
  let toldPartitions: number | undefined
  let lastCount = 0
  /** Whether a commit may still be under way of which nobody will learn any more. */
  let unsure = false

  async function openTables(signal?: AbortSignal): Promise<Tables | undefined> {
    const readModel = await openLiveTables({ ...options, shared: options.share !== undefined }, signal)
    if (!readModel) return undefined
    const share = options.share && createShare({ readModel, ...options.share })
    return { readModel, share, stopBeating: share && !options.beatsByHand ? keepBeating(share) : () => {} }
  }

  function tell(partitions: number): void {
    if (partitions === toldPartitions) return
    toldPartitions = partitions
    if (partitions === 0) metrics.position.remove({ projector: projector.name })
    options.onShare?.(partitions)
  }

  async function open({ readModel, share }: Tables, signal?: AbortSignal): Promise<LiveProjection> {
    // One that waits for those before it: what it reads then is what they have left. Who claims has waited already.
    if (unsure && !share) await readModel.commit({ members: [] })
    unsure = false
    stop = share ? AbortSignal.any([share.unsettled(), ...(signal ? [signal] : [])]) : signal
    return openLiveProjection({
      ...options,
      readModel,
      ...share?.lease(),
      onWork({ kind, count, ms }) {
        lastCount = count
        metrics.folded.inc({ projector: projector.name, kind }, count)
        metrics.foldSeconds.observe({ projector: projector.name }, ms / 1000)
      },
    })
  }

  /** Whether there is anything that may be written. */
  async function settle(share: Share): Promise<boolean> {
    if (share.isUnsettled()) {
      projection = undefined
      tell((await share.settle()).partitions.length)
    }
    return !share.isPaused() && share.lease().partitions.length > 0
  }

  function dropTables(): void {
    tables?.stopBeating()
    tables = undefined
  }

  return {
    async turn(signal) {
      try {
        tables ??= await openTables(signal)
        if (!tables) return false
        if (tables.share && !(await settle(tables.share))) return false
        projection ??= await open(tables, signal)
        const busy = await projection.step(stop)
        metrics.position.set({ projector: projector.name }, projection.position())
        return busy
      } catch (error) {
        // Whatever went wrong, what is in memory may be ahead of what was written.
        projection = undefined
        if (error instanceof GenerationRetired) {
          dropTables()
          return true
        }
        if (isUnavailable(error)) unsure = true
        tables?.share?.forget()
        if (tables?.share && error instanceof PerennialError && error.code === 'partition-lost') return true
        throw error
      }
    },
    lastCount: () => lastCount,
    async beat() {
      await tables?.share?.beat()
    },
    async leave() {
      projection = undefined
      const share = tables?.share
      dropTables()
      await share?.leave()
      if (share) tell(0)
    },
  }
}
