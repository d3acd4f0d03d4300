import type { FunnelReport } from '@perennial/contracts'
import { describeLeftOut } from './left-out.ts'
import { percent } from './percent.ts'
import { table } from './table.ts'

/** A line per step: how many came so far, which share of the step before, and how long it took. */
export function describeFunnel({ asOf, leftOut, steps }: FunnelReport): string {
  const head = ['step', 'shopping days', 'members', 'of those before', 'median days']
  const right = (column: number, text: string) => text.padStart((head[column] as string).length)
  return [
    `How far members came, as of ${asOf}.`,
    '',
    table(
      head,
      steps.map(({ step, shoppingDays, members, conversion, medianDays }) => [
        step,
        shoppingDays,
        members,
        right(3, conversion === null ? '-' : percent(conversion, 1)),
        right(4, medianDays === null ? '-' : String(medianDays)),
      ]),
    ),
    ...(leftOut > 0 ? [''] : []),
    ...describeLeftOut(leftOut),
  ].join('\n')
}
