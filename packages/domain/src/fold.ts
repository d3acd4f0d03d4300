import type { Occurrence } from './member/occurrence.ts'

/**
 * One opinion about a member, as a pure fold.
 *
 * `evolve` and `advance` may change the state they are given and return it: whoever calls them gives the state up.
 * They read nothing else: no clock, no random number, no network.
 */
export interface Fold<State> {
  initial(): State
  /** Takes what happened into account. The state stands at `occurrence.at` already: advance it first. */
  evolve(state: State, occurrence: Occurrence): State
  /** Lets time pass. `advance(advance(s, t1), t2)` equals `advance(s, t2)` for t1 ≤ t2. */
  advance(state: State, to: number): State
  /** The first instant after the state's own at which a named thing changes by itself; undefined if none ever does. */
  nextDue(state: State): number | undefined
}
