import { amountColours, background, faintInk, ink } from './colours.ts'
import { count, heightOfTitle, percent, type Texts, titleOption, widthOfTitle } from './frame.ts'
import { type ChartOption, renderSvg } from './render-svg.ts'

export interface CohortRow {
  /** Such as `2011-03`. */
  name: string
  members: number
  /** Shares of the members, from 0 to 1: of the period after the first one, of the next, and so on. */
  shares: readonly number[]
}

const cell = { width: 46, height: 24 }
const left = 170
const legend = 160

/** A row per cohort, a column per period after the first; the darker, the more of the cohort came back. */
export function cohortHeatMap(cohorts: readonly CohortRow[], texts: Texts & { columns: string; rows: string }): string {
  const top = heightOfTitle(texts) + 44
  const columns = Math.max(1, ...cohorts.map(({ shares }) => shares.length))
  const highest = Math.max(0.01, ...cohorts.flatMap(({ shares }) => shares))
  const width = columns * cell.width
  const height = cohorts.length * cell.height
  const label = { color: ink, fontSize: 11 }
  const option: ChartOption = {
    title: titleOption(texts),
    grid: { left, top, width, height },
    xAxis: {
      type: 'category',
      data: Array.from({ length: columns }, (_, index) => String(index + 1)),
      position: 'top',
      name: texts.columns,
      nameLocation: 'middle',
      nameGap: 24,
      nameTextStyle: { color: ink, fontSize: 12 },
      axisLabel: { ...label, interval: 0 },
      axisLine: { show: false },
      axisTick: { show: false },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: cohorts.map(({ name, members }) => `${name}  (${count(members)})`),
      name: texts.rows,
      nameLocation: 'start',
      nameGap: 12,
      nameTextStyle: { color: ink, fontSize: 12, align: 'right' },
      axisLabel: { ...label, interval: 0 },
      axisLine: { show: false },
      axisTick: { show: false },
    },
    visualMap: {
      type: 'continuous',
      min: 0,
      max: highest,
      calculable: false,
      orient: 'horizontal',
      left,
      top: top + height + 18,
      itemWidth: 12,
      itemHeight: legend,
      text: [percent(highest), '0%'],
      textStyle: { color: faintInk, fontSize: 11 },
      inRange: { color: [...amountColours] },
    },
    series: [
      {
        type: 'heatmap',
        silent: true,
        data: cohorts.flatMap(({ shares }, row) =>
          shares.map((share, column) => ({
            value: [column, row, share],
            // Dark writing on light cells, light writing on dark ones.
            label: { color: share / highest > 0.66 ? background : ink },
          })),
        ),
        label: { show: true, fontSize: 11, formatter: ({ value }: { value: number[] }) => percent(value[2] as number) },
        itemStyle: { borderColor: background, borderWidth: 1 },
      },
    ],
  }
  return renderSvg(option, {
    width: Math.max(left + Math.max(width + 30, legend + 120), widthOfTitle(texts)),
    height: top + height + 60,
    title: texts.title,
  })
}
