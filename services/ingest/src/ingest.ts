import { type AcceptedEvent, consumerGroups, describeError, type Refusal, topics } from '@perennial/contracts'
import type { DeadLetters, NewDeadLetter } from '@perennial/dead-letters'
import { type EventStore, memberOfStream, memberStream, type NewEvent } from '@perennial/event-store'
import type { Message, MessageBus } from '@perennial/message-bus'
import type { Clock, Logger, Metrics, Service } from '@perennial/runtime'
import type { WaitingRoom } from '@perennial/waiting-room'
import { ensureProgramme } from './ensure-programme.ts'
import { readMessage } from './read-message.ts'

export interface IngestDependencies {
  bus: MessageBus
  eventStore: EventStore
  deadLetters: DeadLetters
  waitingRoom: WaitingRoom
  clock: Clock
  metrics: Metrics
  logger: Logger
  /** A place to die, for tests: called by name between the steps of a batch. */
  failPoint?(name: IngestFailPoint): void
}

export type IngestFailPoint = 'batch-read' | 'events-appended' | 'dead-letters-kept' | 'waiting-appended'

/** Messages in one transaction: large enough to make appends cheap, small enough to stay within tens of megabytes. */
const batchMax = 5_000

/**
 * Takes events from the bus: validates, deduplicates, appends to the member's stream. What cannot be taken is kept
 * as a dead letter; what lies ahead of the clock waits until its time has come. A batch is acknowledged when all of it
 * is safe; a batch that comes again changes nothing.
 */
export function createIngest(dependencies: IngestDependencies): Service {
  const { bus, eventStore } = dependencies
  const consume = async (signal: AbortSignal, afterIdle: () => void) => {
    await ensureProgramme(eventStore, dependencies.clock())
    await bus.consume({
      topic: topics.events,
      group: consumerGroups.ingest,
      batchMax,
      signal,
      handle: (batch) => ingestBatch(batch, dependencies),
      async onIdle() {
        await admitWaiting(dependencies)
        afterIdle()
      },
    })
  }
  return {
    name: 'ingest',
    run: (signal) => consume(signal, () => {}),
    async drain(signal) {
      const done = new AbortController()
      await consume(signal ? AbortSignal.any([signal, done.signal]) : done.signal, () => done.abort())
    },
  }
}

/** An event on its way into the log, and the message it came in; one from the waiting room has lost its message. */
interface Incoming {
  event: NewEvent
  message?: Message
}

async function ingestBatch(batch: readonly Message[], dependencies: IngestDependencies): Promise<void> {
  const { deadLetters, waitingRoom, clock, failPoint } = dependencies
  failPoint?.('batch-read')
  const now = clock()
  const present: Incoming[] = []
  const ahead: Incoming[] = []
  const refused: NewDeadLetter[] = []
  for (const message of batch) {
    const result = readMessage(message, now)
    if (result.accepted) {
      const event = toNewEvent(result.accepted, now)
      ;(event.occurredAt > now ? ahead : present).push({ event, message })
    } else {
      refused.push({ ...letterOf(message), ...reasonOf(result.refused), refusedAt: now })
    }
  }
  const conflicts = await waitingRoom.keep(ahead.map(({ event }) => event))
  refused.push(...conflicts.map((index) => idReused(ahead[index] as Incoming, now)))
  const counts = await append(present, refused, now, dependencies)
  failPoint?.('events-appended')
  await deadLetters.keep(refused)
  failPoint?.('dead-letters-kept')
  count({ ...counts, ahead: ahead.length - conflicts.length, refused }, dependencies)
}

/** Appends events of the waiting room whose time has come, as if they had arrived now. */
async function admitWaiting(dependencies: IngestDependencies): Promise<void> {
  const { waitingRoom, deadLetters, clock, failPoint } = dependencies
  for (;;) {
    const now = clock()
    const due = await waitingRoom.due({ at: now, limit: batchMax })
    if (due.length === 0) return
    const refused: NewDeadLetter[] = []
    const incoming = due.map((event): Incoming => ({ event: { ...event, recordedAt: now } }))
    const counts = await append(incoming, refused, now, dependencies)
    failPoint?.('waiting-appended')
    await deadLetters.keep(refused)
    await waitingRoom.remove(due)
    count({ ...counts, ahead: 0, refused }, dependencies)
  }
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

function idReused({ event, message }: Incoming, refusedAt: number): NewDeadLetter {
  const { source, id } = event
  const code = 'event-id-reused'
  const faults = [{ field: 'id', message: `source ${source}, id ${id} was accepted with other contents` }]
  const letter = message ? letterOf(message) : letterOfWaiting(event)
  return { ...letter, code, message: describeError(code).sentence, faults, refusedAt }
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

function letterOf({ key, value, headers, partition, offset }: Message): Letter {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
  return { bytes, key, origin: headers.origin ?? `${topics.events}/${partition}/${offset}` }
}

/** What is kept then is the event in the form in which it waited. */
function letterOfWaiting(event: NewEvent): Letter {
  return { bytes: new TextEncoder().encode(JSON.stringify(event)), key: memberOfStream(event.stream) ?? null, origin: 'waiting room' }
}

function reasonOf({ code, message, faults }: Refusal): Pick<NewDeadLetter, 'code' | 'message' | 'faults'> {
  return { code, message, faults }
}
