import { createHash } from 'node:crypto'

/** Of Perennial's events; made up once, and part of the storage format. */
const namespace = Buffer.from('fd13579c8add4821af805cd9ee4ad929', 'hex')

/**
 * The id that an event has on the server: UUID version 5 (RFC 9562, section 5.5) of its source and id. So an append
 * that comes again is the same one to the server, which looks at nothing else.
 */
export function eventUuid(source: string, id: string): string {
  const hash = createHash('sha1')
    .update(namespace)
    .update(JSON.stringify([source, id]))
    .digest()
  hash[6] = ((hash[6] as number) & 0x0f) | 0x50
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

/** What has to be the same in an event that comes again; when it was recorded may differ. */
export interface EventContents {
  stream: string
  type: string
  occurredAt: number
  data: unknown
}

/** 32 hexadecimal characters; the same for the same contents in another order of fields. */
export function digestOf({ stream, type, occurredAt, data }: EventContents): string {
  const text = JSON.stringify([stream, type, occurredAt, data], inOrder)
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** Fields by their name, at every depth. */
function inOrder(_: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
