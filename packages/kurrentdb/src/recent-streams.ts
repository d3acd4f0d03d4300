import type { EventRecord } from '@perennial/event-store'
import { copyRecord } from './copy-record.ts'
import type { EventPlace } from './log-index.ts'
import type { RecentEvents } from './recent-events.ts'

/**
 * Streams that were read last, from their first event on. Several read models fold the same member again when a return
 * comes, each for itself but at about the same time: the server is asked once. What stands in a stream never changes, so
 * only what came behind has to be looked for.
 */
export interface RecentStreams {
  /** These events of a stream, all that it has up to one of them; `readPlaces` is asked for those that are not here. */
  read(
    stream: string,
    places: readonly EventPlace[],
    readPlaces: (missing: readonly EventPlace[]) => Promise<EventRecord[]>,
  ): Promise<EventRecord[]>
}

/** @param eventsMax of all streams together, each of some hundred bytes */
export function createRecentStreams(recent: RecentEvents, eventsMax: number): RecentStreams {
  const streams = new Map<string, readonly EventRecord[]>()
  let count = 0

  function remember(stream: string, records: readonly EventRecord[]): void {
    if (records.length === 0) return
    count += records.length - (streams.get(stream)?.length ?? 0)
    streams.delete(stream)
    streams.set(stream, records)
    for (const [oldest, { length }] of streams) {
      if (count <= eventsMax) return
      streams.delete(oldest)
      count -= length
    }
  }

  return {
    async read(stream, places, readPlaces) {
      const known = streams.get(stream) ?? []
      const missing = places.slice(known.length)
      const headings = missing.map((place) => ({ ...place, stream, type: '' }))
      const added = missing.length === 0 ? [] : (recent.find(headings) ?? (await readPlaces(missing)))
      const records = [...known, ...added]
      remember(stream, records)
      return records.slice(0, places.length).map(copyRecord)
    },
  }
}
