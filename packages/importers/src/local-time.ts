import { PerennialError } from '@perennial/contracts'
import { Temporal } from 'temporal-polyfill'

/**
 * Reads wall-clock times without a zone, such as `2011-03-27T10:15:00`, in one time zone: answers RFC 3339 with the
 * offset that the zone had then, or undefined for a day or hour that no calendar has. What was answered is remembered,
 * because a retail log names the same minute many times. Where the clocks go back, the earlier of the two is meant.
 *
 * Throws `usage` for a time zone that is not known.
 */
export function localTimeReader(timeZone: string): (local: string) => string | undefined {
  try {
    Temporal.PlainDate.from('2000-01-01').toZonedDateTime(timeZone)
  } catch (cause) {
    throw new PerennialError('usage', { message: `"${timeZone}" is not an IANA time zone such as "Europe/London".`, cause })
  }
  const answers = new Map<string, string | undefined>()
  return (local) => {
    if (!answers.has(local)) answers.set(local, withOffset(local, timeZone))
    return answers.get(local)
  }
}

function withOffset(local: string, timeZone: string): string | undefined {
  try {
    return Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone).toString({ timeZoneName: 'never', smallestUnit: 'second' })
  } catch {
    return undefined
  }
}
