import { PerennialError } from '@perennial/contracts'

export interface KeptReportsOptions {
  /** Reports that may wait for the one that is being made; more are turned away. */
  waitingMax: number
  /** Reports that are remembered, those asked for last. */
  keptMax: number
}

/** Answers what was made under the key, or makes it. */
export type KeptReports<Report> = (key: string, make: () => Promise<Report>) => Promise<Report>

/**
 * A report is a pass over the whole log, which takes seconds of work: only one is made at a time, and what was made is
 * remembered. Who asks for the same while it is being made waits for that one.
 *
 * @throws PerennialError `overloaded` when more than `waitingMax` wait already
 */
export function createKeptReports<Report>({ waitingMax, keptMax }: KeptReportsOptions): KeptReports<Report> {
  const kept = new Map<string, Promise<Report>>()
  let unfinished = 0
  let last: Promise<unknown> = Promise.resolve()

  function keep(key: string, report: Promise<Report>): void {
    // The map goes by the order in which keys were set: the first one is the one asked for longest ago.
    kept.delete(key)
    kept.set(key, report)
    for (const oldest of kept.keys()) {
      if (kept.size <= keptMax) break
      kept.delete(oldest)
    }
  }

  return (key, make) => {
    const found = kept.get(key)
    if (found) {
      keep(key, found)
      return found
    }
    if (unfinished > waitingMax) {
      return Promise.reject(new PerennialError('overloaded', { message: `${waitingMax} reports wait for the one that is being made.` }))
    }
    unfinished++
    const report = last.then(make)
    last = report.then(
      () => unfinished--,
      () => {
        unfinished--
        // What failed is tried again by the next who asks.
        if (kept.get(key) === report) kept.delete(key)
      },
    )
    keep(key, report)
    return report
  }
}
