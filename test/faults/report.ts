/** One line of what is printed at the end. */
export interface Survived {
  fault: string
  times: number
  /** Seconds until everything was caught up with after each. */
  seconds: number[]
  survived: boolean
  /** What else there is to say. */
  note?: string
}

const columns = ['fault', 'how often', 'survived', 'seconds to catch up', ''] as const

/** A table for people: for several times, the median and the slowest. */
export function describeSurvived(lines: readonly Survived[]): string {
  const rows = lines.map(({ fault, times, seconds, survived, note = '' }) => [
    fault,
    String(times),
    survived ? 'yes' : 'NO',
    describe(seconds),
    note,
  ])
  const all = [[...columns], ...rows]
  const widths = columns.map((_, at) => Math.max(...all.map((row) => (row[at] as string).length)))
  const line = (row: readonly string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] as number)).join(' | ')} |`
  return [line([...columns]), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n')
}

function describe(seconds: readonly number[]): string {
  const sorted = seconds.toSorted((a, b) => a - b)
  const [median, slowest] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
  if (median === undefined || slowest === undefined) return ''
  return sorted.length === 1 ? slowest.toFixed(1) : `${median.toFixed(1)}, at most ${slowest.toFixed(1)}`
}
