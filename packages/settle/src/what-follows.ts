import { type AdoptedEvent, currentVersions, type DecisionDataOf, type DecisionType, settlementSource, upcast } from '@perennial/contracts'
import { type EventRecord, type EventStore, memberOfStream, memberStream, type NewEvent } from '@perennial/event-store'
import type { Merge } from './settlement-progress.ts'

/** Decisions about one member that something follows from in the stream of another. */
export const beginningTypes: ReadonlySet<string> = new Set<DecisionType>(['PointsTransferredOut', 'MergedInto', 'MergeUndone'])

/**
 * Events of one adoption at the most, and the size of their JSON text; one event alone may be larger. These numbers are
 * part of the storage format: ids of adoptions follow from them, and with others a merge that is read again would be
 * adopted twice.
 */
const adoptedMax = { events: 500, characters: 262_144 }

/**
 * What must stand in another member's stream because of a decision: of the same bytes whenever it is asked for, apart
 * from when it is recorded, so that the log stores it once. Nothing follows from other events.
 *
 * @param now the engine's clock, milliseconds
 */
export async function whatFollows(eventStore: EventStore, record: EventRecord, now: number): Promise<NewEvent[]> {
  const member = memberOfStream(record.stream)
  if (member === undefined) return []
  switch (record.type) {
    case 'PointsTransferredOut':
      return arrivalOf(record, member, now)
    case 'MergedInto':
      return adoptionOf(eventStore, record, now)
    case 'MergeUndone':
      return endOfAdoption(eventStore, record, member, now)
    default:
      return []
  }
}

function arrivalOf(record: EventRecord, from: string, now: number): NewEvent[] {
  const { to, points, lots } = dataOf<'PointsTransferredOut'>(record)
  if (to === from) return []
  const data = { transfer: record.id, from, points, lots }
  return [follow('PointsTransferredIn', `${record.id}/in`, to, record.occurredAt, data, now)]
}

/** The whole history of the member who was merged away, as it stood when it was decided. */
async function adoptionOf(eventStore: EventStore, record: EventRecord, now: number): Promise<NewEvent[]> {
  const merge = mergeOf(record)
  if (merge.into === merge.from) return []
  const history = await eventStore.readStream(record.stream, { upTo: record.position })
  const before = history.filter(({ revision }) => revision < record.revision)
  return inPieces(before.map(adopted)).map((events) => {
    const [first, last] = [events[0]?.revision, events.at(-1)?.revision]
    return adoption(merge, `${merge.merge}/${first}-${last}`, events, now)
  })
}

async function endOfAdoption(eventStore: EventStore, record: EventRecord, from: string, now: number): Promise<NewEvent[]> {
  const id = undoneBy(record)
  const history = await eventStore.readStream(record.stream, { upTo: record.position })
  const begun = history.find((event) => event.type === 'MergedInto' && event.id === id)
  if (!begun) return []
  const { into } = mergeOf(begun)
  if (into === from) return []
  return [follow('AdoptionEnded', `${id}/ended`, into, record.occurredAt, { merge: id, from }, now)]
}

/**
 * What reached the stream of a member who was merged away, for the one into whom. What has come from there is not
 * passed back: two members who were merged into each other at the same moment would pass it on for ever.
 */
export function passedOn(merge: Merge, record: EventRecord, now: number): NewEvent[] {
  const event = adopted(record)
  if ([merge.from, ...wayOf(event)].includes(merge.into)) return []
  return [adoption(merge, `${merge.merge}/${record.revision}`, [event], now)]
}

/** The members from one to the next of whom an event was passed on. */
function wayOf(event: AdoptedEvent): string[] {
  if (event.type !== 'HistoryAdopted') return []
  const { from, events } = event.data as DecisionDataOf['HistoryAdopted']
  const [only, ...others] = events
  return [from, ...(only && others.length === 0 ? wayOf(only) : [])]
}

/** @throws PerennialError `stored-event-unknown` for a version that is newer than this code */
export function mergeOf(record: EventRecord): Merge {
  const { into } = dataOf<'MergedInto'>(record)
  return { merge: record.id, from: memberOfStream(record.stream) ?? '', into, at: record.occurredAt }
}

/** The id of the merge that a `MergeUndone` ends. */
export function undoneBy(record: EventRecord): string {
  return dataOf<'MergeUndone'>(record).merge
}

function adoption(merge: Merge, id: string, events: AdoptedEvent[], now: number): NewEvent {
  return follow('HistoryAdopted', id, merge.into, merge.at, { merge: merge.merge, from: merge.from, events }, now)
}

/** As it stands in its own stream, whatever its version: who reads it brings it up to date. */
function adopted({ type, version, source, id, occurredAt, recordedAt, revision, data }: EventRecord): AdoptedEvent {
  return { type, version, source, id, occurredAt, recordedAt, revision, data }
}

function inPieces(events: readonly AdoptedEvent[]): AdoptedEvent[][] {
  const pieces: AdoptedEvent[][] = []
  let characters = 0
  for (const event of events) {
    const size = JSON.stringify(event).length
    const last = pieces.at(-1)
    if (last && last.length < adoptedMax.events && characters + size <= adoptedMax.characters) {
      last.push(event)
      characters += size
    } else {
      pieces.push([event])
      characters = size
    }
  }
  return pieces
}

function follow<T extends DecisionType>(
  type: T,
  id: string,
  memberId: string,
  occurredAt: number,
  data: DecisionDataOf[T],
  recordedAt: number,
): NewEvent {
  return {
    stream: memberStream(memberId),
    type,
    version: currentVersions[type],
    source: settlementSource,
    id,
    occurredAt,
    recordedAt,
    data: JSON.stringify(data),
    metadata: null,
  }
}

function dataOf<T extends DecisionType>({ type, version, data }: EventRecord): DecisionDataOf[T] {
  return upcast(type, version, data) as DecisionDataOf[T]
}
