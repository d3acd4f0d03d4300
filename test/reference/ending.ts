import { addToInstant, judging } from './calendar.ts'
import { placeOf } from './levels.ts'
import type { MemberRecord } from './record.ts'
import { isNothing, nextInstant, type Tier, timeComesTo } from './tier.ts'
import { calendarInstants } from './windows.ts'

/**
 * If no more events came, the next instant at which the tier would change, where it is lower then, and what it
 * would be: told from `warnBefore` before that instant on.
 */
export function endingOf(tier: Tier, record: MemberRecord, asOf: number): { at: number; to: string } | undefined {
  const { tiers, timeZone } = judging(record.programmes, asOf)
  const { warnBefore } = tiers.downgrade
  if (isNothing(warnBefore)) return undefined
  const future: Tier = { ...tier }
  const farthest = addToInstant(addToInstant(asOf, warnBefore, timeZone), 'P7D', timeZone)
  const instants = calendarInstants(record, asOf, farthest)
  for (;;) {
    const next = nextInstant(future, instants)
    if (next === undefined || next > farthest) return undefined
    timeComesTo(future, record, next)
    future.now = next
    if (future.name === tier.name) continue
    const isLower = placeOf(record, future.name, next) < placeOf(record, tier.name, next)
    const isTold = addToInstant(next, `-${warnBefore}`, timeZone) <= asOf
    return isLower && isTold ? { at: next, to: future.name } : undefined
  }
}
