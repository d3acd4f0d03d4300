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
  /** The sum of `spendByDay` in the window. */
  qualifyingSpend: number
  /**
   * Net spend on each shopping day that is in the window, or will be again under a later version with a longer one;
   * oldest first. A return counts on the day of its purchase.
   */
  spendByDay: [day: number, amount: number][]
  /** How many of the oldest days are not in the window now. */
  daysOutside: number
}

/** Tier status: net spend in a rolling window, up and down at once. */
export function tierFold(versions: ProgrammeVersions): Fold<TierState> {
  const leavesWindow = (day: number, rules: Rules) =>
    rules.calendar.startOf(rules.calendar.addToDay(day, rules.programme.tiers.window.rolling))

  /** Whether a version that takes effect later has a window in which the day still is by then. */
  const comesBack = (day: number, at: number) => versions.after(at).some((rules) => leavesWindow(day, rules) > rules.effectiveFrom)

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
    const outside = leavesWindow(day, rules) <= state.at
    if (outside && !comesBack(day, state.at)) return
    if (!outside) state.qualifyingSpend = exact(state.qualifyingSpend + amount)
    const days = state.spendByDay
    for (let index = days.length - 1; index >= 0; index--) {
      const entry = days[index] as [number, number]
      if (entry[0] === day) {
        entry[1] += amount
        return
      }
      if (entry[0] < day) {
        days.splice(index + 1, 0, [day, amount])
        if (outside) state.daysOutside++
        return
      }
    }
    days.unshift([day, amount])
    if (outside) state.daysOutside++
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
        for (const { returnedAt, taken } of occurrence.waited) addSpend(state, returnedAt, moveToPurchase(state, taken))
        break
      case 'return': {
        state.currency ??= occurrence.currency
        state.lifetimeSpend = exact(state.lifetimeSpend - occurrence.amount)
        const matched = moveToPurchase(state, occurrence.taken)
        if (matched !== occurrence.amount) addSpend(state, at, matched - occurrence.amount)
        break
      }
    }
    settle(state, at)
    return state
  }

  function advance(state: TierState, to: number): TierState {
    if (state.tier === '') return state
    for (;;) {
      const oldest = state.spendByDay[state.daysOutside]
      const leaves = oldest ? leavesWindow(oldest[0], versions.judging(state.at)) : Number.POSITIVE_INFINITY
      const change = versions.nextChange(state.at) ?? Number.POSITIVE_INFINITY
      const next = Math.min(leaves, change)
      if (next > to) break
      state.at = next
      if (next === change) openWindowAgain(state)
      dropWhatLeft(state)
      settle(state, next)
    }
    state.at = Math.max(state.at, to)
    return state
  }

  /** A new version may have a longer window: all days are in it until they are looked at. */
  function openWindowAgain(state: TierState): void {
    for (const [, amount] of state.spendByDay.slice(0, state.daysOutside)) state.qualifyingSpend += amount
    state.daysOutside = 0
  }

  /** Several days may leave at once: 28 and 29 February plus a year, or a new version with a shorter window. */
  function dropWhatLeft(state: TierState): void {
    const rules = versions.judging(state.at)
    for (;;) {
      const oldest = state.spendByDay[state.daysOutside]
      if (!oldest || leavesWindow(oldest[0], rules) > state.at) break
      state.qualifyingSpend -= oldest[1]
      state.daysOutside++
    }
    while (state.daysOutside > 0 && !comesBack((state.spendByDay[0] as [number, number])[0], state.at)) {
      state.spendByDay.shift()
      state.daysOutside--
    }
  }

  function nextDue(state: TierState): number | undefined {
    if (state.tier === '') return undefined
    const rules = versions.judging(state.at)
    const change = versions.nextChange(state.at)
    const money = rules.in(state.currency)
    let spend = state.qualifyingSpend
    for (const [day, amount] of state.spendByDay.slice(state.daysOutside)) {
      spend -= amount
      if (money.levelFor(spend).name !== state.tier) return Math.min(leavesWindow(day, rules), change ?? Number.POSITIVE_INFINITY)
    }
    return change
  }

  return {
    initial: () => ({ at: 0, tier: '', since: 0, currency: null, lifetimeSpend: 0, qualifyingSpend: 0, spendByDay: [], daysOutside: 0 }),
    evolve,
    advance,
    nextDue,
  }
}

/** The level that the member has, under the version that judges the instant of the state. */
export function currentLevel(state: TierState, versions: ProgrammeVersions): Level {
  return versions.judging(state.at).in(state.currency).levelNamed(state.tier)
}
