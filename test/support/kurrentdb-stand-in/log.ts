/** What the stand-in keeps in memory: streams, and all events in the order in which they came. */

export interface ProposedEvent {
  id: string
  type: string
  contentType: string
  data: Uint8Array
  metadata: Uint8Array
}

export interface StoredEvent extends ProposedEvent {
  stream: string
  revision: bigint
  /** Of its first byte in the log, as on the server; commit and prepare position are the same. */
  position: bigint
}

export type ExpectedRevision = 'any' | 'no_stream' | 'stream_exists' | bigint

export type AppendOutcome =
  | { stored: true; revision: bigint; position: bigint | undefined }
  /** The revision that the stream has; undefined where there is none. */
  | { stored: false; current: bigint | undefined }

export interface StandInLog {
  /** In the order of the log. */
  all: readonly StoredEvent[]
  stream(name: string): readonly StoredEvent[]
  append(stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]): AppendOutcome
  /** Told after each append; returns how to be told no more. */
  onAppend(listener: () => void): () => void
}

/** What a record takes beside the event in it. */
const overheadBytes = 100n

export function createLog(startsAt: bigint): StandInLog {
  const all: StoredEvent[] = []
  const streams = new Map<string, StoredEvent[]>()
  const listeners = new Set<() => void>()
  let end = startsAt

  function store(name: string, proposed: ProposedEvent): StoredEvent {
    const stream = streams.get(name) ?? []
    streams.set(name, stream)
    const event = { ...proposed, stream: name, revision: BigInt(stream.length), position: end }
    stream.push(event)
    all.push(event)
    end += overheadBytes + BigInt(proposed.data.length + proposed.metadata.length)
    return event
  }

  return {
    all,
    stream: (name) => streams.get(name) ?? [],
    append(name, expected, events) {
      const stream = streams.get(name) ?? []
      if (!isMet(expected, stream)) return repeated(expected, stream, events) ?? { stored: false, current: stream.at(-1)?.revision }
      const last = events.map((event) => store(name, event)).at(-1)
      for (const listener of listeners) listener()
      return { stored: true, revision: last?.revision ?? BigInt(stream.length) - 1n, position: last?.position }
    },
    onAppend(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function isMet(expected: ExpectedRevision, stream: readonly StoredEvent[]): boolean {
  if (expected === 'any') return true
  if (expected === 'stream_exists') return stream.length > 0
  return afterRevision(expected) === stream.length
}

/** How many events a stream has at an expected revision. */
function afterRevision(expected: bigint | 'no_stream'): number {
  return expected === 'no_stream' ? 0 : Number(expected) + 1
}

/**
 * The very same append, come again: the server says that it is done. It looks at the ids of the events and at nothing
 * else, and need not know any more where they stand in the log. For `any` it promises nothing, so nothing is done here.
 */
function repeated(expected: ExpectedRevision, stream: readonly StoredEvent[], events: readonly ProposedEvent[]): AppendOutcome | undefined {
  if (expected === 'any' || expected === 'stream_exists') return undefined
  const from = afterRevision(expected)
  if (events.length === 0 || !events.every(({ id }, index) => stream[from + index]?.id === id)) return undefined
  return { stored: true, revision: BigInt(from + events.length - 1), position: undefined }
}
