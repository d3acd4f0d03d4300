/**
 * The log: every fact and decision, in streams, each event with its revision in its stream and its position in the
 * whole. What is in the log is never changed and never lost.
 *
 * Positions and revisions are whole numbers below 2^53 that grow and may have gaps: the difference of two is no number
 * of events, and what a decision is made at is the revision of the last event read, not how many were. An adapter shows
 * an event to `readAll` only when no event with a smaller position can still appear.
 */
export interface EventStore {
  /**
   * Appends facts, each stream's in the order given, each at the end of its stream. An event whose `source` and `id` are
   * in the log already is not stored again.
   *
   * Where it rejects, any part of the batch may be in the log: append all of it again, and what is there is passed over.
   * In the embedded store, which appends in one transaction, that part is none.
   */
  append(events: readonly NewEvent[]): Promise<AppendResult>

  /**
   * Appends one decision, made from a stream as it stood at `expectedRevision` (-1: the stream did not exist).
   * @throws PerennialError `wrong-revision` when the stream has moved on
   */
  appendDecision(event: NewEvent, expectedRevision: number): Promise<{ position: number; revision: number }>

  /** Up to `limit` events after a position, in the order of the log. Empty at the end. */
  readAll(options: { after: number; limit: number }): Promise<EventRecord[]>

  /**
   * Which events `readAll` would give, without what is in them: for who looks for a few among very many, several times
   * faster.
   */
  readHeadings(options: { after: number; limit: number }): Promise<EventHeading[]>

  /** All events of one stream up to a position of the log, by revision. Empty for a stream that does not exist. */
  readStream(stream: string, options?: { upTo?: number }): Promise<EventRecord[]>

  /** Events of the few streams named `<category>-…`, such as the programme's, in the order of the log; all, or those after a position. */
  readCategory(category: string, options?: { after?: number; upTo?: number }): Promise<EventRecord[]>

  /**
   * Whole histories of members, some members at a time, by member id in byte order: for rebuilds, checks and exports,
   * which hold a few members in memory however long the log is. Members without an event up to `upTo` are left out.
   *
   * @param options.partitions only members of these; all of them without it
   * @param options.after only members behind this id
   */
  readHistories(options: { upTo: number; partitions?: readonly number[]; after?: string }): AsyncIterable<MemberRecords[]>

  /** Position of the last event; 0 for an empty log. */
  head(): Promise<number>

  /**
   * How many events `readAll` would still give after a position: what lags are measured by. Asked often, so no store
   * counts row by row.
   */
  countAfter(position: number): Promise<number>

  counts(): Promise<{ events: number; members: number }>

  close(): Promise<void>
}

export interface NewEvent {
  stream: string
  type: string
  version: number
  source: string
  id: string
  /** Milliseconds since 1970, UTC. */
  occurredAt: number
  recordedAt: number
  /** JSON text. */
  data: string
  /** JSON text of the extra attributes of the envelope, if it had any. */
  metadata: string | null
}

export interface EventHeading {
  position: number
  stream: string
  revision: number
  type: string
}

export interface EventRecord extends EventHeading {
  version: number
  source: string
  id: string
  occurredAt: number
  recordedAt: number
  data: unknown
  metadata?: Record<string, unknown>
}

export interface MemberRecords {
  memberId: string
  events: EventRecord[]
}

export interface AppendResult {
  appended: number
  /** Indexes of events that were in the log already, with the same contents. */
  duplicates: number[]
  /** Indexes of events whose source and id are in the log with other contents; not stored. */
  conflicts: number[]
  /** Position of the last event appended, or of the head where none was. */
  position: number
}

const memberPrefix = 'member-'

export function memberStream(memberId: string): string {
  return memberPrefix + memberId
}

export function programmeStream(name: string): string {
  return `programme-${name}`
}

/** The member whose stream it is; undefined for other streams. */
export function memberOfStream(stream: string): string | undefined {
  return stream.startsWith(memberPrefix) ? stream.slice(memberPrefix.length) : undefined
}
