/**
 * P(at least one purchase within the horizon) of a member of whom nothing but the member's own rhythm is known: still a
 * customer, e² / (r² + e²) after r rhythms of silence, times at least one event of a Poisson process with that rhythm.
 *
 * All lengths are days; `evenAt` is the r at which it is even whether the member is gone.
 */
export function chanceByOwnRhythm(member: { silenceDays: number; rhythmDays: number; evenAt: number; horizonDays: number }): number {
  const { silenceDays, rhythmDays, evenAt, horizonDays } = member
  const rhythms = silenceDays / rhythmDays
  const still = evenAt ** 2 / (rhythms ** 2 + evenAt ** 2)
  return still * -Math.expm1(-horizonDays / rhythmDays)
}
