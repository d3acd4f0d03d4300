import { type AcceptedEvent, describeError, ingestGroup, type Refusal, topics } from '@perennial/contracts'
import type { DeadLetters, NewDeadLetter } from '@perennial/dead-letters'
import { type EventStore, memberOfStream, memberStream, type NewEvent } from '@perennial/event-store'
import type { ConsumeOptions, Message, MessageBus } from '@perennial/message-bus'
import { type Clock, idle, isUnavailable, type Logger, type Metrics, outlast, type Service, unlessStopped } from '@perennial/runtime'
import type { WaitingRoom } from '@perennial/waiting-room'
import { ensureProgramme } from './ensure-programme.ts'
import { publishRefused } from './publish-refused.ts'
import { readMessage } from './read-message.ts'

export interface IngestDependencies {
  bus: MessageBus
  eventStore: EventStore
  deadLetters: DeadLetters
  waitingRoom: WaitingRoom
  clock: Clock
  metrics: Metrics
  logger: Logger
  /** Where events come from; `topics.events` unless others are named. */
  topics?: readonly string[]
  /** What is refused is published there, too, once it is kept. */
  deadLetterTopic?: string
  /** A place to die, for tests: called by name between the steps of a batch. */
  failPoint?(name: IngestFailPoint): void
}

export type IngestFailPoint = 'batch-read' | 'events-appended' | 'dead-letters-kept' | 'waiting-appended'

/** Messages in one transaction: large enough to make appends cheap, small enough to stay within tens of megabytes. */
const batchMax = 5_000

/** What waits is looked after whenever there is nothing else to do; where there always is, this often. */
const admitAtLeastMs = 1_000

/**
 * Takes events from the bus: validates, deduplicates, appends to the member's stream. What cannot be taken is kept
 * as a dead letter; what lies ahead of the clock waits until its time has come. A batch is acknowledged when all of it
 * is safe; a batch that comes again changes nothing.
 *
 * While it runs, it outlasts servers that do not answer: the batch waits, unacknowledged, and is tried again.
 */
export function createIngest(dependencies: IngestDependencies): Service {
  const { eventStore, clock, logger, topics: taken = [topics.events] } = dependencies
  let admittedAt = Number.NEGATIVE_INFINITY
  const admit = oneAtATime(() => {
    admittedAt = performance.now()
    return admitWaiting(dependencies)
  })
  return {
    name: 'ingest',
    async run(signal) {
      await unlessStopped(signal, () => outlast(() => ensureProgramme(eventStore, clock()), { signal, logger }))
      await sideBySide(taken, signal, (topic, stop) =>
        consumeAgain(dependencies, {
          topic,
          signal: stop,
          async handle(batch) {
            await outlast(() => ingestBatch(topic, batch, dependencies), { signal: stop, logger })
            if (performance.now() - admittedAt >= admitAtLeastMs) await outlast(admit, { signal: stop, logger })
          },
          onIdle: () => outlast(admit, { signal: stop, logger }),
        }),
      )
    },
    async drain(signal) {
      await ensureProgramme(eventStore, clock())
      await sideBySide(taken, signal, async (topic, stop) => {
        const done = new AbortController()
        await consume(dependencies, {
          topic,
          signal: AbortSignal.any([stop, done.signal]),
          handle: (batch) => ingestBatch(topic, batch, dependencies),
          async onIdle() {
            await admit()
            done.abort()
          },
        })
      })
    },
  }
}

type Consumption = Omit<ConsumeOptions, 'group' | 'batchMax'>

function consume({ bus }: IngestDependencies, consumption: Consumption): Promise<void> {
  return bus.consume({ ...consumption, group: ingestGroup(consumption.topic), batchMax })
}

/** Where a bus was away for longer than it is waited for within, its consumer ends: then there is another. */
async function consumeAgain(dependencies: IngestDependencies, consumption: Consumption): Promise<void> {
  const { topic, signal } = consumption
  while (!signal.aborted) {
    try {
      return await unlessStopped(signal, () => consume(dependencies, consumption))
    } catch (error) {
      if (!isUnavailable(error)) throw error
      dependencies.logger.warn({ topic, reason: error.message }, 'the bus does not answer; trying again')
      await idle(busPauseMs, signal)
    }
  }
}

const busPauseMs = 1_000

