import type { EventRecord } from '@perennial/event-store'
import { copyRecord } from './copy-record.ts'
import type { EventPlace } from './log-index.ts'
import type { RecentEvents } from './recent-events.ts'

type ReadPlaces = (missing: readonly EventPlace[]) => Promise<EventRecord[]>

/**
 * Streams that were read last, from their first event on. Several read models fold the same member again when a return
 * comes, or sweep over all members, each for itself but at about the same time: the server is asked once. What stands in a stream never changes, so
 * only what came behind has to be looked for.
 */
export interface RecentStreams {
  /** These events of a stream, all that it has up to one of them; `readPlaces` is asked for those that are not here. */
  read(stream: string, places: readonly EventPlace[], readPlaces: ReadPlaces): Promise<EventRecord[]>
}

/** @param eventsMax of all streams together, each of some hundred bytes */
export function createRecentStreams(recent: RecentEvents, eventsMax: number): RecentStreams {
  const streams = new Map<string, readonly EventRecord[]>()
  const reading = new Map<string, Promise<readonly EventRecord[]>>()
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

  async function complete(stream: string, places: readonly EventPlace[], readPlaces: ReadPlaces): Promise<readonly EventRecord[]> {
    const known = streams.get(stream) ?? []
    const missing = places.slice(known.length)
    const headings = missing.map((place) => ({ ...place, stream, type: '' }))
    const records = [...known, ...(recent.find(headings) ?? (await readPlaces(missing)))]
    remember(stream, records)
    return records
  }

  async function recordsOf(stream: string, places: readonly EventPlace[], readPlaces: ReadPlaces): Promise<readonly EventRecord[]> {
    for (let begun = reading.get(stream); begun; begun = reading.get(stream)) {
      // Where it fails, it has been tried for long enough for all who wait for it.
      const records = await begun
      if (records.length >= places.length) return records
    }
    const known = streams.get(stream)
    if (known && known.length >= places.length) return known
    const own = complete(stream, places, readPlaces).finally(() => reading.delete(stream))
    reading.set(stream, own)
    return own
  }

  return {
    async read(stream, places, readPlaces) {
      const records = await recordsOf(stream, places, readPlaces)
      return records.slice(0, places.length).map(copyRecord)
    },
  }
}
