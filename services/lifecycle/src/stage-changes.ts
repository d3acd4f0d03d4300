import { type LifecycleReason, type LifecycleStage, lifecycleReasons, lifecycleStages } from '@perennial/contracts'

/** A member came into a stage, and what there was to say about it then. */
export interface StageChange {
  stage: LifecycleStage
  at: number
  reason: LifecycleReason
  shoppingDays: number
  /** The silence that was reached or ended, and the rhythm that it was judged by; days, to a tenth; 0 where there was none. */
  silenceDays: number
  rhythmDays: number
}

/** Whoever looks seldom is told of so many changes. */
export const changesMax = 4

/** Adds a change, if it is one; the oldest is forgotten. */
export function noteChange(changes: StageChange[], change: StageChange): void {
  if (changes.at(-1)?.stage === change.stage) return
  if (changes.length === changesMax) changes.shift()
  changes.push(change)
}

export type SavedChange = [stage: number, at: number, reason: number, shoppingDays: number, silenceDays: number, rhythmDays: number]

export function saveChange({ stage, at, reason, shoppingDays, silenceDays, rhythmDays }: StageChange): SavedChange {
  return [lifecycleStages.indexOf(stage), at, lifecycleReasons.indexOf(reason), shoppingDays, silenceDays, rhythmDays]
}

export function restoreChange([stage, at, reason, shoppingDays, silenceDays, rhythmDays]: SavedChange): StageChange {
  return {
    stage: lifecycleStages[stage] as LifecycleStage,
    at,
    reason: lifecycleReasons[reason] as LifecycleReason,
    shoppingDays,
    silenceDays,
    rhythmDays,
  }
}
