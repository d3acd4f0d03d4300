import type { EventHeading, EventRecord } from '@perennial/event-store'
import { copyRecord } from './copy-record.ts'
import { type PlacedEvent, toRecord } from './wire.ts'

/**
 * The events that this process has taken into the index last, with what is in them. Several services of one process
 * follow the log, each at its own pace but all near its end: they are served from here, and the server is asked once.
 */
export interface RecentEvents {
  /** Events in the order of the log, behind those that were added before. */
  add(events: readonly PlacedEvent[]): void
  /** All of these, or undefined where one of them is not here. Each caller gets objects of its own. */
  find(headings: readonly EventHeading[]): EventRecord[] | undefined
}

const eventsMax = 10_000

/** @param bytesMax of the log: positions are bytes, so the distance of two is about what the events between them take */
export function createRecentEvents(bytesMax: number): RecentEvents {
  const events = new Map<number, PlacedEvent>()

  function forget(end: number): void {
    for (const position of events.keys()) {
      if (events.size <= eventsMax && position > end - bytesMax) return
      events.delete(position)
    }
  }

  return {
    add(added) {
      for (const event of added) events.set(event.position, event)
      forget(added.at(-1)?.position ?? 0)
    },

    find(headings) {
      const records: EventRecord[] = []
      for (const { position } of headings) {
        const event = events.get(position)
        if (!event) return undefined
        records.push(toRecord(event, position))
      }
      return records.map(copyRecord)
    },
  }
}
