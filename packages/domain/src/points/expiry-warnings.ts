import type { Rules } from '../programme/rules.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import { never } from '../time/calendar.ts'
import type { Lot } from './ledger.ts'
import { expiringUntil } from './lots.ts'
import type { PointsState } from './points-state.ts'

/** Points that expire together, and how long before that it was time to say so. */
export interface ExpiryWarning {
  points: number
  at: number
  /** The programme's word for it, such as P30D. */
  warning: string
}

interface Warning {
  from: number
  warning: string
}

/** The same few expiries are asked for again and again. */
const known = new WeakMap<Rules, Map<number, Warning[]>>()

/** The warnings before an expiry, first one first, by the version that judges when the points were earned. */
function warningsBefore({ at, expiresAt }: Lot, versions: ProgrammeVersions): readonly Warning[] {
  const rules = versions.judging(at)
  let ofRules = known.get(rules)
  if (!ofRules) known.set(rules, (ofRules = new Map()))
  let warnings = ofRules.get(expiresAt)
  if (!warnings) {
    const { calendar, programme } = rules
    warnings = programme.points.warnBefore
      .map((warning) => ({ warning, from: calendar.addToInstant(expiresAt, `-${warning}`) }))
      .sort((a, b) => a.from - b.from)
    ofRules.set(expiresAt, warnings)
  }
  return warnings
}

/** The first instant after the state's own from which on a warning is due; infinity if none is. */
export function firstWarning({ lots, at }: PointsState, versions: ProgrammeVersions): number {
  let first = Number.POSITIVE_INFINITY
  for (const lot of lots) {
    if (lot.left === 0 || lot.expiresAt === never) continue
    for (const { from } of warningsBefore(lot, versions)) if (from > at && from < first) first = from
  }
  return first
}

/** For each expiry ahead, the latest warning whose time has come, earliest expiry first. */
export function expiryWarnings({ lots }: PointsState, asOf: number, versions: ProgrammeVersions): ExpiryWarning[] {
  const warnings: ExpiryWarning[] = []
  for (const lot of lots) {
    if (lot.left === 0 || lot.expiresAt === never || warnings.at(-1)?.at === lot.expiresAt) continue
    const due = warningsBefore(lot, versions).findLast(({ from }) => from <= asOf)
    if (!due) continue
    const together = lots.filter(({ expiresAt }) => expiresAt === lot.expiresAt)
    warnings.push({ points: expiringUntil(together, lot.expiresAt), at: lot.expiresAt, warning: due.warning })
  }
  return warnings
}
