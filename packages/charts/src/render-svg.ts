import { BarChart, HeatmapChart, LineChart, SankeyChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TitleComponent, VisualMapComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { background, fontFamily, ink } from './colours.ts'

export type ChartOption = EChartsCoreOption

/** Only what the pictures here are made of: all of ECharts is several times as much to load. */
use([BarChart, HeatmapChart, LineChart, SankeyChart, GridComponent, LegendComponent, TitleComponent, VisualMapComponent, SVGRenderer])

/**
 * A picture as one SVG element, drawn without a browser. The same option gives the same bytes, whatever else the
 * process has drawn before.
 *
 * @param option of ECharts; animation is switched off
 * @param size in pixels; `title` is what screen readers say of the picture
 */
export function renderSvg(option: ChartOption, { width, height, title }: { width: number; height: number; title?: string }): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({ backgroundColor: background, textStyle: { fontFamily, color: ink }, animation: false, ...option })
    const svg = withOwnIds(withoutPointer(chart.renderToSVGString()))
    return title === undefined ? svg : svg.replace(/^<svg/, '<svg role="img"').replace('>', () => `><title>${escapeXml(title)}</title>`)
  } finally {
    chart.dispose()
  }
}

/** What a pointer would do in a page stays out: a picture is looked at, and these are more than half of its bytes. */
function withoutPointer(svg: string): string {
  return svg.replaceAll(/ (?:ecmeta_\w+|class|pointer-events)="[^"<>]*"/g, '').replaceAll(/<style\b[^>]*>.*?<\/style>\n?/gs, '')
}

/** ECharts numbers ids through the life of the process: here they are numbered anew in every picture. */
function withOwnIds(svg: string): string {
  const known = new Map<string, string>()
  return svg.replaceAll(/(?<=\bid="|url\(#|href="#)zr\d+-[\w-]+/g, (id) => {
    let own = known.get(id)
    if (!own) known.set(id, (own = `n${known.size}`))
    return own
  })
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
