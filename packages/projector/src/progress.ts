import type { Checkpoint } from '@perennial/read-store'

/**
 * How far a projector's own partitions have been read. They may stand at different places where several processes take
 * them over from each other: the projector reads from the slowest, and moves none of them back.
 */
export interface Progress {
  /** Position that all of them have reached. */
  slowest(): number
  /** Whether an event at a position is news for a partition of ours. */
  isNews(partition: number, position: number): boolean
  /** Those that have not reached a position yet. */
  behind(position: number): number[]
  /** These have come that far, as far as they were behind. */
  reach(partitions: readonly number[], position: number): void
  /** Instant up to which everything that was due has been done in all of them. */
  earliestClock(): number
  latestClock(): number
  /** Those whose clock has not come to an instant yet. */
  clockBehind(instant: number): number[]
  reachClock(partitions: readonly number[], instant: number): void
  /** A sweep over the members of these begins. */
  begin(partitions: readonly number[], upTo: number): void
  /**
   * Sweeps that were cut off: until each is through, some members of its partitions stand further on than the others.
   * Those that end first come first.
   */
  unfinished(): { upTo: number; partitions: number[] }[]
}

export function progressOf(checkpoints: readonly Checkpoint[]): Progress {
  const positions = new Map(checkpoints.map(({ partition, position }) => [partition, position]))
  const clocks = new Map(checkpoints.map(({ partition, clock }) => [partition, clock]))
  const sweeps = new Map(checkpoints.flatMap(({ partition, sweep }) => (sweep ? [[partition, sweep.upTo]] : [])))

  return {
    slowest: () => Math.min(...positions.values()),
    isNews: (partition, position) => position > (positions.get(partition) ?? Number.POSITIVE_INFINITY),
    behind: (position) => below(positions, position),
    reach: (partitions, position) => raise(positions, partitions, position),
    earliestClock: () => Math.min(...clocks.values()),
    latestClock: () => Math.max(...clocks.values()),
    clockBehind: (instant) => below(clocks, instant),
    reachClock: (partitions, instant) => raise(clocks, partitions, instant),
    begin(partitions, upTo) {
      for (const partition of partitions) sweeps.set(partition, upTo)
    },
    unfinished() {
      const open = [...sweeps].filter(([partition, upTo]) => upTo > (positions.get(partition) ?? 0))
      return [...Map.groupBy(open, ([, upTo]) => upTo)]
        .map(([upTo, group]) => ({ upTo, partitions: group.map(([partition]) => partition) }))
        .sort((a, b) => a.upTo - b.upTo)
    },
  }
}

function below(reached: ReadonlyMap<number, number>, goal: number): number[] {
  return [...reached].filter(([, at]) => at < goal).map(([partition]) => partition)
}

function raise(reached: Map<number, number>, partitions: readonly number[], goal: number): void {
  for (const partition of partitions) reached.set(partition, Math.max(goal, reached.get(partition) ?? 0))
}
