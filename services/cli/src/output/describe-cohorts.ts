import type { CohortReport } from '@perennial/contracts'
import { describeLeftOut } from './left-out.ts'
import { percent } from './percent.ts'
import { count, table } from './table.ts'

/** As many as a terminal has room for. */
const columnsMax = 12
const width = 4

/** A line per cohort, a column per period after the first. */
export function describeCohorts({ asOf, by, running, members, leftOut, cohorts }: CohortReport): string {
  const head = `Members by the ${by} in which they first shopped, and the share of them that shopped in each ${by} after; as of ${asOf}.`
  if (cohorts.length === 0) return [head, 'Nobody had a shopping day.', ...describeLeftOut(leftOut)].join('\n')
  const periods = Math.max(...cohorts.map(({ active }) => active.length)) - 1
  const columns = Math.min(periods, columnsMax)
  const rows = cohorts.map(({ cohort, members, retention }) => [
    cohort,
    members,
    ...Array.from({ length: columns }, (_, index) => {
      const share = retention[index + 1]
      if (share === undefined) return ''
      return percent(share).padStart(width) + (index + 2 === retention.length ? '*' : '')
    }),
  ])
  return [
    head,
    '',
    table([by, 'members', ...Array.from({ length: columns }, (_, index) => String(index + 1).padStart(width))], rows),
    '',
    `${count(members)} members with a shopping day.`,
    ...(periods > 0 ? [`* of ${running}, which is not over.`] : []),
    ...(periods > columns ? [`Columns left out: ${count(periods - columns)}; --json has all of them.`] : []),
    ...describeLeftOut(leftOut),
  ].join('\n')
}
