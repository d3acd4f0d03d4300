import { structuredMode, topics } from '@perennial/contracts'
import type { EventStore } from '@perennial/event-store'
import type { MessageBus } from '@perennial/message-bus'
import type { Projector } from '@perennial/projector'
import type { ReadStore } from '@perennial/read-store'
import { type Clock, idle, type Logger, type Metrics, outlast, type Service, unlessStopped, yieldTurn } from '@perennial/runtime'
import { publishRows } from './publish-rows.ts'

export interface RelayDependencies {
  bus: MessageBus
  /** By name of the projector. */
  readStores: ReadonlyMap<string, ReadStore>
  metrics: Metrics
  logger: Logger
  /** What rows are made of, besides the read stores; without it only announcements are relayed. */
  rows?: { projectors: readonly Projector[]; eventStore: EventStore; clock: Clock }
  /** A place to die, for tests. */
  failPoint?(name: RelayFailPoint): void
}

export type RelayFailPoint = 'announcements-published' | 'rows-published'

const announcementsMax = 5_000
/** It looks soon again after it found something, and ever less often while there is nothing. */
const pauseMs = { afterWork: 20, longest: 200 }

/**
 * Brings announcements from the projectors' outboxes to the bus, and the rows that have changed. It may publish any of
 * them twice after a crash, never under another id, and never none; those of a member keep their order.
 *
 * While it runs, it outlasts servers that do not answer.
 */
export function createRelay(dependencies: RelayDependencies): Service {
  const { readStores, logger } = dependencies

  /** One batch of everything: who has much to say holds up nobody. */
  async function round(signal?: AbortSignal): Promise<number> {
    let count = 0
    for (const [projector, readStore] of readStores) {
      count += await relayAnnouncements(projector, readStore, dependencies)
      count += await relayRows(projector, readStore, dependencies, signal)
    }
    return count
  }

  async function drain(signal?: AbortSignal): Promise<number> {
    let total = 0
    while (!signal?.aborted) {
      const count = await round(signal)
      if (count === 0) break
      total += count
      await yieldTurn()
    }
    return total
  }

  return {
    name: 'relay',
    drain: async (signal) => void (await drain(signal)),
    async run(signal) {
      let pause = pauseMs.longest
      await unlessStopped(signal, async () => {
        while (!signal.aborted) {
          const count = await outlast(() => drain(signal), { signal, logger })
          pause = count > 0 ? pauseMs.afterWork : Math.min(pause * 2, pauseMs.longest)
          await idle(pause, signal)
        }
      })
    },
  }
}

async function relayAnnouncements(
  projector: string,
  readStore: ReadStore,
  { bus, metrics, failPoint }: RelayDependencies,
): Promise<number> {
  const entries = await readStore.pendingAnnouncements(announcementsMax)
  const last = entries.at(-1)
  if (!last) return 0
  await bus.publish(
    topics.announcements,
    entries.map(({ id, announcement }) => {
      const event = { id, ...(JSON.parse(announcement) as { subject: string }) }
      return { id, key: event.subject, value: JSON.stringify(event), headers: structuredMode }
    }),
  )
  failPoint?.('announcements-published')
  await readStore.markRelayed(last.sequence)
  metrics.announcementsRelayed.inc({ projector }, entries.length)
  return entries.length
}

async function relayRows(
  name: string,
  readStore: ReadStore,
  { bus, metrics, rows, failPoint }: RelayDependencies,
  signal: AbortSignal | undefined,
): Promise<number> {
  const projector = rows?.projectors.find((candidate) => candidate.name === name)
  if (!rows || !projector) return 0
  const { eventStore, clock } = rows
  const count = await publishRows(projector, {
    eventStore,
    readStore,
    bus,
    clock,
    ...(signal && { signal }),
    ...(failPoint && { failPoint }),
  })
  metrics.rowsPublished.inc({ projector: name }, count)
  return count
}
