import type { LifecycleStage } from '@perennial/contracts'
import { type ProgrammeVersions, rhythmInForce, type ShoppingFacts } from '@perennial/domain'

export const quietStages = ['at-risk', 'lapsed', 'lost'] as const satisfies readonly LifecycleStage[]

/** A silence, as it was judged when it began. Instants and lengths are milliseconds. */
export interface Silence {
  rhythm: number
  /** From then on, a purchase came late: at risk, if nobody were given more time. */
  lateFrom: number
  /** When it makes the member at risk, lapsed, lost. */
  quietFrom: readonly [atRisk: number, lapsed: number, lost: number]
}

/** How far up the quiet stages a stage is; -1 for a member who is not quiet. */
export function quietness(stage: LifecycleStage | undefined): number {
  return (quietStages as readonly (LifecycleStage | undefined)[]).indexOf(stage)
}

/**
 * The silence after the last purchase.
 *
 * @param facts with at least one shopping day
 * @param wavering who has just come back from being at risk is given more time, but never beyond lapsing
 */
export function silenceAfter(facts: ShoppingFacts, wavering: boolean, versions: ProgrammeVersions): Silence {
  const { lastAt } = facts
  const { atRiskAfter, lapsedAfter, lostAfter, hysteresis } = versions.judging(lastAt).programme.lifecycle
  const rhythm = rhythmInForce(facts, versions)
  const after = (rhythms: number) => lastAt + Math.round(rhythm * rhythms)
  const patience = wavering ? Math.min(atRiskAfter * (1 + hysteresis), lapsedAfter) : atRiskAfter
  return { rhythm, lateFrom: after(atRiskAfter), quietFrom: [after(patience), after(lapsedAfter), after(lostAfter)] }
}

/** The last quiet stage that the silence has reached by an instant; -1 for none. Of several at one instant, the last one counts. */
export function reachedBy({ quietFrom }: Silence, at: number): number {
  return quietFrom.findLastIndex((from) => from <= at)
}
