import { ingestGroup } from '@perennial/contracts'
import { type Checkpoint, type ReadModel, reachedPosition } from '@perennial/read-store'
import { intakeTopics, type MonitoredProjector, type OperationsDependencies } from './dependencies.ts'
import type { LookUp } from './look-ups.ts'

/** What is still to do, as the stores know it. Each asks once, however many routes want to know. */
export interface Lags {
  /** Messages that ingest has not taken, by group. */
  ofIngest(): Promise<Map<string, number>>
  /** Events whose consequences are not settled. */
  ofSettlement(): Promise<number>
  ofProjector(projector: MonitoredProjector): Promise<ProjectorStatus>
  /** What waits for the relay, of one projector. */
  ofRelay(projector: string): Promise<{ announcements: number; rows: number }>
  head(): Promise<number>
  openDeadLetters(): Promise<number>
}

export interface ProjectorStatus {
  /** Version of the code that filled the read model that serves. */
  version: number
  /** Events that are not folded: in the partitions that this process holds, or in any where it runs the API. */
  lag: number
  parked: number
}

/** @throws (each of them) PerennialError `store-unavailable` where no answer comes in time */
export function createLags(running: OperationsDependencies, lookUp: LookUp): Lags {
  const { eventStore, bus, deadLetters, settlementProgress, readStores } = running

  function storeOf(projector: string) {
    const readStore = readStores.get(projector)
    if (!readStore) throw new Error(`no read store for ${projector}`)
    return readStore
  }

  return {
    ofIngest: () =>
      lookUp('ingest', async () => {
        const lag = async (topic: string) => [ingestGroup(topic), await bus.lag(topic, ingestGroup(topic))] as const
        return new Map(await Promise.all(intakeTopics(running).map(lag)))
      }),
    ofSettlement: () => lookUp('settlement', async () => eventStore.countAfter(await settlementProgress.position())),
    ofProjector: (projector) =>
      lookUp(projector.name, async () => {
        const readModel = await storeOf(projector.name).live(projector)
        const [checkpoints, parked] = await Promise.all([ownCheckpoints(readModel, running), readModel.parked()])
        return {
          version: readModel.version,
          lag: checkpoints.length === 0 ? 0 : await eventStore.countAfter(reachedPosition(checkpoints)),
          // Not `counts()`: that counts the members too, which takes long where there are millions.
          parked: parked.length,
        }
      }),
    ofRelay: (projector) =>
      lookUp(`relay of ${projector}`, async () => {
        const readStore = storeOf(projector)
        const [announcements, rows] = await Promise.all([readStore.outboxLag(), readStore.rowsLag()])
        return { announcements, rows }
      }),
    head: () => lookUp('event store', () => eventStore.head()),
    openDeadLetters: () => lookUp('dead letters', () => deadLetters.countOpen()),
  }
}

/** Who holds no partition stands by, and is behind with nothing. The API answers for every member, whoever folds them. */
async function ownCheckpoints(readModel: ReadModel, { services, partitionOwner }: OperationsDependencies): Promise<Checkpoint[]> {
  const checkpoints = await readModel.checkpoints()
  if (partitionOwner === undefined || services.includes('api')) return checkpoints
  const leases = await readModel.leases()
  const own = new Set(leases.filter(({ owner }) => owner === partitionOwner).map(({ partition }) => partition))
  return checkpoints.filter(({ partition }) => own.has(partition))
}
