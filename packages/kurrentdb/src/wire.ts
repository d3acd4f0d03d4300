import { type AllStreamResolvedEvent, type EventData, type JSONType, jsonEvent, type ResolvedEvent } from '@eventstore/db-client'
import type { EventRecord, NewEvent } from '@perennial/event-store'
import { digestOf, eventUuid } from './identity.ts'

/** Streams begin with one of these; everything else on the server is none of our business. */
const categories = ['member-', 'programme-', 'model-']

/** What stands in an event's metadata on the server: a storage format. */
interface Envelope {
  source: string
  id: string
  version: number
  /** Milliseconds since 1970, UTC. */
  occurredAt: number
  recordedAt: number
  /** Extra attributes of the CloudEvent, if it had any. */
  attributes?: Record<string, unknown>
  /** Which append it came with: 16 hexadecimal characters, other ones each time. */
  append: string
}

export interface EncodedEvent {
  stream: string
  source: string
  id: string
  digest: string
  /** About what it takes in an append. */
  bytes: number
  onServer(append: string): EventData
}

/** An event of one of our streams, as it came from the server. */
export interface SeenEvent {
  /** Of the log; undefined where it was read from its stream, as servers before 22.6 do not say it there. */
  position: number | undefined
  stream: string
  revision: number
  type: string
  data: unknown
  /** Undefined for an event that somebody else put into the stream: it counts as a revision, and is never shown. */
  envelope: Envelope | undefined
}

/** An event whose place in the log is known. */
export type PlacedEvent = SeenEvent & { position: number }

export function streamPrefixes(namespace: string): string[] {
  return categories.map((category) => namespace + category)
}

/** @throws SyntaxError where data or metadata are no JSON; Error for a stream that would never be read again */
export function encode(event: NewEvent): EncodedEvent {
  const { stream, source, id, type } = event
  if (!categories.some((category) => stream.startsWith(category))) throw new Error(`No stream of Perennial: ${stream}.`)
  const data = JSON.parse(event.data) as JSONType
  const envelope = {
    source,
    id,
    version: event.version,
    occurredAt: event.occurredAt,
    recordedAt: event.recordedAt,
    ...(event.metadata !== null && { attributes: JSON.parse(event.metadata) as Record<string, unknown> }),
  }
  return {
    stream,
    source,
    id,
    digest: digestOf({ stream, type, occurredAt: event.occurredAt, data }),
    bytes: Buffer.byteLength(event.data) + Buffer.byteLength(event.metadata ?? '') + id.length + source.length + 200,
    onServer: (append) => jsonEvent({ id: eventUuid(source, id), type, data, metadata: { ...envelope, append } }),
  }
}

/** Undefined for an event of a stream that is not ours. */
export function decode({ event }: ResolvedEvent | AllStreamResolvedEvent, namespace: string): SeenEvent | undefined {
  if (!event?.streamId.startsWith(namespace)) return undefined
  const stream = event.streamId.slice(namespace.length)
  if (!categories.some((category) => stream.startsWith(category))) return undefined
  return {
    position: placeOf(event.position),
    stream,
    revision: asNumber(event.revision),
    type: event.type,
    data: event.data,
    envelope: isEnvelope(event.metadata) ? event.metadata : undefined,
  }
}

/** Where it is unknown, servers say the largest number there is. */
const unknownPosition = 2n ** 64n - 1n

function placeOf(position: { commit: bigint; prepare: bigint } | undefined): number | undefined {
  return position === undefined || position.commit === unknownPosition ? undefined : asNumber(position.commit)
}

/** The port counts below 2^53, which is eight petabytes of log. */
export function asNumber(place: bigint): number {
  if (place > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error(`A position of the log is beyond 2^53: ${place}.`)
  return Number(place)
}

function isEnvelope(metadata: unknown): metadata is Envelope {
  if (metadata === null || typeof metadata !== 'object') return false
  const { source, id, version, occurredAt, recordedAt, append } = metadata as Record<string, unknown>
  return [source, id, append].every((field) => typeof field === 'string') && [version, occurredAt, recordedAt].every(Number.isSafeInteger)
}

export function toRecord(event: SeenEvent, position: number): EventRecord {
  const { stream, revision, type, data } = event
  const { source, id, version, occurredAt, recordedAt, attributes } = event.envelope as Envelope
  const record: EventRecord = { position, stream, revision, type, version, source, id, occurredAt, recordedAt, data }
  if (attributes !== undefined) record.metadata = attributes
  return record
}