/** One that fails stops the others. */
async function sideBySide(
  names: readonly string[],
  signal: AbortSignal | undefined,
  work: (topic: string, stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController()
  const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal
  const working = names.map((topic) =>
    work(topic, stop).catch((error: unknown) => {
      failed.abort()
      throw error
    }),
  )
  for (const result of await Promise.allSettled(working)) if (result.status === 'rejected') throw result.reason
}

/** Who asks while it is being done waits for that: the waiting room is one, however many topics there are. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let working: Promise<void> | undefined
  return () => {
    working ??= work().finally(() => {
      working = undefined
    })
    return working
  }
}

/** An event on its way into the log, and what is kept if it is refused there. */
interface Incoming {
  event: NewEvent
  letter(): Letter
}

async function ingestBatch(topic: string, batch: readonly Message[], dependencies: IngestDependencies): Promise<void> {
  const { waitingRoom, clock, failPoint } = dependencies
  failPoint?.('batch-read')
  const now = clock()
  const present: Incoming[] = []
  const ahead: Incoming[] = []
  const refused: NewDeadLetter[] = []
  for (const message of batch) {
    const result = readMessage(message, now)
    if (result.accepted) {
      const event = toNewEvent(result.accepted, now)
      ;(event.occurredAt > now ? ahead : present).push({ event, letter: () => letterOf(topic, message) })
    } else {
      refused.push({ ...letterOf(topic, message), ...reasonOf(result.refused), refusedAt: now })
    }
  }
  const conflicts = await waitingRoom.keep(ahead.map(({ event }) => event))
  refused.push(...conflicts.map((index) => idReused(ahead[index] as Incoming, now)))
  const counts = await append(present, refused, now, dependencies)
  failPoint?.('events-appended')
  await keepRefused(refused, dependencies)
  count({ ...counts, ahead: ahead.length - conflicts.length, refused }, dependencies)
}

/** Appends events of the waiting room whose time has come, as if they had arrived now. */
async function admitWaiting(dependencies: IngestDependencies): Promise<void> {
  const { waitingRoom, clock, failPoint } = dependencies
  for (;;) {
    const now = clock()
    const due = await waitingRoom.due({ at: now, limit: batchMax })
    if (due.length === 0) return
    const refused: NewDeadLetter[] = []
    const incoming = due.map((event): Incoming => ({ event: { ...event, recordedAt: now }, letter: () => letterOfWaiting(event) }))
    const counts = await append(incoming, refused, now, dependencies)
    failPoint?.('waiting-appended')
    await keepRefused(refused, dependencies)
    await waitingRoom.remove(due)
    count({ ...counts, ahead: 0, refused }, dependencies)
  }
}

/** Keeps what is refused, and then tells who listens: whatever is on the topic can be looked up. */
async function keepRefused(refused: readonly NewDeadLetter[], dependencies: IngestDependencies): Promise<void> {
  const { deadLetters, bus, logger, deadLetterTopic, failPoint } = dependencies
  await deadLetters.keep(refused)
  failPoint?.('dead-letters-kept')
  if (deadLetterTopic !== undefined) await publishRefused(refused, { bus, topic: deadLetterTopic, logger })
}

async function append(
  incoming: readonly Incoming[],
  refused: NewDeadLetter[],
  now: number,
  { eventStore }: IngestDependencies,
): Promise<{ appended: number; duplicates: number }> {
  const { appended, duplicates, conflicts } = await eventStore.append(incoming.map(({ event }) => event))
  refused.push(...conflicts.map((index) => idReused(incoming[index] as Incoming, now)))
  return { appended, duplicates: duplicates.length }
}

function idReused({ event, letter }: Incoming, refusedAt: number): NewDeadLetter {
  const { source, id } = event
  const code = 'event-id-reused'
  const faults = [{ field: 'id', message: `source ${source}, id ${id} was accepted with other contents` }]
  return { ...letter(), code, message: describeError(code).sentence, faults, refusedAt }
}

function count(
  { appended, duplicates, ahead, refused }: { appended: number; duplicates: number; ahead: number; refused: readonly NewDeadLetter[] },
  { metrics, logger }: IngestDependencies,
): void {
  metrics.eventsIn.inc({ outcome: 'appended' }, appended)
  metrics.eventsIn.inc({ outcome: 'duplicate' }, duplicates)
  metrics.eventsIn.inc({ outcome: 'ahead' }, ahead)
  metrics.eventsIn.inc({ outcome: 'refused' }, refused.length)
  for (const { code } of refused) metrics.refused.inc({ code })
  // One line however many: a sender that went wrong must not flood the log. The dead letters have the rest.
  const [first] = refused
  if (!first) return
  logger.warn({ refused: refused.length, first: { code: first.code, origin: first.origin, faults: first.faults } }, 'events refused')
}

function toNewEvent({ memberId, type, version, source, id, occurredAt, data, metadata }: AcceptedEvent, recordedAt: number): NewEvent {
  return {
    stream: memberStream(memberId),
    type,
    version,
    source,
    id,
    occurredAt,
    recordedAt,
    data: JSON.stringify(data),
    metadata: metadata ? JSON.stringify(metadata) : null,
  }
}

type Letter = Pick<NewDeadLetter, 'bytes' | 'origin' | 'key'>

function letterOf(topic: string, { key, value, headers, partition, offset }: Message): Letter {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : (value ?? new Uint8Array())
  return { bytes, key, origin: headers.origin ?? `${topic}/${partition}/${offset}` }
}

/** What is kept then is the event in the form in which it waited. */
function letterOfWaiting(event: NewEvent): Letter {
  return { bytes: new TextEncoder().encode(JSON.stringify(event)), key: memberOfStream(event.stream) ?? null, origin: 'waiting room' }
}

function reasonOf({ code, message, faults }: Refusal): Pick<NewDeadLetter, 'code' | 'message' | 'faults'> {
  return { code, message, faults }
}
