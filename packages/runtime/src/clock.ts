/** The engine's clock: milliseconds since 1970, UTC. Only the runtime asks it; folds are told the time. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()

/** A clock that stands still, for `--now` and for tests. */
export function fixedClock(instant: number): Clock {
  return () => instant
}
