import type { ChurnBasis, RiskBand } from '@perennial/contracts'
import { type ChurnModel, dayMs, nominalMs, type ProgrammeVersions } from '@perennial/domain'

/** The bands of a member with a shopping day, the safest first. */
export const bands = ['low', 'medium', 'high', 'critical'] as const satisfies readonly RiskBand[]
export type Band = (typeof bands)[number]

/** What judges a member's risk for a stretch of time: one version of the programme, and one churn model or none. */
export interface RiskRules {
  /** Instants: in force from `from` on, and no longer at `until`. */
  readonly from: number
  readonly until: number
  readonly basis: ChurnBasis
  /** Undefined where the member's own rhythm judges. */
  readonly model: ChurnModel | undefined
  readonly horizonDays: number
  readonly evenAt: number
  /** The risk from which on a member is in the medium, high, critical band. */
  readonly bandsFrom: readonly [medium: number, high: number, critical: number]
}

export type RiskRulesAt = (at: number) => RiskRules

const known = new WeakMap<ProgrammeVersions, RiskRulesAt>()

/** The rules by instant. What is found out about the versions is remembered: a projector asks for every member. */
export function riskRules(versions: ProgrammeVersions): RiskRulesAt {
  let rulesAt = known.get(versions)
  if (!rulesAt) {
    const stretches = stretchesOf(versions)
    rulesAt = (at) => stretchAt(stretches, at)
    known.set(versions, rulesAt)
  }
  return rulesAt
}

function stretchesOf(versions: ProgrammeVersions): RiskRules[] {
  const stretches: RiskRules[] = []
  for (let from = Number.NEGATIVE_INFINITY; from < Number.POSITIVE_INFINITY; ) {
    const until = Math.min(
      versions.nextChange(from) ?? Number.POSITIVE_INFINITY,
      versions.learnt.churn.nextChange(from) ?? Number.POSITIVE_INFINITY,
    )
    stretches.push(rulesFrom(from, until, versions))
    from = until
  }
  return stretches
}

function rulesFrom(from: number, until: number, versions: ProgrammeVersions): RiskRules {
  const { horizon, evenAt, mediumFrom, highFrom, criticalFrom } = versions.judging(from).programme.churnRisk
  const fitted = versions.learnt.churn.inForce(from)
  const model = fitted?.basis === 'own-rhythm' ? undefined : fitted
  return {
    from,
    until,
    basis: model?.basis ?? 'own-rhythm',
    model,
    horizonDays: model?.horizonDays ?? nominalMs(horizon) / dayMs,
    evenAt,
    bandsFrom: [mediumFrom, highFrom, criticalFrom],
  }
}

function stretchAt(stretches: readonly RiskRules[], at: number): RiskRules {
  let low = 0
  let high = stretches.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((stretches[middle] as RiskRules).from <= at) low = middle
    else high = middle - 1
  }
  return stretches[low] as RiskRules
}
