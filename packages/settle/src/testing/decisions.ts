import { type AdoptedEvent, type DecisionDataOf, type DecisionType, decisionSource } from '@perennial/contracts'
import { type EventRecord, type EventStore, memberStream, type NewEvent } from '@perennial/event-store'

export const instant = (text: string) => Date.parse(`${text}T12:00:00Z`)

/** A fact about a member: it came in when it happened. */
export function visited(memberId: string, id: string, at = '2025-01-10', note = ''): NewEvent {
  return {
    stream: memberStream(memberId),
    type: 'EngagementRecorded',
    version: 1,
    source: '/till',
    id,
    occurredAt: instant(at),
    recordedAt: instant(at),
    data: JSON.stringify({ activity: 'visit', note }),
    metadata: null,
  }
}

/** Somebody decides, and says where in the log that stands. */
export async function decide<T extends DecisionType>(
  eventStore: EventStore,
  memberId: string,
  at: string,
  key: string,
  type: T,
  data: DecisionDataOf[T],
): Promise<number> {
  const stream = memberStream(memberId)
  const revision = (await eventStore.readStream(stream)).length - 1
  const { position } = await eventStore.appendDecision(
    {
      ...visited(memberId, key, at),
      type,
      source: decisionSource,
      data: JSON.stringify(data),
    },
    revision,
  )
  return position
}

export const transferOut = (eventStore: EventStore, from: string, to: string, key: string, points = 100, at = '2025-02-01') =>
  decide(eventStore, from, at, key, 'PointsTransferredOut', { to, points, lots: [{ points, expiresAt: null }] })

export const mergeInto = (eventStore: EventStore, from: string, into: string, key: string, at = '2025-02-01') =>
  decide(eventStore, from, at, key, 'MergedInto', { into, by: 'clerk' })

export const undoMerge = (eventStore: EventStore, from: string, merge: string, key = `undo ${merge}`, at = '2025-03-01') =>
  decide(eventStore, from, at, key, 'MergeUndone', { merge, by: 'clerk' })

/** The events that a member adopted and that still count, in the order in which they were. */
export async function adoptedEvents(eventStore: EventStore, memberId: string): Promise<AdoptedEvent[]> {
  const stream = await eventStore.readStream(memberStream(memberId))
  const ended = new Set(stream.flatMap(({ type, data }) => (type === 'AdoptionEnded' ? [(data as { merge: string }).merge] : [])))
  return stream.flatMap(({ type, data }) => {
    if (type !== 'HistoryAdopted') return []
    const { merge, events } = data as DecisionDataOf['HistoryAdopted']
    return ended.has(merge) ? [] : events
  })
}

export async function adoptedBy(eventStore: EventStore, memberId: string): Promise<string[]> {
  return (await adoptedEvents(eventStore, memberId)).map(({ id }) => id)
}

export const typesOf = (events: readonly EventRecord[]) => events.map(({ type }) => type)
