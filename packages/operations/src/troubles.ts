import { isUnavailable, type Logger } from '@perennial/runtime'

/** By name, what could not be asked, and the error. */
export type Failures = ReadonlyMap<string, unknown>

/**
 * Tells the log what cannot be asked when that begins, and when it is over. A probe comes every few seconds, and a store
 * that is away for an hour is one trouble and no fault of ours: it takes one line and no stack trace.
 *
 * @param of the field in which the names are told
 */
export function createTroubles(logger: Logger, of: string): (failures: Failures) => void {
  const told = new Map<string, string>()
  return (failures) => {
    const begun = [...failures].filter(([name, error]) => told.get(name) !== kindOf(error))
    const over = [...told.keys()].filter((name) => !failures.has(name))
    for (const [name, error] of begun) told.set(name, kindOf(error))
    for (const name of over) told.delete(name)
    const [away] = begun.flatMap(([, error]) => (isUnavailable(error) ? [error] : []))
    if (away)
      logger.warn(
        { [of]: begun.filter(([, error]) => isUnavailable(error)).map(([name]) => name), reason: away.message },
        'a store does not answer',
      )
    for (const [name, err] of begun) if (!isUnavailable(err)) logger.error({ err, [of]: [name] }, 'a store cannot be read')
    if (over.length > 0) logger.info({ [of]: over }, 'the store can be read again')
  }
}

function kindOf(error: unknown): string {
  return isUnavailable(error) ? error.code : String(error)
}
