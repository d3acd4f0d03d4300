import { ink, seriesColours } from './colours.ts'
import { count, heightOfTitle, percent, type Texts, titleOption, widthOfTitle } from './frame.ts'
import { type ChartOption, renderSvg } from './render-svg.ts'

export interface FunnelStep {
  name: string
  members: number
  /** From the step before to this one; null for the first, and where nobody took it. */
  medianDays: number | null
}

const bar = 34
const gap = 22
const left = 190
const longest = 400

/** A bar per step, as long as so many members came that far; beside it, their share of the step before and how long it took. */
export function funnelChart(steps: readonly FunnelStep[], texts: Texts): string {
  const top = heightOfTitle(texts) + 10
  const height = steps.length * (bar + gap)
  const most = Math.max(1, ...steps.map(({ members }) => members))
  const option: ChartOption = {
    title: titleOption(texts),
    grid: { left, top, width: longest, height },
    xAxis: { type: 'value', min: 0, max: most, show: false },
    yAxis: {
      type: 'category',
      inverse: true,
      data: steps.map(({ name }) => name),
      axisLabel: { color: ink, fontSize: 13 },
      axisLine: { show: false },
      axisTick: { show: false },
    },
    series: [
      {
        type: 'bar',
        silent: true,
        barWidth: bar,
        showBackground: true,
        backgroundStyle: { color: '#f2f2f2' },
        data: steps.map(({ members }) => members),
        itemStyle: { color: seriesColours[0] },
      },
      {
        // Carries the words: a label of the bar itself would move with its length.
        type: 'bar',
        silent: true,
        barWidth: bar,
        barGap: '-100%',
        data: steps.map(() => most),
        itemStyle: { color: 'transparent' },
        label: {
          show: true,
          position: 'right',
          distance: 14,
          color: ink,
          fontSize: 12,
          formatter: ({ dataIndex }: { dataIndex: number }) => wordsOn(steps, dataIndex),
        },
      },
    ],
  }
  const width = Math.max(left + longest + 340, widthOfTitle(texts))
  return renderSvg(option, { width, height: top + height + 20, title: texts.title })
}

function wordsOn(steps: readonly FunnelStep[], index: number): string {
  const { members, medianDays } = steps[index] as FunnelStep
  const before = steps[index - 1]
  if (!before) return count(members)
  const share = before.members === 0 ? '' : `, ${percent(members / before.members)} of ${before.name}`
  const time = medianDays === null ? '' : `, after ${count(medianDays)} days`
  return count(members) + share + time
}
