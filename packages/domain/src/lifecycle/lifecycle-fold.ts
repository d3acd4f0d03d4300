import type { LifecycleStage } from '@perennial/contracts'
import type { Fold } from '../fold.ts'
import type { Purchase } from '../member/occurrence.ts'
import { exact } from '../money/exact.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'
import { addShoppingDay, noShoppingDays, rhythmMs, type ShoppingDays } from './rhythm.ts'

export interface LifecycleState {
  /** Empty until the member is known. */
  stage: LifecycleStage | ''
  since: number
  purchases: number
  /** Minor units of `currency`, net of returns. */
  netSpend: number
  currency: string | null
  shopping: ShoppingDays
  /** Shopping days for which the member still counts as won back. */
  wonBackDaysLeft: number
  /** When silence makes the member at risk, lapsed, lost. */
  quietAt: [atRisk: number, lapsed: number, lost: number] | null
}

const quietStages = ['at-risk', 'lapsed', 'lost'] as const

/** Lifecycle stage: how far a member has come, and how long the silence is against the member's own rhythm. */
export function lifecycleFold(versions: ProgrammeVersions): Fold<LifecycleState> {
  function enter(state: LifecycleState, stage: LifecycleStage, at: number): void {
    if (state.stage === stage) return
    state.stage = stage
    state.since = at
  }

  function purchase(state: LifecycleState, occurrence: Purchase): void {
    const { at } = occurrence
    const rules = versions.judging(at)
    const { lifecycle } = rules.programme
    state.purchases++
    state.netSpend = exact(state.netSpend + occurrence.amount)
    state.currency ??= occurrence.currency

    const returned = state.stage === 'lapsed' || state.stage === 'lost'
    const newDay = addShoppingDay(state.shopping, occurrence, rules)
    if (returned) state.wonBackDaysLeft = lifecycle.wonBackFor
    else if (newDay && state.wonBackDaysLeft > 0) state.wonBackDaysLeft--

    const rhythm = rhythmMs(state.shopping, rules)
    const after = (rhythms: number) => at + Math.round(rhythm * rhythms)
    state.quietAt = [after(lifecycle.atRiskAfter), after(lifecycle.lapsedAfter), after(lifecycle.lostAfter)]

    const { count } = state.shopping
    if (state.wonBackDaysLeft > 0) enter(state, 'won-back', at)
    else if (count >= lifecycle.loyalFrom) enter(state, 'loyal', at)
    else if (count >= lifecycle.growingFrom) enter(state, 'growing', at)
    else enter(state, 'new', at)
  }

  return {
    initial: () => ({
      stage: '',
      since: 0,
      purchases: 0,
      netSpend: 0,
      currency: null,
      shopping: noShoppingDays(),
      wonBackDaysLeft: 0,
      quietAt: null,
    }),

    evolve(state, occurrence) {
      if (state.stage === '') enter(state, 'prospect', occurrence.at)
      if (occurrence.kind === 'purchase') purchase(state, occurrence)
      if (occurrence.kind === 'return') {
        state.netSpend = exact(state.netSpend - occurrence.amount)
        state.currency ??= occurrence.currency
      }
      return state
    },

    advance(state, to) {
      state.quietAt?.forEach((at, index) => {
        if (at <= to && at > state.since) enter(state, quietStages[index] as LifecycleStage, at)
      })
      return state
    },

    nextDue(state) {
      return state.quietAt?.find((at) => at > state.since)
    },
  }
}
