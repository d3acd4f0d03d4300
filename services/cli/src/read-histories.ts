import { isDeepStrictEqual } from 'node:util'
import { type AcceptedEvent, describeError, type ErrorCode, type Fault } from '@perennial/contracts'
import { nameInSource } from '@perennial/domain'
import { type EventRecord, type MemberRecords, memberStream } from '@perennial/event-store'
import { readMessage } from '@perennial/ingest'
import type { NewMessage } from '@perennial/message-bus'

export interface RefusedEvent {
  /** File and line. */
  origin: string
  code: ErrorCode
  message: string
  faults: readonly Fault[]
}

export interface Histories {
  /** By member id in byte order, as in an export. */
  members: MemberRecords[]
  /** Events that are counted; each once. */
  events: number
  duplicates: number
  refused: RefusedEvent[]
}

/**
 * Sorts messages into the histories of their members, as ingest would: each `source` and `id` once, the first of two
 * with different contents.
 *
 * @param recordedAt milliseconds
 */
export async function readHistories(messages: AsyncIterable<NewMessage>, recordedAt: number): Promise<Histories> {
  const known = new Map<string, AcceptedEvent>()
  const histories = new Map<string, EventRecord[]>()
  const refused: RefusedEvent[] = []
  let duplicates = 0
  for await (const message of messages) {
    const origin = message.headers?.origin ?? ''
    // No event lies too far ahead: rules are tried on what may come, too. What lies behind --as-of is not folded.
    const result = readMessage(message, Number.POSITIVE_INFINITY)
    if (result.refused) {
      const { code, message, faults } = result.refused
      refused.push({ origin, code, message, faults })
      continue
    }
    const { accepted } = result
    const identity = nameInSource(accepted.source, accepted.id)
    const first = known.get(identity)
    if (first) {
      if (isSame(first, accepted)) duplicates++
      else refused.push(idReused(origin, accepted))
      continue
    }
    known.set(identity, accepted)
    const history = histories.get(accepted.memberId) ?? []
    history.push(toRecord(accepted, history.length, known.size, recordedAt))
    histories.set(accepted.memberId, history)
  }
  const members = [...histories].map(([memberId, events]) => ({ memberId, events }))
  members.sort((a, b) => Buffer.compare(Buffer.from(a.memberId), Buffer.from(b.memberId)))
  return { members, events: known.size, duplicates, refused }
}

function isSame(a: AcceptedEvent, b: AcceptedEvent): boolean {
  return a.memberId === b.memberId && a.type === b.type && a.occurredAt === b.occurredAt && isDeepStrictEqual(a.data, b.data)
}

function idReused(origin: string, { source, id }: AcceptedEvent): RefusedEvent {
  const code = 'event-id-reused'
  const faults = [{ field: 'id', message: `source ${source}, id ${id} came before with other contents` }]
  return { origin, code, message: describeError(code).sentence, faults }
}

function toRecord(
  { memberId, type, version, source, id, occurredAt, data }: AcceptedEvent,
  revision: number,
  position: number,
  recordedAt: number,
): EventRecord {
  return { position, stream: memberStream(memberId), revision, type, version, source, id, occurredAt, recordedAt, data }
}
