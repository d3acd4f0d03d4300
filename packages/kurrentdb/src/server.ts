import {
  type AllStreamResolvedEvent,
  BACKWARDS,
  END,
  type EventData,
  EventStoreDBClient,
  NO_STREAM,
  type Position,
  type ReadPosition,
  type ResolvedEvent,
  START,
  type StreamingRead,
  streamNameFilter,
} from '@eventstore/db-client'
import { fault, readAddress } from './address.ts'
import { hasType } from './faults.ts'
import { decode, type PlacedEvent, type SeenEvent, streamPrefixes } from './wire.ts'

/** A place in the log of the server; undefined: before everything. */
export type Place = Position | undefined

export interface LogPage {
  /** Ours among those that were read. */
  events: PlacedEvent[]
  /** Of the last event that was read, ours or not; undefined where there was none. */
  last: Place
}

/** What the server does for us; nothing is tried twice here, and the client's own errors come out. */
export interface Server {
  /** Place of the last event of all. */
  end(): Promise<Place>
  /** Up to `count` events of everybody, from a place on and including it. */
  readLog(from: Place, count: number): Promise<LogPage>
  /** Up to `count` events of a stream; empty for one that does not exist. */
  readStream(stream: string, from: number, count: number): Promise<SeenEvent[]>
  /**
   * Our events behind a place, filtered by the server, until `to` is reached, the server says that it has no more, or
   * nothing came for `quietMs`. Only reading can tell whether that was all.
   */
  follow(after: Place, options: FollowOptions): Promise<void>
  /** @returns false where the stream does not stand at `expectedRevision` (-1: it does not exist) */
  append(stream: string, expectedRevision: number, events: EventData[]): Promise<boolean>
  close(): Promise<void>
}

export interface FollowOptions {
  to: Position
  quietMs: number
  /** Called with what came so far, some at a time; while it works, nothing more is taken from the server than fits the buffers. */
  take(events: PlacedEvent[]): void
}

/** The index writes a page in one transaction: behind a million events, small ones write the same leaves many times over. */
const followPageMax = 10_000

/** @throws PerennialError `store-address` */
export function connect(address: string, namespace: string): Server {
  const { connectionString, credentials } = readAddress(address)
  const client = makeClient(connectionString)
  let closed = false
  // The leader has everything that was ever acknowledged. Another node may show what it had a moment ago.
  const options = { credentials, requiresLeader: true }

  /** Reads to the end and never breaks off: a call that nobody reads any more would stay open. */
  async function collect<Event extends ResolvedEvent | AllStreamResolvedEvent>(
    stream: StreamingRead<Event>,
    each: (event: Event) => void,
  ): Promise<void> {
    // The client emits errors that may come before or after anybody iterates; without a listener the process would end.
    stream.on('error', () => {})
    for await (const event of stream) each(event)
  }

  function checkOpen(): void {
    if (closed) throw new Error('The event store is closed.')
  }

  return {
    async end() {
      checkOpen()
      let last: Place
      await collect(client.readAll({ ...options, direction: BACKWARDS, fromPosition: END, maxCount: 1 }), ({ event }) => {
        last = event?.position
      })
      return last
    },

    async readLog(from, count) {
      checkOpen()
      const page: LogPage = { events: [], last: undefined }
      await collect(client.readAll({ ...options, fromPosition: startOf(from), maxCount: count }), (resolved) => {
        const event = decode(resolved, namespace)
        if (event) page.events.push(event as PlacedEvent)
        page.last = resolved.event?.position ?? page.last
      })
      return page
    },

    async readStream(stream, from, count) {
      checkOpen()
      const events: SeenEvent[] = []
      const reading = client.readStream(namespace + stream, { ...options, fromRevision: BigInt(from), maxCount: count })
      try {
        await collect(reading, (resolved) => events.push(decode(resolved, namespace) as SeenEvent))
      } catch (error) {
        if (!hasType(error, 'stream-not-found')) throw error
      }
      return events
    },

    async follow(after, { to, quietMs, take }) {
      checkOpen()
      const filter = streamNameFilter({ prefixes: streamPrefixes(namespace) })
      const subscription = client.subscribeToAll({ ...options, filter, fromPosition: startOf(after) })
      subscription.on('error', () => {})
      // What came before is still in the buffer, and is taken before the loop ends.
      const stop = () => void subscription.unsubscribe().catch(() => {})
      subscription.once('caughtUp', stop)
      let quiet = setTimeout(stop, quietMs)
      const page: PlacedEvent[] = []
      try {
        for await (const resolved of subscription) {
          clearTimeout(quiet)
          quiet = setTimeout(stop, quietMs)
          const event = decode(resolved, namespace)
          if (event) page.push(event as PlacedEvent)
          if (page.length === followPageMax) take(page.splice(0))
          if (!isBefore(resolved.event?.position, to)) stop()
        }
      } finally {
        clearTimeout(quiet)
        stop()
        // What came before it broke need not come again.
        take(page)
      }
    },

    async append(stream, expectedRevision, events) {
      checkOpen()
      try {
        // Named credentials also keep the client from its batch append, which shares one table of waiting calls between
        // all clients of a process (https://github.com/kurrent-io/KurrentDB-Client-NodeJS/pull/523): where one connection
        // breaks, an answer that comes on another ends the process. It would take half of the CPU: 0.14 ms instead of
        // 0.28 ms per event where every event is of another member, measured with what stands around an append.
        const { success } = await client.appendToStream(namespace + stream, events, {
          ...options,
          expectedRevision: expectedRevision === -1 ? NO_STREAM : BigInt(expectedRevision),
        })
        return success
      } catch (error) {
        if (hasType(error, 'wrong-expected-version')) return false
        throw error
      }
    },

    async close() {
      closed = true
      await client.dispose()
    },
  }
}

function makeClient(connectionString: string): EventStoreDBClient {
  try {
    return EventStoreDBClient.connectionString(connectionString)
  } catch (error) {
    throw fault((error as Error).message)
  }
}

function startOf(place: Place): ReadPosition {
  return place ?? START
}

export function isBefore(place: Place, other: Position): boolean {
  if (place === undefined) return true
  return place.commit < other.commit || (place.commit === other.commit && place.prepare < other.prepare)
}
