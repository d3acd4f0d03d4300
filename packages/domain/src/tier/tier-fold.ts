import type { Fold } from '../fold.ts'
import { type EarningState, earning, restoreEarning, saveEarning } from '../points/earning.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import { currentLevel, type TierState, tierRules } from './tier-rules.ts'
import { inFieldOrder } from './tier-state.ts'

/** Where points qualify in some version, the tier must know what is earned; elsewhere it need not. */
export interface TierFoldState extends TierState {
  earning?: EarningState
}

/** Tier status. */
export function tierFold(versions: ProgrammeVersions): Fold<TierFoldState> {
  const rules = tierRules(versions)
  const pointsQualify = versions.all.some(({ programme }) => programme.tiers.metric === 'points')
  if (!pointsQualify) return rules

  const points = earning(versions)
  return {
    ...rules,
    initial: () => ({ ...rules.initial(), earning: points.initial() }),
    evolve(state, occurrence) {
      state.earning ??= points.initial()
      // The level held before a purchase decides what the purchase earns.
      const qualifying = points.evolve(state.earning, occurrence, currentLevel(state, versions))
      return rules.evolve(state, occurrence, qualifying)
    },
  }
}

export function saveTier(state: TierFoldState): TierFoldState {
  const saved = inFieldOrder(state)
  return state.earning ? { ...saved, earning: saveEarning(state.earning) } : saved
}

export function restoreTier(saved: unknown): TierFoldState {
  const state = saved as TierFoldState
  return state.earning ? { ...state, earning: restoreEarning(state.earning) } : state
}
