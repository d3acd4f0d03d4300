import type { Rules } from '../programme/rules.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import { formatInstant } from '../time/instant.ts'
import { type CommandOf, type Decided, refuse } from './decision.ts'
import type { Standing } from './standing.ts'

/** From now on the tier is at least this one, until then. */
export function grantTier(
  _standing: Standing,
  { tier, until, reason, by }: CommandOf<'grant-tier'>,
  versions: ProgrammeVersions,
  at: number,
): Decided<'TierGranted'> {
  const rules = versions.judging(at)
  const { levels } = rules.programme.tiers
  if (!levels.some(({ name }) => name === tier)) {
    return refuse('tier-unknown', `No "${tier}"; there are ${levels.map(({ name }) => name).join(', ')}.`)
  }
  const end = endOf(until, rules)
  if (end <= at) return refuse('time-over', `${formatInstant(end)} is not after ${formatInstant(at)}.`)
  return { type: 'TierGranted', data: { tier, until: formatInstant(end), reason, by } }
}

/** The last one that has a year of four digits, as the storage format wants it. */
const lastInstant = Date.parse('9999-12-31T23:59:59.999Z')

/** Of a day, the first instant after it. */
function endOf(until: string, { calendar }: Rules): number {
  const end = until.includes('T') ? Date.parse(until) : calendar.startOf(calendar.dayOf(calendar.startOfDate(until)) + 1)
  return Math.min(end, lastInstant)
}
