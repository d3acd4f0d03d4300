import { faintInk, gridLine, ink } from './colours.ts'

/** What stands around a picture. Every one has a title; a second line says of when and of what. */
export interface Texts {
  title: string
  subtitle?: string
}

/** Where the picture itself begins below its title, in pixels; each line of the subtitle takes its place. */
export function heightOfTitle({ subtitle }: Texts): number {
  return 48 + (subtitle === undefined ? 0 : 18 * subtitle.split('\n').length)
}

/** How wide a picture must be for its title, in pixels: an estimate on the safe side, since fonts differ. */
export function widthOfTitle({ title, subtitle = '' }: Texts): number {
  const longest = (text: string) => Math.max(...text.split('\n').map((line) => line.length))
  return Math.ceil(40 + Math.max(longest(title) * 11, longest(subtitle) * 7))
}

export function titleOption({ title, subtitle }: Texts) {
  return {
    text: title,
    ...(subtitle && { subtext: subtitle }),
    left: 20,
    top: 12,
    itemGap: 6,
    textStyle: { fontSize: 18, fontWeight: 600, color: ink },
    subtextStyle: { fontSize: 12, lineHeight: 18, color: faintInk },
  }
}

/** An axis of shares from 0 to 1, shown in per cent. */
export function shareAxis(name: string, nameGap: number) {
  return {
    type: 'value',
    min: 0,
    max: 1,
    interval: 0.2,
    name,
    nameLocation: 'middle',
    nameGap,
    nameTextStyle: { fontSize: 13, color: ink },
    axisLabel: { color: ink, formatter: percent },
    axisLine: { show: true, lineStyle: { color: faintInk } },
    splitLine: { lineStyle: { color: gridLine } },
  }
}

/** 0.25 is `25%`, 0.0123 is `1.2%`. */
export function percent(share: number): string {
  const points = share * 100
  const digits = points > 0 && points < 9.95 && Math.abs(points - Math.round(points)) > 1e-9 ? 1 : 0
  return `${points.toFixed(digits)}%`
}

/** 1234567 is `1,234,567`. */
export function count(value: number): string {
  return value.toLocaleString('en-GB')
}
