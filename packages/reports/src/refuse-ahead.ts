import { PerennialError } from '@perennial/contracts'
import { formatInstant } from '@perennial/domain'

/**
 * A report says what was; of a time that has not come nothing is known.
 *
 * @param asked milliseconds; without it nothing was asked for
 * @param now the engine's clock, milliseconds
 * @param field where it was asked for, such as `asOf`
 * @throws PerennialError `not-yet`
 */
export function refuseAhead(asked: number | undefined, now: number, field: string): void {
  if (asked === undefined || asked <= now) return
  const message = `${formatInstant(asked)} lies ahead of the clock, which stands at ${formatInstant(now)}`
  throw new PerennialError('not-yet', { where: field, message: `${field}: ${message}.`, faults: [{ field, message }] })
}
