import type { Logger } from '@perennial/runtime'

const everyMs = 60_000

/**
 * Warns of the same thing once a minute; what is said of it in between is for `debug`. The clients of a server that is
 * away try again many times a second, for each connection and each service.
 *
 * @param now milliseconds that only ever grow
 */
export function sparingly(logger: Logger, now: () => number = () => performance.now()) {
  const toldAt = new Map<string, number>()
  return (fields: { part: string; kind?: string }, message: string): void => {
    // How long it will wait, and how often it has tried, makes nothing another thing.
    const key = `${fields.part} ${fields.kind ?? ''} ${message.replace(/\d+/g, '')}`
    const isNew = now() - (toldAt.get(key) ?? Number.NEGATIVE_INFINITY) >= everyMs
    if (isNew) toldAt.set(key, now())
    logger[isNew ? 'warn' : 'debug'](fields, message)
  }
}
