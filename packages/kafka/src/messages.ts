import type { Message, NewMessage } from '@perennial/message-bus'
import type { IHeaders, KafkaMessage, Message as Outgoing } from 'kafkajs'
import { toStructured } from './cloud-event-binding.ts'

export function fromKafka({ key, value, headers: raw, offset }: KafkaMessage, partition: number): Message {
  const headers = readHeaders(raw ?? {})
  return {
    key: key === null ? null : key.toString(),
    value: readValue(value, headers),
    headers,
    partition,
    offset: Number(offset),
  }
}

/** Of a header that stands there several times, the last one counts. */
function readHeaders(raw: IHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [name, (Array.isArray(value) ? value.at(-1) : value)?.toString() ?? '']),
  )
}

/** An event in binary mode may have no data, and then no value. */
function readValue(value: Buffer | null, headers: Readonly<Record<string, string>>): Message['value'] {
  const read = toStructured(value ?? new Uint8Array(), headers)
  return value === null && read === '' ? null : read
}

/** Of a message that `assertPublishable` has let through. */
export function toKafka({ key, value, headers }: NewMessage): Outgoing {
  return { key, value: value === null ? null : Buffer.from(value as string), ...(headers && { headers }) }
}
