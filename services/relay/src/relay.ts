import { topics } from '@perennial/contracts'
import type { MessageBus } from '@perennial/message-bus'
import type { ReadStore } from '@perennial/read-store'
import { idle, type Metrics, type Service } from '@perennial/runtime'

export interface RelayDependencies {
  bus: MessageBus
  /** By name of the projector. */
  readStores: ReadonlyMap<string, ReadStore>
  metrics: Metrics
  /** A place to die, for tests. */
  failPoint?(name: 'announcements-published'): void
}

const batchMax = 5_000
const pollMs = 200

/**
 * Brings announcements from the projectors' outboxes to the bus. It may publish an announcement twice after a crash,
 * never under another id, and never none.
 */
export function createRelay(dependencies: RelayDependencies): Service {
  const drain = async (signal?: AbortSignal) => {
    for (const [projector, readStore] of dependencies.readStores) {
      while (!signal?.aborted && (await relayBatch(projector, readStore, dependencies)) > 0);
    }
  }
  return {
    name: 'relay',
    drain,
    async run(signal) {
      while (!signal.aborted) {
        await drain(signal)
        await idle(pollMs, signal)
      }
    },
  }
}

async function relayBatch(projector: string, readStore: ReadStore, { bus, metrics, failPoint }: RelayDependencies): Promise<number> {
  const entries = await readStore.pendingAnnouncements(batchMax)
  const last = entries.at(-1)
  if (!last) return 0
  await bus.publish(
    topics.announcements,
    entries.map(({ id, announcement }) => {
      const event = { id, ...(JSON.parse(announcement) as { subject: string }) }
      return { id, key: event.subject, value: JSON.stringify(event) }
    }),
  )
  failPoint?.('announcements-published')
  await readStore.markRelayed(last.sequence)
  metrics.announcementsRelayed.inc({ projector }, entries.length)
  return entries.length
}
