import { PerennialError } from '@perennial/contracts'

/** What stands where in a benchmark beside the embedded one. */
export interface Backend {
  bus: (typeof choices.bus)[number]
  eventStore: (typeof choices.eventStore)[number]
  readStore: (typeof choices.readStore)[number]
}

const choices = {
  bus: ['kafka', 'sqlite'],
  eventStore: ['stand-in', 'kurrentdb', 'sqlite'],
  readStore: ['postgres', 'sqlite'],
} as const

const where = '--backend'
const shape = 'BUS,EVENTSTORE/READSTORE, such as kafka,stand-in/postgres'

/**
 * Reads `kafka,stand-in/postgres`: the bus, the event store, and after the slash the read store.
 *
 * @returns undefined for `embedded`
 * @throws PerennialError `usage`
 */
export function parseBackend(spec: string): Backend | undefined {
  if (spec === 'embedded') return undefined
  const [, bus, eventStore, readStore] = /^([^,/]+),([^,/]+)\/([^,/]+)$/.exec(spec) ?? []
  if (bus === undefined || eventStore === undefined || readStore === undefined) {
    throw new PerennialError('usage', { where, message: `Expected "embedded" or ${shape}, got "${spec}".` })
  }
  const backend = {
    bus: oneOf(choices.bus, bus, 'bus'),
    eventStore: oneOf(choices.eventStore, eventStore, 'event store'),
    readStore: oneOf(choices.readStore, readStore, 'read store'),
  }
  if (backend.eventStore === 'kurrentdb' && !process.env.KURRENTDB_URL) {
    throw new PerennialError('usage', { where, message: 'Set KURRENTDB_URL to the address of a KurrentDB, or name the stand-in.' })
  }
  return backend
}

function oneOf<Choice extends string>(known: readonly Choice[], name: string, part: string): Choice {
  const found = known.find((choice) => choice === name)
  if (found) return found
  throw new PerennialError('usage', { where, message: `No ${part} "${name}" in ${shape}; there are ${known.join(', ')}.` })
}
