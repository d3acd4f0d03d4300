import type { Programme } from '@perennial/contracts'

export const countedStages = ['new', 'growing', 'loyal'] as const
/** How far a member has come, by the number of shopping days. */
export type CountedStage = (typeof countedStages)[number]
type Thresholds = Pick<Programme['lifecycle'], 'growingFrom' | 'loyalFrom'>

export function stageOfCount(shoppingDays: number, { growingFrom, loyalFrom }: Thresholds): CountedStage {
  if (shoppingDays >= loyalFrom) return 'loyal'
  return shoppingDays >= growingFrom ? 'growing' : 'new'
}

/** After a return: so that nobody flickers, one day may be missing for the stage that the member had. */
export function stageAfterReturn(had: CountedStage, shoppingDays: number, { growingFrom, loyalFrom }: Thresholds): CountedStage {
  if (had === 'loyal' && shoppingDays === loyalFrom - 1) return 'loyal'
  if (had === 'growing' && shoppingDays === growingFrom - 1) return 'growing'
  return stageOfCount(shoppingDays, { growingFrom, loyalFrom })
}
