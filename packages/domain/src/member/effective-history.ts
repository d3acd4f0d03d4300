import type { AdoptedEvent } from '@perennial/contracts'
import { compareEvents, type MemberEvent, type MemberEventOf } from './member-event.ts'

/**
 * The events that count for a member, in the order of the folds: those of the stream that happened up to `upTo`, with
 * the history of members that were merged into this one in its own place. A member that was itself merged into another
 * has no history of its own until the merge is undone.
 *
 * @param events of the member's stream, in any order
 * @param decode reads the data of an adopted event as the code of today does; `position` is that of the event of this
 *   stream that brought it
 */
export function effectiveHistory(events: readonly MemberEvent[], upTo: number, decode: Decode): MemberEvent[] {
  const present = events.filter(({ occurredAt }) => occurredAt <= upTo)
  if (!present.some(({ type }) => type === 'MergedInto' || type === 'HistoryAdopted')) return sorted(present)

  const undone = new Set(present.flatMap((event) => (event.type === 'MergeUndone' ? [event.data.merge] : [])))
  if (present.some((event) => event.type === 'MergedInto' && !undone.has(event.id))) return []
  return sorted(withAdopted(present, upTo, decode))
}

type Decode = (event: AdoptedEvent, position: number) => unknown

function withAdopted(events: readonly MemberEvent[], upTo: number, decode: Decode): MemberEvent[] {
  const ended = new Set(events.flatMap((event) => (event.type === 'AdoptionEnded' ? [event.data.merge] : [])))
  const own: MemberEvent[] = []
  /** By merge: what is known here of the other member's stream. Where that one adopted a history, and where that ended, may have come apart. */
  const others = new Map<string, MemberEvent[]>()
  for (const event of events) {
    if (event.type !== 'HistoryAdopted') {
      own.push(event)
    } else if (!ended.has(event.data.merge)) {
      const other = others.get(event.data.merge) ?? []
      others.set(event.data.merge, other)
      other.push(...adopted(event, upTo, decode))
    }
  }
  return [...own, ...[...others.values()].flatMap((other) => withAdopted(other, upTo, decode))]
}

function adopted({ data, position }: MemberEventOf<'HistoryAdopted'>, upTo: number, decode: Decode): MemberEvent[] {
  return (
    data.events
      // That the other member was once merged elsewhere, and no longer is, is no part of this one's story.
      .filter(({ type, occurredAt }) => occurredAt <= upTo && type !== 'MergedInto' && type !== 'MergeUndone')
      .map((event): MemberEvent => ({ ...event, data: decode(event, position), position }) as MemberEvent)
  )
}

function sorted(events: MemberEvent[]): MemberEvent[] {
  for (let index = 1; index < events.length; index++) {
    if (compareEvents(events[index - 1] as MemberEvent, events[index] as MemberEvent) > 0) return events.sort(compareEvents)
  }
  return events
}
