import { faintInk, seriesColours } from './colours.ts'
import { heightOfTitle, shareAxis, type Texts, titleOption, widthOfTitle } from './frame.ts'
import { type ChartOption, renderSvg } from './render-svg.ts'

/** Series differ in colour, line and mark, so that a print in grey still tells them apart. */
const lines = ['solid', 'dashed', 'dotted'] as const
const marks = ['circle', 'triangle', 'rect', 'diamond'] as const
/** ECharts would put a mark on the line of the diagonal in the legend, where it has none in the picture. */
const dashes = 'path://M0,0h8v1.5h-8zM11,0h8v1.5h-8zM22,0h8v1.5h-8z'
const side = 520
const left = 80

export interface Curve {
  name: string
  points: readonly { x: number; y: number; size: number }[]
}

/** Curves of shares over shares on a square, with the diagonal that means "no better than" or "just as foretold". */
export function squareOfCurves(curves: readonly Curve[], texts: Texts & { xName: string; yName: string; diagonal: string }): string {
  const { xName, yName, diagonal } = texts
  const top = heightOfTitle(texts) + 14
  const option: ChartOption = {
    title: titleOption(texts),
    legend: {
      orient: 'vertical',
      left: left + side + 30,
      top,
      itemWidth: 30,
      itemGap: 12,
      textStyle: { fontSize: 12 },
      data: [{ name: diagonal, icon: dashes }, ...curves.map(({ name }) => ({ name }))],
    },
    grid: { left, top, width: side, height: side },
    xAxis: shareAxis(xName, 32),
    yAxis: shareAxis(yName, 48),
    series: [
      {
        type: 'line',
        name: diagonal,
        data: [
          [0, 0],
          [1, 1],
        ],
        symbol: 'none',
        silent: true,
        itemStyle: { color: faintInk },
        lineStyle: { color: faintInk, type: 'dashed', width: 1 },
      },
      ...curves.map(({ name, points }, index) => ({
        type: 'line',
        name,
        data: points.map(({ x, y, size }) => ({ value: [x, y], symbolSize: size })),
        symbol: marks[index % marks.length],
        showSymbol: true,
        showAllSymbol: true,
        silent: true,
        clip: false,
        itemStyle: { color: seriesColours[index % seriesColours.length] },
        lineStyle: { color: seriesColours[index % seriesColours.length], type: lines[index % lines.length], width: 2 },
      })),
    ],
  }
  const longestName = Math.max(diagonal.length, ...curves.map(({ name }) => name.length))
  const width = Math.max(left + side + 90 + longestName * 7, widthOfTitle(texts))
  return renderSvg(option, { width, height: top + side + 60, title: texts.title })
}
