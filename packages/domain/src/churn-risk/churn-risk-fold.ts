import type { RiskBand } from '@perennial/contracts'
import type { Fold } from '../fold.ts'
import { addShoppingDay, noShoppingDays, rhythmMs, type ShoppingDays } from '../lifecycle/rhythm.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'

export interface ChurnRiskState {
  band: RiskBand
  /** null until the member is known. */
  since: number | null
  shopping: ShoppingDays
  /** The member's usual time between shopping days, in milliseconds. */
  rhythm: number
  /** When silence brings the member into the medium and the high band. */
  risesAt: [medium: number, high: number] | null
  /** Rhythms of silence at which the risk is one half. */
  evenAt: number
}

const risenBands = ['medium', 'high'] as const

/**
 * Churn risk from recency against the member's own rhythm. With r rhythms of silence and the even point e, the score
 * is r² / (r² + e²): 0 on the day of a purchase, one half after e rhythms, towards 1 in long silence.
 */
export function churnRiskFold(versions: ProgrammeVersions): Fold<ChurnRiskState> {
  return {
    initial: () => ({ band: 'unknown', since: null, shopping: noShoppingDays(), rhythm: 0, risesAt: null, evenAt: 0 }),

    evolve(state, occurrence) {
      const { at } = occurrence
      state.since ??= at
      if (occurrence.kind !== 'purchase') return state
      const rules = versions.judging(at)
      const { evenAt, mediumFrom, highFrom } = rules.programme.churnRisk
      addShoppingDay(state.shopping, occurrence, rules)
      state.rhythm = rhythmMs(state.shopping, rules)
      state.evenAt = evenAt
      const reaches = (score: number) => at + Math.ceil(state.rhythm * evenAt * Math.sqrt(score / (1 - score)))
      state.risesAt = [reaches(mediumFrom), reaches(highFrom)]
      if (state.band !== 'low') {
        state.band = 'low'
        state.since = at
      }
      return state
    },

    advance(state, to) {
      state.risesAt?.forEach((at, index) => {
        if (at > to || at <= (state.since ?? at)) return
        state.band = risenBands[index] as RiskBand
        state.since = at
      })
      return state
    },

    nextDue: (state) => state.risesAt?.find((at) => at > (state.since ?? at)),
  }
}

/** The risk at an instant, 0 to 1; null before the first purchase. */
export function churnScore(state: ChurnRiskState, asOf: number): number | null {
  if (state.shopping.count === 0) return null
  const silence = Math.max(0, asOf - state.shopping.lastAt) / state.rhythm
  return silence ** 2 / (silence ** 2 + state.evenAt ** 2)
}
