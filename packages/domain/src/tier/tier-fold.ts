import type { Fold } from '../fold.ts'
import type { Occurrence, TakenBack } from '../member/occurrence.ts'
import { exact } from '../money/exact.ts'
import type { Level, Rules } from '../programme/rules.ts'
import type { ProgrammeVersions } from '../programme/versions.ts'

/** Amounts are minor units of `currency`; instants milliseconds; days as the programme's time zone counts them. */
export interface TierState {
  /** How far time has passed for this state. */
  at: number
  /** Name of the level; empty until the member is known. */
  tier: string
  since: number
  currency: string | null
  lifetimeSpend: number
  /** The sum of `spendByDay`. */
  qualifyingSpend: number
  /** Net spend on each shopping day that is still in the window, oldest first. A return counts on the day of its purchase. */
  spendByDay: [day: number, amount: number][]
}

/** Tier status: net spend in a rolling window, up and down at once. */
export function tierFold(versions: ProgrammeVersions): Fold<TierState> {
  const leavesWindow = (day: number, rules: Rules) =>
    rules.calendar.startOf(rules.calendar.addToDay(day, rules.programme.tiers.window.rolling))

  function settle(state: TierState, at: number): void {
    const level = versions.judging(at).in(state.currency).levelFor(state.qualifyingSpend)
    if (level.name !== state.tier) {
      state.tier = level.name
      state.since = at
    }
  }

  function addSpend(state: TierState, at: number, amount: number): void {
    const rules = versions.judging(state.at)
    const day = rules.calendar.dayOf(at)
    if (leavesWindow(day, rules) <= state.at) return
    state.qualifyingSpend = exact(state.qualifyingSpend + amount)
    const days = state.spendByDay
    for (let index = days.length - 1; index >= 0; index--) {
      const entry = days[index] as [number, number]
      if (entry[0] === day) {
        entry[1] += amount
        return
      }
      if (entry[0] < day) {
        days.splice(index + 1, 0, [day, amount])
        return
      }
    }
    days.unshift([day, amount])
  }

  function moveToPurchase(state: TierState, taken: readonly TakenBack[]): number {
    let matched = 0
    for (const { order, amount } of taken) {
      addSpend(state, order.at, -amount)
      matched += amount
    }
    return matched
  }

  function evolve(state: TierState, occurrence: Occurrence): TierState {
    const { at } = occurrence
    state.at = at
    switch (occurrence.kind) {
      case 'purchase':
        state.currency ??= occurrence.currency
        state.lifetimeSpend = exact(state.lifetimeSpend + occurrence.amount)
        addSpend(state, at, occurrence.amount)
        break
      case 'return': {
        state.currency ??= occurrence.currency
        state.lifetimeSpend = exact(state.lifetimeSpend - occurrence.amount)
        const matched = moveToPurchase(state, occurrence.taken)
        if (matched !== occurrence.amount) addSpend(state, at, matched - occurrence.amount)
        break
      }
      case 'return-matched':
        addSpend(state, occurrence.returnedAt, moveToPurchase(state, occurrence.taken))
        break
    }
    settle(state, at)
    return state
  }

  function advance(state: TierState, to: number): TierState {
    if (state.tier === '') return state
    for (;;) {
      const oldest = state.spendByDay[0]
      const leaves = oldest ? leavesWindow(oldest[0], versions.judging(state.at)) : Number.POSITIVE_INFINITY
      const next = Math.min(leaves, versions.nextChange(state.at) ?? Number.POSITIVE_INFINITY)
      if (next > to) break
      state.at = next
      dropWhatLeft(state)
      settle(state, next)
    }
    state.at = Math.max(state.at, to)
    return state
  }

  /** Several days may leave at once: 28 and 29 February plus a year, or a new version with a shorter window. */
  function dropWhatLeft(state: TierState): void {
    const rules = versions.judging(state.at)
    for (;;) {
      const oldest = state.spendByDay[0]
      if (!oldest || leavesWindow(oldest[0], rules) > state.at) return
      state.qualifyingSpend -= oldest[1]
      state.spendByDay.shift()
    }
  }

  function nextDue(state: TierState): number | undefined {
    if (state.tier === '') return undefined
    const rules = versions.judging(state.at)
    const change = versions.nextChange(state.at)
    const money = rules.in(state.currency)
    let spend = state.qualifyingSpend
    for (const [day, amount] of state.spendByDay) {
      spend -= amount
      if (money.levelFor(spend).name !== state.tier) return Math.min(leavesWindow(day, rules), change ?? Number.POSITIVE_INFINITY)
    }
    return change
  }

  return {
    initial: () => ({ at: 0, tier: '', since: 0, currency: null, lifetimeSpend: 0, qualifyingSpend: 0, spendByDay: [] }),
    evolve,
    advance,
    nextDue,
  }
}

/** The level that the member has, under the version that judges the instant of the state. */
export function currentLevel(state: TierState, versions: ProgrammeVersions): Level {
  return versions.judging(state.at).in(state.currency).levelNamed(state.tier)
}
