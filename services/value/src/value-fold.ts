import type { ValueSegment } from '@perennial/contracts'
import {
  type Fold,
  type Learnt,
  noShopping,
  type ProgrammeVersions,
  restoreShopping,
  type ShoppingFacts,
  type ShoppingState,
  saveShopping,
  shop,
  type ValueModel,
} from '@perennial/domain'
import { cutReachedAt, rfmScores } from './rfm-scores.ts'
import { segmentOf } from './segments.ts'

export interface ValueState {
  shopping: ShoppingState
  segment: ValueSegment
  /** Since when; null until the member is known. */
  since: number | null
  /** Up to this instant, all that could have changed the segment was looked at. */
  judgedUntil: number
}

/**
 * Which segment a member is in, and since when. It changes at an event, when the silence reaches a cut point, and when
 * another value model comes into force. (What the programme judges more important changes the weighted value in the
 * row, and no segment.)
 */
export function valueFold(versions: ProgrammeVersions): Fold<ValueState> {
  const models = versions.learnt.value

  function judge(state: ValueState, at: number): void {
    const segment = segmentAt(state.shopping.facts, models, at)
    if (segment === state.segment) return
    state.segment = segment
    state.since = at
  }

  return {
    initial: () => ({ shopping: noShopping(), segment: 'unknown', since: null, judgedUntil: 0 }),

    evolve(state, occurrence) {
      const { at } = occurrence
      state.since ??= at
      if (shop(state.shopping, occurrence, versions)) judge(state, at)
      return state
    },

    advance(state, to) {
      const { facts } = state.shopping
      let at = nextJudging(facts, models, state.judgedUntil)
      while (at !== undefined && at <= to) {
        judge(state, at)
        at = nextJudging(facts, models, at)
      }
      state.judgedUntil = to
      return state
    },

    nextDue(state) {
      const { facts } = state.shopping
      let at = nextJudging(facts, models, state.judgedUntil)
      while (at !== undefined && segmentAt(facts, models, at) === state.segment) at = nextJudging(facts, models, at)
      return at
    },
  }
}

function segmentAt(facts: ShoppingFacts, models: Learnt<ValueModel>, at: number): ValueSegment {
  const scores = rfmScores(facts, models.inForce(at), at)
  return scores ? segmentOf(scores) : 'unknown'
}

/** The first instant after `at` at which time alone may change the segment: at most four by each model in force. */
function nextJudging(facts: ShoppingFacts, models: Learnt<ValueModel>, at: number): number | undefined {
  if (facts.days === 0) return undefined
  const cuts = models.inForce(at)?.silenceDays ?? []
  const reached = cuts.map((cut) => cutReachedAt(facts, cut)).find((instant) => instant > at)
  const change = models.nextChange(at)
  return reached === undefined || (change !== undefined && change < reached) ? change : reached
}

/** What is stored: the facts as a tuple, without what only folding the whole history needs. */
export function saveValue({ shopping, ...rest }: ValueState): unknown {
  return { ...rest, shopping: saveShopping(shopping) }
}

export function restoreValue(saved: unknown): ValueState {
  const { shopping, ...rest } = saved as Omit<ValueState, 'shopping'> & { shopping: unknown }
  return { ...rest, shopping: restoreShopping(shopping) }
}
