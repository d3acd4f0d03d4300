import type { Occurrence } from '../member/occurrence.ts'
import { dayMs } from '../time/calendar.ts'

/** After so long, half of an engagement is left. */
export const engagementHalfLifeDays = 30
/** So many activities are kept apart; all others are one. */
export const activitiesMax = 16
/** The name of all others. */
export const otherActivities = 'other'

/** What a member does besides shopping: by activity, how much of it is left. */
export interface EngagementState {
  /** The instant of the last engagement, for which the values stand. */
  at: number
  /** In the order in which they came. */
  activities: string[]
  values: number[]
  others: number
}

export function noEngagement(): EngagementState {
  return { at: 0, activities: [], values: [], others: 0 }
}

/** Takes any occurrence into account, and says whether it was an engagement. */
export function engage(state: EngagementState, occurrence: Occurrence): boolean {
  if (occurrence.kind !== 'engagement') return false
  fadeTo(state, occurrence.at)
  add(state, occurrence.data.activity)
  return true
}

/** Of all activities, as faded by then; not before the last engagement. */
export function engagementAt(state: EngagementState, at: number): number {
  let sum = state.others
  for (const value of state.values) sum += value
  return sum === 0 ? 0 : sum * leftAfter(at - state.at)
}

/** By activity, as faded by then; the strongest first, of equals the one that came first. */
export function activitiesAt(state: EngagementState, at: number): { activity: string; value: number }[] {
  const left = leftAfter(at - state.at)
  const kept = state.activities.map((activity, index) => ({ activity, value: (state.values[index] as number) * left }))
  const others = state.others > 0 ? [{ activity: otherActivities, value: state.others * left }] : []
  return [...kept, ...others].sort((a, b) => b.value - a.value)
}

function leftAfter(ms: number): number {
  return 2 ** (-ms / (engagementHalfLifeDays * dayMs))
}

function fadeTo(state: EngagementState, at: number): void {
  if (at === state.at) return
  // Before the first engagement there is nothing to fade, whatever its date.
  if (state.activities.length === 0 && state.others === 0) {
    state.at = at
    return
  }
  const left = leftAfter(at - state.at)
  for (let index = 0; index < state.values.length; index++) state.values[index] = (state.values[index] as number) * left
  state.others *= left
  state.at = at
}

function add(state: EngagementState, activity: string): void {
  const index = state.activities.indexOf(activity)
  if (index !== -1) {
    state.values[index] = (state.values[index] as number) + 1
  } else if (activity === otherActivities || state.activities.length === activitiesMax) {
    state.others++
  } else {
    state.activities.push(activity)
    state.values.push(1)
  }
}

/** Empty where the member never did anything but shop. */
type SavedEngagement = [] | [at: number, others: number, ...activitiesAndValues: (string | number)[]]

export function saveEngagement({ at, activities, values, others }: EngagementState): SavedEngagement {
  if (activities.length === 0 && others === 0) return []
  return [at, others, ...activities.flatMap((activity, index) => [activity, values[index] as number])]
}

export function restoreEngagement(saved: unknown): EngagementState {
  const [at = 0, others = 0, ...pairs] = saved as SavedEngagement
  const isActivity = (_: unknown, index: number) => index % 2 === 0
  return {
    at,
    others,
    activities: pairs.filter(isActivity) as string[],
    values: pairs.filter((_, index) => index % 2 === 1) as number[],
  }
}
