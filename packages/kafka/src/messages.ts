import type { Message, NewMessage } from '@perennial/message-bus'
import type { IHeaders, KafkaMessage, Message as Outgoing } from 'kafkajs'
import { toStructured } from './cloud-event-binding.ts'

export function fromKafka({ key, value, headers: raw, offset }: KafkaMessage, partition: number): Message {
  const headers = readHeaders(raw ?? {})
  return {
    key: key === null ? null : key.toString(),
    value: toStructured(value ?? new Uint8Array(), headers),
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

/** @throws TypeError for a message without a value */
export function toKafka({ key, value, headers }: NewMessage): Outgoing & { value: Buffer } {
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) throw new TypeError('A message needs a value: text or bytes.')
  return { key, value: Buffer.from(value as string), ...(headers && { headers }) }
}
