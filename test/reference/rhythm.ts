import type { Programme } from '@perennial/contracts'
import { dayMs, judging, lengthMs } from './calendar.ts'
import { type LearntFromShop, modelInForce } from './learnt.ts'
import type { Shopping } from './shopping-days.ts'

/** What judges how a member shops: the versions of the programme, and what was learnt from the shop. */
export interface ShopRules {
  programmes: readonly Programme[]
  learnt: LearntFromShop
}

/** The usual time between shopping days, in whole milliseconds, by what was known when the silence began. */
export function rhythmOf({ facts }: Shopping, { programmes, learnt }: ShopRules): number {
  const { days, firstDay, lastDay, lastAt } = facts
  const { prior, weight, shortest, longest } = judging(programmes, lastAt).lifecycle.rhythm
  const measured = modelInForce(learnt.rhythm, lastAt)?.gapDays ?? null
  const priorMs = measured === null ? lengthMs(prior) : measured * dayMs
  const rhythm = (weight * priorMs + (lastDay - firstDay) * dayMs) / (weight + days - 1)
  return Math.round(Math.min(Math.max(rhythm, lengthMs(shortest)), lengthMs(longest)))
}
