import { randomBytes } from 'node:crypto'
import { PerennialError } from '@perennial/contracts'
import type { AppendResult, NewEvent } from '@perennial/event-store'
import { asPerennialError, isTransient, pause, triesMax } from './faults.ts'
import type { KnownEvent, LogIndex } from './log-index.ts'
import type { Server } from './server.ts'
import { type EncodedEvent, encode } from './wire.ts'

/** Streams that are appended to at the same time. */
const lanesMax = 32
/** One append; servers take a megabyte unless they are told otherwise. */
const runMax = { events: 500, bytes: 600_000 }
/** How often others may be faster in a row. */
const roundsMax = 200

export interface Appender {
  append(events: readonly NewEvent[]): Promise<AppendResult>
  appendDecision(event: NewEvent, expectedRevision: number): Promise<{ position: number; revision: number }>
}

/**
 * Appends by what the index says, and lets the index say afterwards what has become of it. Whether an answer was lost,
 * another process was faster or the same event stands in another stream: the next look at the index tells, because every
 * event carries which append it came with.
 */
export function createAppender(server: Server, index: LogIndex, catchUp: () => Promise<void>): Appender {
  return {
    async append(events) {
      const encoded = events.map(encode)
      const append = newAppend()
      const firsts = firstOfEach(encoded)
      await untilSettled(async () => {
        await catchUp()
        const missing = [...firsts].filter((event) => !index.find(event.source, event.id))
        return missing.length === 0 ? 'settled' : appendRuns(server, index, missing, append)
      })
      return resultOf(encoded, firsts, append)
    },

    async appendDecision(event, expectedRevision) {
      const encoded = encode(event)
      const append = newAppend()
      let made: KnownEvent | undefined
      await untilSettled(async () => {
        await catchUp()
        const known = index.find(event.source, event.id)
        made = known?.append === append ? known : undefined
        if (made) return 'settled'
        const { revision, shown } = index.stream(event.stream)
        if (shown !== expectedRevision) throw wrongRevision(event.stream, expectedRevision, shown)
        if (known) throw new PerennialError('event-id-reused', { where: `${event.source} ${event.id}` })
        return appendRun(server, { stream: event.stream, revision, events: [encoded] }, append)
      })
      const { position, revision } = made as unknown as KnownEvent
      return { position, revision }
    },
  }

  function resultOf(events: readonly EncodedEvent[], firsts: ReadonlySet<EncodedEvent>, append: string): AppendResult {
    const result: AppendResult = { appended: 0, duplicates: [], conflicts: [], position: 0 }
    events.forEach((event, at) => {
      const known = index.find(event.source, event.id) as KnownEvent
      if (known.append === append && firsts.has(event)) {
        result.appended++
        result.position = Math.max(result.position, known.position)
      } else if (known.digest === event.digest) result.duplicates.push(at)
      else result.conflicts.push(at)
    })
    if (result.appended === 0) result.position = index.last()?.position ?? 0
    return result
  }
}

function newAppend(): string {
  return randomBytes(8).toString('hex')
}

/** Of several with the same source and id in one batch, the first. */
function firstOfEach(events: readonly EncodedEvent[]): Set<EncodedEvent> {
  const firsts = new Map<string, EncodedEvent>()
  for (const event of events) {
    const identity = JSON.stringify([event.source, event.id])
    if (!firsts.has(identity)) firsts.set(identity, event)
  }
  return new Set(firsts.values())
}

function wrongRevision(stream: string, expected: number, found: number): PerennialError {
  return new PerennialError('wrong-revision', { where: stream, message: `Expected revision ${expected}, found ${found}.` })
}

/** `settled`: nothing is left to do. `sent`: look at the index. `broken`: look at the index, after a while. */
type Round = 'settled' | 'sent' | { broken: unknown }

/** @throws PerennialError `store-unavailable` */
async function untilSettled(round: () => Promise<Round>): Promise<void> {
  let tries = 0
  for (let rounds = 0; rounds < roundsMax; rounds++) {
    const outcome = await round()
    if (outcome === 'settled') return
    if (outcome === 'sent') continue
    if (++tries === triesMax) throw asPerennialError(outcome.broken)
    await pause(tries)
  }
  throw new PerennialError('store-unavailable', { where: 'KurrentDB', message: 'Others append to the same streams all the time.' })
}

interface Run {
  stream: string
  /** That the stream has before it. */
  revision: number
  events: EncodedEvent[]
}

/** Each stream's events in the order given; several streams at a time, so in whatever order among them. */
async function appendRuns(server: Server, index: LogIndex, events: readonly EncodedEvent[], append: string): Promise<Round> {
  const streams = [...Map.groupBy(events, ({ stream }) => stream)]
  let outcome: Round = 'sent'
  const lane = async () => {
    for (let next = streams.shift(); next && outcome === 'sent'; next = streams.shift()) {
      const [stream, own] = next
      for (const run of runsOf(stream, index.stream(stream).revision, own)) {
        outcome = laterOf(outcome, await appendRun(server, run, append))
        if (outcome !== 'sent') break
      }
    }
  }
  // All of them come to an end before anybody hears of a failure: nothing is appended behind the caller's back.
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(lanesMax, streams.length) }, lane))
  for (const { reason } of lanes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]) throw reason
  return outcome
}

/** A lane that got through does not hide that another broke. */
function laterOf(before: Round, now: Round): Round {
  return before === 'sent' ? now : before
}

function* runsOf(stream: string, revision: number, events: readonly EncodedEvent[]): Generator<Run> {
  let run: Run = { stream, revision, events: [] }
  let bytes = 0
  for (const event of events) {
    if (run.events.length === runMax.events || (run.events.length > 0 && bytes + event.bytes > runMax.bytes)) {
      yield run
      run = { stream, revision: run.revision + run.events.length, events: [] }
      bytes = 0
    }
    run.events.push(event)
    bytes += event.bytes
  }
  yield run
}

/** @throws PerennialError `store-refused`, `log-changed`; never because the server does not answer */
async function appendRun(server: Server, { stream, revision, events }: Run, append: string): Promise<Round> {
  try {
    // Where the stream has moved on, there is nothing to do either but to look what stands in it now.
    await server.append(
      stream,
      revision,
      events.map((event) => event.onServer(append)),
    )
    return 'sent'
  } catch (error) {
    if (!isTransient(error)) throw asPerennialError(error)
    return { broken: error }
  }
}
