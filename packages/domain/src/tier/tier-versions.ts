import type { ProgrammeVersions } from '../programme/versions.ts'
import type { Metric } from './tier-state.ts'

/** The versions of a programme, and what any of them asks to be remembered of a member. */
export interface TierVersions {
  readonly versions: ProgrammeVersions
  /** Those that decide in any version. */
  readonly metrics: readonly Metric[]
  /** Whether it matters on which day something was bought: not where every window is the whole life. */
  readonly byDay: boolean
  /** Whether a version counts from the day of enrolment. */
  readonly anniversaries: boolean
  /** Whether a version lets members keep a level that they earn no longer. */
  readonly keepsLevels: boolean
}

const known = new WeakMap<ProgrammeVersions, TierVersions>()

/** Asked for with every row that is shown, so the answer is remembered. */
export function tierVersions(versions: ProgrammeVersions): TierVersions {
  let tiers = known.get(versions)
  if (!tiers) {
    const all = versions.all.map(({ programme }) => programme.tiers)
    tiers = {
      versions,
      metrics: [...new Set(all.map(({ metric }) => metric))],
      byDay: all.some(({ window }) => !('lifetime' in window)),
      anniversaries: all.some(({ window }) => 'anniversary' in window),
      keepsLevels: all.some(
        ({ keepUntil, downgrade, onReturn }) => keepUntil !== undefined || downgrade.grace !== 'P0D' || onReturn === 'at-evaluation',
      ),
    }
    known.set(versions, tiers)
  }
  return tiers
}
