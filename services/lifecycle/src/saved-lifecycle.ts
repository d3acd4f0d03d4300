import { restoreShopping, saveShopping } from '@perennial/domain'
import type { LifecycleState } from './lifecycle-fold.ts'
import { restoreChange, type SavedChange, saveChange } from './stage-changes.ts'
import { type CountedStage, countedStages } from './stage-of-the-count.ts'

/** How a member's lifecycle is stored: as tuples, because names of fields would be most of it. */
interface SavedLifecycle {
  shopping: unknown
  changes: SavedChange[]
  /** Place in `countedStages`. */
  counted: number
  /** Absent where there are none. */
  wonBack?: number
  wavering?: true
}

export function save({ shopping, changes, counted, wonBackDaysLeft, wavering }: LifecycleState): SavedLifecycle {
  return {
    shopping: saveShopping(shopping),
    changes: changes.map(saveChange),
    counted: countedStages.indexOf(counted),
    ...(wonBackDaysLeft > 0 && { wonBack: wonBackDaysLeft }),
    ...(wavering && { wavering }),
  }
}

export function restore(saved: unknown): LifecycleState {
  const { shopping, changes, counted, wonBack = 0, wavering = false } = saved as SavedLifecycle
  return {
    shopping: restoreShopping(shopping),
    changes: changes.map(restoreChange),
    counted: countedStages[counted] as CountedStage,
    wonBackDaysLeft: wonBack,
    wavering,
  }
}
