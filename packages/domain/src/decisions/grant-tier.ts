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

/** Of a day, the first instant after it. */
function endOf(until: string, { calendar }: Rules): number {
  if (until.includes('T')) return Date.parse(until)
  return calendar.startOf(calendar.dayOf(calendar.startOfDate(until)) + 1)
}
