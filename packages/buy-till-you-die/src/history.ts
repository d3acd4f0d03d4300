/**
 * What the models know of a customer: the recency, frequency and age of the papers. Times are in one unit of the
 * caller's choice (days, weeks), counted from the customer's first purchase.
 */
export interface History {
  /** Repeat purchases: all but the first. A whole number. */
  x: number
  /** When the last purchase was made; 0 where there is only the first. */
  tx: number
  /** Until when the customer was watched. */
  T: number
}

/** A history to fit a model on. */
export interface Observation extends History {
  /** How many customers have this very history; 1 where it is left out. */
  count?: number
  /** Sum of the natural logarithms of all gaps between purchases of these customers: only the choice of k needs it. */
  logGaps?: number
}

/** Observations with identical (x, tx, T) counted, in one order whatever order they came in. */
export type Counted = Readonly<Required<Omit<Observation, 'logGaps'>> & { logGaps: number | undefined }>

/** The history of purchases made at these times, in any order, as it was known at `until`. Equal times are one purchase. */
export function historyOf(times: readonly number[], until: number): Observation | undefined {
  const known = [...new Set(times)].filter((time) => time <= until).sort((a, b) => a - b)
  const first = known[0]
  if (first === undefined) return undefined
  const gaps = known.slice(1).map((time, index) => time - (known[index] as number))
  return {
    x: gaps.length,
    tx: (known.at(-1) as number) - first,
    T: until - first,
    logGaps: gaps.reduce((sum, gap) => sum + Math.log(gap), 0),
  }
}

/**
 * Identical histories counted. Sorted by all they hold before anything is added up, so that neither the order of the
 * customers nor their having been counted before changes a bit of what is computed from them.
 */
export function countIdentical(observations: readonly Observation[]): Counted[] {
  const counted: { x: number; tx: number; T: number; count: number; logGaps: number | undefined }[] = []
  for (const { x, tx, T, count = 1, logGaps = x === 0 ? 0 : undefined } of [...observations].sort(inOrder)) {
    const last = counted.at(-1)
    if (last && last.x === x && last.tx === tx && last.T === T) {
      last.count += count
      last.logGaps = last.logGaps === undefined || logGaps === undefined ? undefined : last.logGaps + logGaps
    } else counted.push({ x, tx, T, count, logGaps })
  }
  return counted
}

function inOrder(a: Observation, b: Observation): number {
  return a.x - b.x || a.tx - b.tx || a.T - b.T || (a.logGaps ?? 0) - (b.logGaps ?? 0) || (a.count ?? 1) - (b.count ?? 1)
}
