import type { LifecycleReason, LifecycleStage, Programme } from '@perennial/contracts'
import { judging } from './calendar.ts'
import { rhythmOf, type ShopRules } from './rhythm.ts'
import type { Shopping } from './shopping-days.ts'

export interface StageChange {
  stage: LifecycleStage
  since: number
  reason: LifecycleReason
}

type StageOfCount = 'new' | 'growing' | 'loyal'

const quietStages = ['at-risk', 'lapsed', 'lost'] as const
type QuietStage = (typeof quietStages)[number]

interface Life {
  changes: StageChange[]
  /** Where the number of shopping days puts the member. */
  ofCount: StageOfCount
  wavering: boolean
  /** Shopping days for which the member is still won back, the one of the last purchase included. */
  wonBackLeft: number
}

/** Every stage that the member entered up to an instant, the last one last. */
export function stageChanges(shopping: readonly Shopping[], rules: ShopRules, asOf: number): StageChange[] {
  const life: Life = { changes: [], ofCount: 'new', wavering: false, wonBackLeft: 0 }
  for (const [index, after] of shopping.entries()) {
    const before = shopping[index - 1]
    if (before) fallSilent(life, before, rules, after.at)
    happen(life, before, after, rules)
  }
  const last = shopping.at(-1)
  if (last) fallSilent(life, last, rules, asOf)
  return life.changes
}

function stageOf({ changes }: Life): LifecycleStage | undefined {
  return changes.at(-1)?.stage
}

function enter({ changes }: Life, change: StageChange): void {
  if (changes.at(-1)?.stage !== change.stage) changes.push(change)
}

function isQuiet(stage: LifecycleStage | undefined): stage is QuietStage {
  return quietStages.some((quiet) => quiet === stage)
}

function lifecycleAt({ facts }: Shopping, { programmes }: ShopRules): Programme['lifecycle'] {
  return judging(programmes, facts.lastAt).lifecycle
}

/** When the silence after the last purchase makes the member at risk, lapsed and lost. */
function quietFrom(shopping: Shopping, rules: ShopRules, wavering: boolean): { stage: QuietStage; at: number }[] {
  const { atRiskAfter, lapsedAfter, lostAfter, hysteresis } = lifecycleAt(shopping, rules)
  const rhythm = rhythmOf(shopping, rules)
  const after = (rhythms: number) => shopping.facts.lastAt + Math.round(rhythm * rhythms)
  return [
    { stage: 'at-risk', at: after(wavering ? Math.min(atRiskAfter * (1 + hysteresis), lapsedAfter) : atRiskAfter) },
    { stage: 'lapsed', at: after(lapsedAfter) },
    { stage: 'lost', at: after(lostAfter) },
  ]
}

/** The stage that the silence makes at an instant; undefined as long as it is none. */
function quietStageAt(shopping: Shopping, rules: ShopRules, wavering: boolean, at: number): QuietStage | undefined {
  return quietFrom(shopping, rules, wavering).findLast((quiet) => quiet.at <= at)?.stage
}

/** Nothing happens up to an instant, that one included. */
function fallSilent(life: Life, shopping: Shopping, rules: ShopRules, to: number): void {
  if (shopping.facts.days === 0) return
  for (const { at } of quietFrom(shopping, rules, life.wavering)) {
    if (at <= shopping.at || at > to) continue
    // Where two of them come at one instant, it is the later one.
    const stage = quietStageAt(shopping, rules, life.wavering, at) as QuietStage
    enter(life, { stage, since: at, reason: 'silence' })
  }
}

function happen(life: Life, before: Shopping | undefined, after: Shopping, rules: ShopRules): void {
  const daysBefore = before?.facts.days ?? 0
  if (after.shopped) {
    const onNewDay = after.facts.days > daysBefore
    if (onNewDay) life.wavering = before !== undefined && daysBefore > 0 && cameLate(before, after, rules)
    if (onNewDay || isQuiet(stageOf(life))) shop(life, after, rules, onNewDay)
  } else if (after.facts.days < daysBefore) {
    if (after.facts.lastDay !== before?.facts.lastDay || after.facts.days === 0) life.wavering = false
    loseDay(life, after, rules)
  } else if (!before) {
    enter(life, { stage: 'prospect', since: after.at, reason: 'joined' })
  }
}

/** Whether a purchase came only when the member was at risk already, as it is without hysteresis. */
function cameLate(before: Shopping, { at }: Shopping, rules: ShopRules): boolean {
  return quietStageAt(before, rules, false, at) !== undefined
}

/** A purchase on a new shopping day, or one that ends a quiet stage. */
function shop(life: Life, after: Shopping, rules: ShopRules, onNewDay: boolean): void {
  const { wonBackFor, growingFrom, loyalFrom } = lifecycleAt(after, rules)
  const found = stageOf(life)
  const { days } = after.facts
  life.ofCount = days >= loyalFrom ? 'loyal' : days >= growingFrom ? 'growing' : 'new'
  if (found === 'lapsed' || found === 'lost') life.wonBackLeft = wonBackFor
  else if (onNewDay && life.wonBackLeft > 0) life.wonBackLeft--
  const stage = life.wonBackLeft > 0 ? 'won-back' : life.ofCount
  enter(life, { stage, since: after.at, reason: isQuiet(found) ? 'came-back' : 'purchase' })
}

/** A return that ended a shopping day. */
function loseDay(life: Life, after: Shopping, rules: ShopRules): void {
  const { at, facts } = after
  if (facts.days === 0) {
    life.wonBackLeft = 0
    return enter(life, { stage: 'prospect', since: at, reason: 'return' })
  }
  life.ofCount = countAfterReturn(life.ofCount, after, rules)
  const quiet = quietStageAt(after, rules, life.wavering, at)
  enter(life, { stage: quiet ?? (life.wonBackLeft > 0 ? 'won-back' : life.ofCount), since: at, reason: 'return' })
}

/** It is lowered only where more than one shopping day is missing for it. */
function countAfterReturn(before: StageOfCount, after: Shopping, rules: ShopRules): StageOfCount {
  const { growingFrom, loyalFrom } = lifecycleAt(after, rules)
  const { days } = after.facts
  if (days >= loyalFrom || (before === 'loyal' && days === loyalFrom - 1)) return 'loyal'
  if (days >= growingFrom || (before === 'growing' && days === growingFrom - 1)) return 'growing'
  return 'new'
}
