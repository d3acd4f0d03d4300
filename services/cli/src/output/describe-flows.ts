import { type FlowReport, lifecycleStages } from '@perennial/contracts'
import { localName } from '@perennial/reports'
import { describeLeftOut } from './left-out.ts'
import { table } from './table.ts'

type Flows = FlowReport['spans'][number]['flows']
type Stage = Flows[number]['before']

const stages: readonly Stage[] = [...lifecycleStages, null]
const nameOf = (stage: Stage) => stage ?? '(none)'

/** A matrix per span: a line per stage at its beginning, a column per stage at its end. */
export function describeFlows({ timeZone, leftOut, spans }: FlowReport): string {
  const matrices = spans.map(({ from, to, flows }) =>
    [`From ${localName(from, timeZone)} (lines) to ${localName(to, timeZone)} (columns):`, '', matrixOf(flows)].join('\n'),
  )
  const outside = spans.some(({ flows }) => flows.some(({ before, after }) => before === null || after === null))
  return [
    ...matrices,
    [
      `Days begin in ${timeZone}.`,
      ...(outside ? ['(none): not known yet, or merged into another member.'] : []),
      ...describeLeftOut(leftOut),
    ].join('\n'),
  ].join('\n\n')
}

function matrixOf(flows: Flows): string {
  if (flows.length === 0) return ' Nobody was known.'
  const before = stages.filter((stage) => flows.some((flow) => flow.before === stage))
  const after = stages.filter((stage) => flows.some((flow) => flow.after === stage))
  const sum = (matches: (flow: Flows[number]) => boolean) => flows.reduce((all, flow) => all + (matches(flow) ? flow.members : 0), 0)
  const line = (name: string, matches: (flow: Flows[number]) => boolean) => [
    name,
    ...after.map((stage) => sum((flow) => flow.after === stage && matches(flow))),
    sum(matches),
  ]
  return table(
    ['', ...after.map(nameOf), 'all'],
    [...before.map((stage) => line(nameOf(stage), (flow) => flow.before === stage)), line('all', () => true)],
  )
}
