import { PerennialError } from '@perennial/contracts'
import { withRetries } from './faults.ts'
import type { LogIndex } from './log-index.ts'
import type { RecentEvents } from './recent-events.ts'
import { isBefore, type Place, type Server } from './server.ts'
import type { PlacedEvent } from './wire.ts'

export interface CatchUpOptions {
  /** Bytes of log that are read with everybody's events in it; more than that is left to the server to filter first. */
  readMax: number
  /** How long a server may say nothing before the rest is read: older ones do not say when they have come to the end. */
  quietMs: number
}

const pageMax = 1_000

/**
 * Brings the index up to where the log on the server ends now. Everything that was acknowledged to anybody before it was
 * called is in the index when it returns.
 *
 * A filtered subscription brings what is far away, so that other people's events need not pass through here. What it
 * says about how far it has come is never believed: servers were known to name places ahead of events that they had not
 * sent yet (https://github.com/kurrent-io/KurrentDB/pull/4035), and the client tells of such a place while earlier
 * events are in its buffer. So the last stretch is read, from the last event taken in up to the end seen before.
 */
export function createCatchUp(
  server: Server,
  index: LogIndex,
  recent: RecentEvents,
  { readMax, quietMs }: CatchUpOptions,
): () => Promise<void> {
  /** How far this process has read. It may be ahead of the index, by other people's events, and is never stored. */
  let seen: Place
  let isSameLog = false

  function take(events: readonly PlacedEvent[]): void {
    index.take(events)
    recent.add(events)
  }

  async function run(): Promise<void> {
    await withRetries(async () => {
      if (!isSameLog) await checkSameLog(server, index)
      isSameLog = true
    })
    const before = seen
    const end = await withRetries(() => server.end())
    if (before !== undefined && (end?.commit ?? 0n) < before.commit) throw shorter()
    moveOn(placeOf(index.position()))
    if (end === undefined || !isBefore(seen, end)) return
    if (end.commit - (seen?.commit ?? 0n) > BigInt(readMax)) {
      await withRetries(() => {
        // Tried again, it goes on behind what was taken in.
        moveOn(placeOf(index.position()))
        return server.follow(seen, { to: end, quietMs, take })
      })
      moveOn(placeOf(index.position()))
    }
    while (isBefore(seen, end)) {
      const { events, last } = await withRetries(() => server.readLog(seen, pageMax))
      // A page begins with the event that was seen last.
      if (last === undefined || !isBefore(seen, last)) throw shorter()
      take(events)
      moveOn(last)
    }
  }

  function moveOn(place: Place): void {
    if (place !== undefined && isBefore(seen, place)) seen = place
  }

  let last: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | undefined
  /** One at a time. Whoever comes while one runs waits for another: that one may have looked for the end too early. */
  return () => {
    waiting ??= last.then(() => {
      waiting = undefined
      return run()
    })
    last = waiting.catch(() => {})
    return waiting
  }
}

function placeOf(position: number): Place {
  return position === 0 ? undefined : { commit: BigInt(position), prepare: BigInt(position) }
}

function shorter(): PerennialError {
  return new PerennialError('log-changed', { where: 'KurrentDB', message: 'It has become shorter.' })
}

/** Refuses an index that was made from another log: the positions that others have stored are not of this one either. */
async function checkSameLog(server: Server, index: LogIndex): Promise<void> {
  const last = index.last()
  if (!last) return
  const [found] = await server.readStream(last.stream, last.revision, 1)
  if (found?.envelope?.append !== last.append) {
    throw new PerennialError('log-changed', { where: last.stream, message: `Revision ${last.revision} is another event, or is not there.` })
  }
}
