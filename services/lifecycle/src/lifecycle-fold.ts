import type { LifecycleReason, LifecycleStage } from '@perennial/contracts'
import {
  dayMs,
  type Fold,
  makesShoppingDay,
  never,
  noShopping,
  type ProgrammeVersions,
  type Purchase,
  type Return,
  type ShoppingState,
  shop,
} from '@perennial/domain'
import { quietness, quietStages, reachedBy, type Silence, silenceAfter } from './quiet-stages.ts'
import { noteChange, type StageChange } from './stage-changes.ts'
import { type CountedStage, stageAfterReturn, stageOfCount } from './stage-of-the-count.ts'

export interface LifecycleState {
  shopping: ShoppingState
  /** The last ones, oldest first; where the member is says the last one. None until the member is known. */
  changes: StageChange[]
  /** The stage by number of shopping days, which shows unless the member is quiet or won back. */
  counted: CountedStage
  /** Shopping days for which the member still counts as won back. */
  wonBackDaysLeft: number
  /** The last silence ended late: the next one is judged with more patience. */
  wavering: boolean
  /** Made from the rest when it is asked for, and not stored. */
  silence?: Silence | undefined
}

/** Lifecycle stage: how far a member has come, and how long the silence is against the member's own rhythm. */
export function lifecycleFold(versions: ProgrammeVersions): Fold<LifecycleState> {
  function silenceOf(state: LifecycleState): Silence {
    state.silence ??= silenceAfter(state.shopping.facts, state.wavering, versions)
    return state.silence
  }

  function buy(state: LifecycleState, purchase: Purchase): void {
    const { facts } = state.shopping
    const { days, lastAt } = facts
    const found = stageOf(state)
    const ended = days > 0 ? silenceOf(state) : undefined
    shop(state.shopping, purchase, versions)
    state.silence = undefined

    const { at } = purchase
    const onNewDay = facts.days > days
    if (onNewDay) state.wavering = ended !== undefined && at >= ended.lateFrom
    const wasQuiet = quietness(found) !== -1
    if (!onNewDay && !wasQuiet) return

    const { lifecycle } = versions.judging(at).programme
    state.counted = stageOfCount(facts.days, lifecycle)
    if (found === 'lapsed' || found === 'lost') state.wonBackDaysLeft = lifecycle.wonBackFor
    else if (onNewDay && state.wonBackDaysLeft > 0) state.wonBackDaysLeft--
    const silence = wasQuiet && ended ? { ms: at - lastAt, rhythm: ended.rhythm } : undefined
    enter(state, stageUnlessQuiet(state), at, silence ? 'came-back' : 'purchase', silence)
  }

  function bringBack(state: LifecycleState, occurrence: Return): void {
    const { facts } = state.shopping
    const { days, lastDay } = facts
    shop(state.shopping, occurrence, versions)
    if (facts.days === days) return

    const { at } = occurrence
    state.silence = undefined
    if (facts.lastDay !== lastDay || facts.days === 0) state.wavering = false
    if (facts.days === 0) {
      state.wonBackDaysLeft = 0
      return enter(state, 'prospect', at, 'return')
    }

    state.counted = stageAfterReturn(state.counted, facts.days, versions.judging(facts.lastAt).programme.lifecycle)
    const silence = silenceOf(state)
    const stage = quietStages[reachedBy(silence, at)] ?? stageUnlessQuiet(state)
    enter(state, stage, at, 'return', { ms: at - facts.lastAt, rhythm: silence.rhythm })
  }

  function letTimePass(state: LifecycleState, to: number): void {
    const { facts } = state.shopping
    if (facts.days === 0) return
    const { quietFrom, rhythm } = silenceOf(state)
    for (let next = quietness(stageOf(state)) + 1; next < quietStages.length; next++) {
      const at = quietFrom[next] as number
      if (at > to) return
      // Patience may last until the member has lapsed: then there is no time at risk in between.
      if (at !== quietFrom[next + 1]) enter(state, quietStages[next] as LifecycleStage, at, 'silence', { ms: at - facts.lastAt, rhythm })
    }
  }

  return {
    initial: () => ({ shopping: noShopping(), changes: [], counted: 'new', wonBackDaysLeft: 0, wavering: false }),

    evolve(state, occurrence) {
      const { at } = occurrence
      if (occurrence.kind === 'purchase' && makesShoppingDay(occurrence)) buy(state, occurrence)
      else if (occurrence.kind === 'return') bringBack(state, occurrence)
      else shop(state.shopping, occurrence, versions)
      if (state.changes.length === 0) enter(state, 'prospect', at, 'joined')
      // Of a threshold below a millisecond, the time has come at once.
      letTimePass(state, at)
      return state
    },

    advance(state, to) {
      letTimePass(state, to)
      return state
    },

    nextDue(state) {
      if (state.shopping.facts.days === 0) return undefined
      const due = silenceOf(state).quietFrom[quietness(stageOf(state)) + 1]
      // Thresholds may say never: instants beyond the calendar come for nobody.
      return due !== undefined && due < never ? due : undefined
    },
  }
}

/** The stage that a member is in; undefined until the member is known. */
export function stageOf(state: LifecycleState): LifecycleStage | undefined {
  return state.changes.at(-1)?.stage
}

function stageUnlessQuiet({ wonBackDaysLeft, counted }: LifecycleState): LifecycleStage {
  return wonBackDaysLeft > 0 ? 'won-back' : counted
}

function enter(
  { changes, shopping }: LifecycleState,
  stage: LifecycleStage,
  at: number,
  reason: LifecycleReason,
  silence: { ms: number; rhythm: number } = { ms: 0, rhythm: 0 },
): void {
  const inDays = (ms: number) => Number((ms / dayMs).toFixed(1))
  const { days: shoppingDays } = shopping.facts
  noteChange(changes, { stage, at, reason, shoppingDays, silenceDays: inDays(silence.ms), rhythmDays: inDays(silence.rhythm) })
}
