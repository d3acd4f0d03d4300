import { background, ink, stageColour } from './colours.ts'
import { count, heightOfTitle, type Texts, titleOption, widthOfTitle } from './frame.ts'
import { type ChartOption, renderSvg } from './render-svg.ts'

/** So many members stood in one stage at one instant and in the other at the next. */
export interface StageFlow {
  from: string
  to: string
  members: number
}

const left = 120
const step = 320
const nodesHeight = 460

/**
 * Members' ways between stages as bands, as wide as members took them; a column of stages per instant.
 *
 * @param flows one list between each instant and the next
 * @param texts.stages all stages, in the order in which they stand from top to bottom
 */
export function stageFlowDiagram(
  flows: readonly (readonly StageFlow[])[],
  texts: Texts & { instants: readonly string[]; stages: readonly string[] },
): string {
  const { instants, stages } = texts
  const top = heightOfTitle(texts) + 50
  const width = Math.max(1, instants.length - 1) * step
  const place = (stage: string) => (stages.indexOf(stage) + stages.length + 1) % (stages.length + 1)
  const columns = instants.map((_, column) => columnOf(flows, column).sort((a, b) => place(a.stage) - place(b.stage)))
  const option: ChartOption = {
    title: [
      titleOption(texts),
      ...instants.map((instant, column) => ({
        text: instant,
        left: left + 8 + column * step,
        top: top - 34,
        textAlign: 'center',
        textStyle: { fontSize: 13, fontWeight: 'normal', color: ink },
      })),
    ],
    series: [
      {
        type: 'sankey',
        left,
        top,
        width: width + 16,
        height: nodesHeight,
        nodeWidth: 16,
        nodeGap: 14,
        nodeAlign: 'left',
        draggable: false,
        silent: true,
        // Stages keep their order from column to column; ECharts would sort them to have fewer crossings.
        layoutIterations: 0,
        data: columns.flatMap((nodes, column) =>
          nodes.map(({ stage, members }) => ({
            name: idOf(column, stage),
            depth: column,
            value: members,
            itemStyle: { color: stageColour(stage) },
            label: {
              position: column === 0 ? 'left' : 'right',
              formatter: `${stage} ${count(members)}`,
            },
          })),
        ),
        links: flows.flatMap((list, column) =>
          list.map(({ from, to, members }) => ({ source: idOf(column, from), target: idOf(column + 1, to), value: members })),
        ),
        // A rim of paper keeps words readable on the bands.
        label: { color: ink, fontSize: 12, textBorderColor: background, textBorderWidth: 2 },
        lineStyle: { color: 'source', opacity: 0.45, curveness: 0.5 },
      },
    ],
  }
  const size = { width: Math.max(left + width + 146, widthOfTitle(texts)), height: top + nodesHeight + 30 }
  return renderSvg(option, { ...size, title: texts.title })
}

function idOf(column: number, stage: string): string {
  return `${column} ${stage}`
}

/** How many members stand in each stage at one of the instants: those who leave it or, at the last instant, came to it. */
function columnOf(flows: readonly (readonly StageFlow[])[], column: number): { stage: string; members: number }[] {
  const came = sumBy(flows[column - 1] ?? [], 'to')
  const left = sumBy(flows[column] ?? [], 'from')
  const stages = new Set([...came.keys(), ...left.keys()])
  return [...stages].map((stage) => ({ stage, members: Math.max(came.get(stage) ?? 0, left.get(stage) ?? 0) }))
}

function sumBy(flows: readonly StageFlow[], end: 'from' | 'to'): Map<string, number> {
  const sums = new Map<string, number>()
  for (const flow of flows) sums.set(flow[end], (sums.get(flow[end]) ?? 0) + flow.members)
  return sums
}
