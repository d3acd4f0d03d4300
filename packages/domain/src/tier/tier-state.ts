import type { Programme } from '@perennial/contracts'
import type { Level, Rules } from '../programme/rules.ts'

/** What qualifies for tiers: net spend, points earned, or orders. */
export type Metric = Programme['tiers']['metric']

/** Net of returns, which count on the day of their purchase. */
export type DayAmount = [day: number, amount: number]

/**
 * Amounts are minor units of `currency` where spend qualifies, else points or orders; instants milliseconds; days as
 * the programme's time zone counts them. What no version of the programme asks for is not there.
 */
export interface TierState {
  /** How far time has passed for this state. */
  at: number
  /** Name of the level that shows: the higher of held and granted. Empty until the member is known. */
  tier: string
  since: number
  currency: string | null
  lifetimeSpend: number
  /** Total of the window, by the metric that decides now. */
  qualifying: number
  /**
   * For each metric that a version uses, the days that are in the window, or will be again under a later version;
   * oldest first.
   */
  days: { [M in Metric]?: DayAmount[] }
  /** How many of the oldest days of the metric that decides now are not in the window now. */
  daysOutside: number
  /** Name of the level that was earned, and may be kept. */
  held: string
  /** Until then the level stays even if it is earned no longer. */
  keptUntil?: number | undefined
  /** The grace before a fall. */
  falling?: { at: number; to: string } | undefined
  basis?: Basis | undefined
  /** By hand. */
  granted?: { tier: string; until: number } | undefined
  /** The day from which the member's own years are counted, and whether it is that of an enrolment. */
  joined?: { day: number; enrolled: boolean } | undefined
}

/** The state with its fields in one order, whichever was set first: the same state is the same text. */
export function inFieldOrder(state: TierState): TierState {
  const { at, tier, since, currency, lifetimeSpend, qualifying, days, daysOutside, held, keptUntil, falling, basis, granted, joined } =
    state
  return { at, tier, since, currency, lifetimeSpend, qualifying, days, daysOutside, held, keptUntil, falling, basis, granted, joined }
}

/** The window in which the held level was last reached: what returns of its purchases can undo. */
export interface Basis {
  total: number
  /** Its first day. */
  from: number
  /** Of a year that is over: the first day of the next. */
  until?: number
  /** What happened later is not in it. */
  at: number
}

/** The level that the window reaches. */
export function earnedLevel(state: TierState, rules: Rules): Level {
  return rules.in(state.currency).levelFor(state.qualifying)
}

export function heldLevel(state: TierState, rules: Rules): Level {
  return rules.in(state.currency).levelNamed(state.held)
}
