import type { EventStore } from '@perennial/event-store'
import { createAppender } from './append.ts'
import { createCatchUp } from './catch-up.ts'
import { openLogIndex } from './log-index.ts'
import { type ReadWhole, readCategory, readEvents, readHistories, readPlaces } from './read.ts'
import { createRecentEvents } from './recent-events.ts'
import { createRecentStreams } from './recent-streams.ts'
import { connect } from './server.ts'

export interface KurrentEventStoreOptions {
  /** File of the index, such as `log-index.db` in the data directory; `:memory:` for one that is made at every start. */
  index: string
  /** Stands before the names of all streams: for a server that is shared with others, or with another Perennial. */
  namespace?: string
  /** Bytes of log that are read with everybody's events in it; what is further away is filtered by the server. */
  readMax?: number
  /** How long a server that does not say when it has come to the end may say nothing before it is taken to be there. */
  quietMs?: number
  /** Bytes of the end of the log whose events are kept in memory, for the services of the process that follow it; 0: none. */
  recentBytes?: number
}

/** Events of streams that were read last; some megabytes. */
const streamEventsMax = 10_000

/**
 * The event store on KurrentDB (EventStoreDB): streams `member-<id>`, `programme-<name>` and `model-<read model>` on the
 * server, and beside it a local index of them.
 *
 * **The index** is a SQLite file of about 100 bytes per event that says what stands where, and holds no contents. It is
 * a function of the log, made by reading $all once from its beginning and then always up to the end before anything is
 * answered: one read of one event when there is nothing new. Every process may have its own, or all on a machine one.
 * The server has no counterpart to what it is for:
 * - *Stored once.* KurrentDB knows an event again by its UUID (here version 5 of source and id), in the same stream, at
 *   the same revision, without looking at its contents. The port promises more. So an event whose source and id came
 *   before it in $all, in whatever stream, does not count: no reader shows it, and whoever appended it is told by its
 *   index. Appends look at the index first, so such an event is written only by two processes at the same moment; it
 *   stays in its stream as a revision that is not there. A stream of reservations for each source and id would have kept
 *   it from being written, at twice the appends and a stream per event.
 * - *Members in byte order*, counts, and the positions of a stream's events, which servers before 22.6 do not say.
 *
 * **Positions** are commit positions: bytes of the log, refused from 2^53 on. They fit the port, but the difference of
 * two is no number of events. Only positions of events that were taken into the index are stored; see `catch-up.ts`.
 *
 * **Reading** is done once by a process that follows the log, however many of its services do: what was taken into the
 * index last is remembered with what is in it. An event is seen by the next call in any process after it was
 * acknowledged; a call that finds nothing new costs one read of one event. Which partition an event belongs to, the
 * server cannot tell, and need not: docs/decisions/0018-partitions-are-discarded-not-filtered.md.
 *
 * **Weaker than the embedded store**: a batch is no transaction. Each stream's part is, up to 500 events or 600 kB at a
 * time; several streams are appended side by side, in whatever order. If a batch fails, some of it may be in the log.
 * Whoever appends it again, as ingest and settlement do, completes it. An answer that was lost is found out: every event
 * carries which append it came with.
 *
 * **Failures**: what can be tried again is, for about three seconds; then it is `store-unavailable`. The log is read from
 * the leader, so what was acknowledged to anybody is seen by everybody who asks later. An index of another log, a stream
 * with a gap (deleted, truncated, `$maxCount`) or a log that has become shorter is `log-changed`, before a read model
 * goes wrong by it.
 *
 * **The server** needs no projections: nothing is read from category streams, whose links have positions of their own.
 * The user has to be allowed to read $all, which by default only `$admins` may. Events of others are passed over, but
 * cost: those between ours are read along with them. An event that somebody else puts into one of our streams counts as
 * a revision and is never shown.
 *
 * @param address such as `esdb://user:password@host:2113` or `kurrentdb+discover://user:password@cluster:2113`; without
 *   TLS `esdb://host:2113?tls=false`, and no user then
 * @throws PerennialError `store-address`
 */
export function openKurrentEventStore(address: string, options: KurrentEventStoreOptions): EventStore {
  const { index: file, namespace = '', readMax = 4 * 1024 * 1024, quietMs = 2_000, recentBytes = 8 * 1024 * 1024 } = options
  const server = connect(address, namespace)
  const index = openLogIndex(file)
  const recent = createRecentEvents(recentBytes)
  const streams = createRecentStreams(recent, recentBytes === 0 ? 0 : streamEventsMax)
  const catchUp = createCatchUp(server, index, recent, { readMax, quietMs })
  const { append, appendDecision } = createAppender(server, index, catchUp)

  const readWhole: ReadWhole = (stream, places) => streams.read(stream, places, (missing) => readPlaces(server, stream, missing))

  /** What lies behind the index may be of interest; what lies before its end is known. */
  async function reach(position: number): Promise<void> {
    if (index.position() < position) await catchUp()
  }

  async function headings({ after, limit }: { after: number; limit: number }) {
    const known = index.headings(after, limit)
    if (known.length === limit) return known
    await catchUp()
    return index.headings(after, limit)
  }

  return {
    append,
    appendDecision,
    readHeadings: headings,

    async readAll(options) {
      const wanted = await headings(options)
      return recent.find(wanted) ?? readEvents(server, wanted)
    },

    async readStream(stream, { upTo = Number.MAX_SAFE_INTEGER } = {}) {
      await reach(upTo)
      return readWhole(stream, index.ofStream(stream, upTo))
    },

    async readCategory(category, { after = 0, upTo = Number.MAX_SAFE_INTEGER } = {}) {
      await reach(upTo)
      return readCategory(server, index.ofCategory(category, after, upTo))
    },

    async *readHistories(options) {
      await reach(options.upTo)
      yield* readHistories(readWhole, index, options)
    },

    async head() {
      await catchUp()
      return index.last()?.position ?? 0
    },

    async countAfter(position) {
      await catchUp()
      return index.countAfter(position)
    },

    async counts() {
      await catchUp()
      return index.counts()
    },

    async close() {
      await server.close()
      index.close()
    },
  }
}
