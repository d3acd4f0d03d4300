import type { Projector } from '@perennial/projector'
import { reachedPosition } from '@perennial/read-store'
import type { ApiDependencies } from './dependencies.ts'

export interface ProjectorStatus {
  /** Version of the code that filled the read model that serves. */
  version: number
  /** Positions between the head of the log and the last event folded; there may be fewer events, positions have gaps. */
  lag: number
  parked: number
  /** Announcements that wait for the relay. */
  outbox: number
}

export async function statusOf(projector: Projector, { eventStore, readStores }: ApiDependencies): Promise<ProjectorStatus> {
  const readStore = readStores.get(projector.name)
  if (!readStore) throw new Error(`no read store for ${projector.name}`)
  const readModel = await readStore.live(projector)
  const checkpoints = await readModel.checkpoints()
  const reached = reachedPosition(checkpoints)
  return {
    version: readModel.version,
    lag: Math.max(0, (await eventStore.head()) - reached),
    // Not `counts()`: that counts the members too, which takes long where there are millions.
    parked: (await readModel.parked()).length,
    outbox: await readStore.outboxLag(),
  }
}
