import type { RiskBand } from '@perennial/contracts'
import {
  dayMs,
  type EngagementState,
  engage,
  type Fold,
  noEngagement,
  noShopping,
  type ProgrammeVersions,
  rhythmInForce,
  type ShoppingState,
  shop,
} from '@perennial/domain'
import { firstReached } from './first-reached.ts'
import { bandOf, riskAt } from './risk.ts'
import { type Band, bands, type RiskRules, riskRules } from './risk-rules.ts'

export interface ChurnRiskState {
  shopping: ShoppingState
  engagement: EngagementState
  band: RiskBand
  /** null until the member is known. */
  since: number | null
  /** How far time has passed for this state. */
  stand: number
  /** The last instant at which anything became known that the risk goes by. */
  factsAt: number
  /** Made from the rest when it is asked for, and not stored. */
  rhythmDays?: number | undefined
}

/** Below a threshold by more than any rounding error of a risk. */
const clearly = 1e-9

/**
 * Churn risk, and the band it is in. The band changes at instants that facts and rules decide, and looks at the clock do
 * not: each is sought from the last fact on, or from when the rules came into force.
 */
export function churnRiskFold(versions: ProgrammeVersions): Fold<ChurnRiskState> {
  const rulesAt = riskRules(versions)

  /** The risk by instant, of a member with a shopping day. */
  function riskOf(state: ChurnRiskState, rules: RiskRules): (at: number) => number {
    const member = { facts: state.shopping.facts, engagement: state.engagement, rhythmDays: rhythmDaysOf(state, versions) }
    return (at) => riskAt(member, at, rules)
  }

  /** What an event or other rules make of the member at once. */
  function judge(state: ChurnRiskState, at: number): void {
    const rules = rulesAt(at)
    enter(state, state.shopping.facts.days === 0 ? 'unknown' : bandOf(riskOf(state, rules)(at), rules), at)
  }

  /** When silence brings the member into a band, under rules that stay. */
  function reaches(state: ChurnRiskState, band: Band, rules: RiskRules): number {
    return firstReached(levelOf(band, rules), Math.max(state.factsAt, rules.from), riskOf(state, rules))
  }

  /** Whether it is certain that a band is not reached by an instant: risk only grows with silence. */
  function isClearlyBelow(state: ChurnRiskState, band: Band, rules: RiskRules, at: number): boolean {
    return riskOf(state, rules)(at) < levelOf(band, rules) - clearly
  }

  function climb(state: ChurnRiskState, rules: RiskRules, to: number): void {
    for (let next = bandAbove(state); next !== undefined; next = bandAbove(state)) {
      if (isClearlyBelow(state, next, rules, to)) return
      const at = reaches(state, next, rules)
      if (at > to) return
      enter(state, next, at)
    }
  }

  return {
    initial: () => ({
      shopping: noShopping(),
      engagement: noEngagement(),
      band: 'unknown',
      since: null,
      stand: Number.NEGATIVE_INFINITY,
      factsAt: 0,
    }),

    evolve(state, occurrence) {
      const { at } = occurrence
      state.since ??= at
      state.stand = at
      const shopped = shop(state.shopping, occurrence, versions)
      const engaged = engage(state.engagement, occurrence)
      if (!shopped && !engaged) return state
      if (shopped) state.rhythmDays = undefined
      state.factsAt = at
      judge(state, at)
      return state
    },

    advance(state, to) {
      while (state.stand < to) {
        // Nothing that time brings makes a known member of an unknown one.
        const rules = state.band === 'unknown' ? undefined : rulesAt(state.stand)
        const until = rules?.until ?? Number.POSITIVE_INFINITY
        if (rules) climb(state, rules, Math.min(to, until - 1))
        state.stand = Math.min(to, until)
        if (until <= to) judge(state, until)
      }
      return state
    },

    nextDue(state) {
      if (state.band === 'unknown') return undefined
      const rules = rulesAt(state.stand)
      const next = bandAbove(state)
      const changes = rules.until < Number.POSITIVE_INFINITY
      const risesFirst = next !== undefined && !(changes && isClearlyBelow(state, next, rules, rules.until - 1))
      const due = Math.min(rules.until, risesFirst ? reaches(state, next, rules) : Number.POSITIVE_INFINITY)
      return due === Number.POSITIVE_INFINITY ? undefined : due
    },
  }
}

/** The member's rhythm, in days. At least one shopping day. */
export function rhythmDaysOf(state: ChurnRiskState, versions: ProgrammeVersions): number {
  state.rhythmDays ??= rhythmInForce(state.shopping.facts, versions) / dayMs
  return state.rhythmDays
}

function enter(state: ChurnRiskState, band: RiskBand, at: number): void {
  if (state.band === band) return
  state.band = band
  state.since = at
}

function bandAbove({ band }: ChurnRiskState): Band | undefined {
  return bands[bands.indexOf(band as Band) + 1]
}

/** The risk from which on a member is in a band above the lowest. */
function levelOf(band: Band, { bandsFrom }: RiskRules): number {
  return bandsFrom[bands.indexOf(band) - 1] as number
}
