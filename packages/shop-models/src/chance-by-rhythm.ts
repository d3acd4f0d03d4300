import { chanceByOwnRhythm, dayMs, rhythmOf } from '@perennial/domain'
import type { ChanceOfPurchase } from './chance-by-model.ts'
import { gapQuantilesOf } from './rhythm-model.ts'
import type { ShopSnapshot } from './snapshot.ts'

/** The programme's rules for a member's own rhythm; the prior may be the shop's, measured before. */
export interface OwnRhythmRules {
  priorDays: number
  weight: number
  shortestDays: number
  longestDays: number
  /** Rhythms of silence at which it is even whether the member is gone. */
  evenAt: number
}

/** The rules as members would have been judged by them at the snapshot: the prior is the shop's own, where that can be measured. */
export function rhythmRulesAt(snapshot: ShopSnapshot, rules: OwnRhythmRules): OwnRhythmRules {
  const priorDays = gapQuantilesOf(snapshot).gapDays?.p50 ?? rules.priorDays
  return { ...rules, priorDays }
}

/** The chance where no model is fitted. */
export function chanceByRhythm(
  { priorDays, weight, shortestDays, longestDays, evenAt }: OwnRhythmRules,
  horizonDays: number,
): ChanceOfPurchase {
  const rules = { priorMs: priorDays * dayMs, weight, shortestMs: shortestDays * dayMs, longestMs: longestDays * dayMs }
  return (facts, silenceDays) => chanceByOwnRhythm({ silenceDays, rhythmDays: rhythmOf(facts, rules) / dayMs, evenAt, horizonDays })
}
