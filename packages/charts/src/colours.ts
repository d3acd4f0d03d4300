/** What all pictures share: white paper, dark ink, and colours that the colour-blind can tell apart. */

export const background = '#ffffff'
export const ink = '#222222'
export const faintInk = '#666666'
export const gridLine = '#dddddd'
export const fontFamily = 'Helvetica, Arial, sans-serif'

/** For series: the palette of Okabe and Ito, the darker ones first, since thin lines stand on white. */
export const seriesColours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'] as const

/** For amounts, from none to most: one hue that only grows darker. */
export const amountColours = ['#f7fbff', '#c6dbef', '#6baed6', '#2171b5', '#08306b'] as const

const stageColours: Readonly<Record<string, string>> = {
  prospect: '#b8b8b8',
  new: '#9fd3f2',
  growing: '#56b4e9',
  loyal: '#0072b2',
  'won-back': '#009e73',
  'at-risk': '#f0c24f',
  lapsed: '#e08a1e',
  lost: '#a84300',
}

/** Who is well is blue or green, who is silent goes from yellow to brown; what is no stage is light grey. */
export function stageColour(stage: string): string {
  return stageColours[stage] ?? '#dedede'
}
