import { ingestGroup } from '@perennial/contracts'
import type { MessageBus } from '@perennial/message-bus'
import { projectors } from '@perennial/projectors'
import { reachedPosition } from '@perennial/read-store'
import type { Adapters } from './adapters.ts'

/** What a service still has to do: messages for ingest, announcements and rows for the relay, events for the others. */
export async function lagOf(name: string, adapters: Adapters): Promise<number> {
  const { bus, intake, eventStore, settlementProgress, readStores, publishRows } = adapters
  if (name === 'ingest') return messagesWaiting(bus, intake)
  if (name === 'settlement') return eventStore.countAfter(await settlementProgress.position())
  if (name === 'relay') {
    const stores = [...readStores.values()]
    return sum([...stores.map((store) => store.outboxLag()), ...(publishRows ? stores.map((store) => store.rowsLag()) : [])])
  }
  const projector = projectors.find((candidate) => candidate.name === name)
  const readStore = readStores.get(name)
  if (!projector || !readStore) return 0
  return eventStore.countAfter(reachedPosition(await (await readStore.live(projector)).checkpoints()))
}

/** Messages that ingest has not taken yet, on all of its topics. */
export function messagesWaiting(bus: MessageBus, { topics }: Adapters['intake']): Promise<number> {
  return sum(topics.map((topic) => bus.lag(topic, ingestGroup(topic))))
}

async function sum(numbers: readonly Promise<number>[]): Promise<number> {
  return (await Promise.all(numbers)).reduce((total, number) => total + number, 0)
}
