import { partitionOf, type RowEvent, rowEventType, rowsTopic, structuredMode } from '@perennial/contracts'
import type { EventStore } from '@perennial/event-store'
import type { MessageBus, NewMessage } from '@perennial/message-bus'
import { loadProgrammes, type Projector, rowOf } from '@perennial/projector'
import { type ChangedRow, GenerationRetired, type ReadModel, type ReadStore, type StoredMember } from '@perennial/read-store'
import { type Clock, idle } from '@perennial/runtime'

export interface RowSources {
  eventStore: EventStore
  readStore: ReadStore
  bus: MessageBus
  clock: Clock
  /** When it has aborted, another relay may be publishing newer rows: then nothing is. */
  signal?: AbortSignal
  failPoint?(name: 'rows-published'): void
}

/** Rows in memory at once, and in one request to the bus. */
const rowsMax = 1_000

/**
 * Publishes the rows of up to 1,000 members who have changed, each as it stands now, and answers how many. Who has
 * changed often meanwhile is published once; who has no row any longer, as a tombstone.
 *
 * Who has changed is asked before all that the rows are made of: where any of that changes meanwhile, so does the row,
 * and waits to be published again. So does a row that another relay has published meanwhile, who took over while this one
 * was waiting for its servers: the last row of a member on the topic is the one that it has.
 */
export async function publishRows(projector: Projector, sources: RowSources): Promise<number> {
  const { eventStore, readStore, bus, clock, signal, failPoint } = sources
  const changed = await readStore.changedRows(rowsMax)
  if (changed.length === 0) return 0
  const versions = await loadProgrammes(eventStore)
  const live = await loadLive(projector, readStore, changed)
  // While processes of two versions run, the rows are the other one's: it publishes them, or they are made anew.
  if (!live) return 0
  const now = clock()
  const messages = changed.map(({ memberId, sequence }): NewMessage => {
    const member = live.members.get(memberId)
    const position = String(live.positions.get(partitionOf(memberId)) ?? 0)
    if (!member) return { key: memberId, value: null, headers: { position } }
    const event = {
      specversion: '1.0',
      id: `${memberId}-${sequence}`,
      source: `/perennial/${projector.name}`,
      type: rowEventType(projector.name),
      subject: memberId,
      time: new Date(now).toISOString(),
      datacontenttype: 'application/json',
      position,
      data: rowOf(projector, versions, member, now),
    } as RowEvent
    return { key: memberId, value: JSON.stringify(event), headers: structuredMode }
  })
  // A process that was stopped for a while wakes with an answer from the store, before the timer that takes its lock away.
  await idle(0)
  if (signal?.aborted) return 0
  await bus.publish(rowsTopic(projector.name), messages)
  failPoint?.('rows-published')
  await readStore.markPublished(changed)
  return changed.length
}

interface LiveMembers {
  /** By partition: what the members reflect at least. */
  positions: ReadonlyMap<number, number>
  members: ReadonlyMap<string, StoredMember>
}

/** Undefined where the tables are those of another version of the projector. */
async function loadLive(projector: Projector, readStore: ReadStore, changed: readonly ChangedRow[]): Promise<LiveMembers | undefined> {
  for (;;) {
    const readModel = await readStore.live(projector)
    if (readModel.version !== projector.version) return undefined
    try {
      return await loadMembers(readModel, changed)
    } catch (error) {
      // A rebuild has replaced the tables: those that it filled are read.
      if (!(error instanceof GenerationRetired)) throw error
    }
  }
}

/** Positions first: the members may be further by the time that they are loaded, and are never behind. */
async function loadMembers(readModel: ReadModel, changed: readonly ChangedRow[]): Promise<LiveMembers> {
  const checkpoints = await readModel.checkpoints()
  const members = await readModel.load(changed.map(({ memberId }) => memberId))
  return { positions: new Map(checkpoints.map(({ partition, position }) => [partition, position])), members }
}
