import { type AcceptedEvent, describeError, type Refusal, topics } from '@perennial/contracts'
import type { DeadLetters, NewDeadLetter } from '@perennial/dead-letters'
import { type EventStore, memberStream, type NewEvent } from '@perennial/event-store'
import type { Message, MessageBus } from '@perennial/message-bus'
import type { Clock, Logger, Metrics, Service } from '@perennial/runtime'
import { ensureProgramme } from './ensure-programme.ts'
import { readMessage } from './read-message.ts'

export const ingestGroup = 'ingest'

export interface IngestDependencies {
  bus: MessageBus
  eventStore: EventStore
  deadLetters: DeadLetters
  clock: Clock
  metrics: Metrics
  logger: Logger
  /** A place to die, for tests: called by name between the steps of a batch. */
  failPoint?(name: IngestFailPoint): void
}

export type IngestFailPoint = 'batch-read' | 'events-appended' | 'dead-letters-kept'

/** Messages in one transaction: large enough to make appends cheap, small enough to stay within tens of megabytes. */
const batchMax = 5_000

/**
 * Takes events from the bus: validates, deduplicates, appends to the member's stream. What cannot be taken is kept
 * as a dead letter. A batch is acknowledged when both are safe; a batch that comes again changes nothing.
 */
export function createIngest(dependencies: IngestDependencies): Service {
  const { bus, eventStore } = dependencies
  const consume = async (signal: AbortSignal, onIdle?: () => void) => {
    await ensureProgramme(eventStore, dependencies.clock())
    await bus.consume({
      topic: topics.events,
      group: ingestGroup,
      batchMax,
      signal,
      handle: (batch) => ingestBatch(batch, dependencies),
      ...(onIdle && { onIdle }),
    })
  }
  return {
    name: ingestGroup,
    run: (signal) => consume(signal),
    async drain(signal) {
      const done = new AbortController()
      await consume(signal ? AbortSignal.any([signal, done.signal]) : done.signal, () => done.abort())
    },
  }
}

async function ingestBatch(batch: readonly Message[], dependencies: IngestDependencies): Promise<void> {
  const { eventStore, deadLetters, clock, metrics, logger, failPoint } = dependencies
  failPoint?.('batch-read')
  const now = clock()
  const events: NewEvent[] = []
  const messages: Message[] = []
  const refused: NewDeadLetter[] = []
  for (const message of batch) {
    const result = readMessage(message, now)
    if (result.accepted) {
      events.push(toNewEvent(result.accepted, now))
      messages.push(message)
    } else {
      refused.push(toDeadLetter(message, result.refused, now))
    }
  }
  const { appended, duplicates, conflicts } = await eventStore.append(events)
  failPoint?.('events-appended')
  for (const index of conflicts) {
    const { source, id } = events[index] as NewEvent
    const code = 'event-id-reused'
    const faults = [{ field: 'id', message: `source ${source}, id ${id} was accepted with other contents` }]
    refused.push(toDeadLetter(messages[index] as Message, { code, message: describeError(code).sentence, faults }, now))
  }
  await deadLetters.keep(refused)
  failPoint?.('dead-letters-kept')

  metrics.eventsIn.inc({ outcome: 'appended' }, appended)
  metrics.eventsIn.inc({ outcome: 'duplicate' }, duplicates.length)
  metrics.eventsIn.inc({ outcome: 'refused' }, refused.length)
  for (const { code } of refused) metrics.refused.inc({ code })
  // One line however many: a sender that went wrong must not flood the log. The dead letters have the rest.
  const [first] = refused
  if (first)
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

function toDeadLetter(
  message: Message,
  { code, message: text, faults }: Pick<Refusal, 'code' | 'message' | 'faults'>,
  refusedAt: number,
): NewDeadLetter {
  const { key, value, headers, partition, offset } = message
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
  return { bytes, code, message: text, faults, origin: headers.origin ?? `${topics.events}/${partition}/${offset}`, key, refusedAt }
}
