import { squareOfCurves } from './curves.ts'
import type { Texts } from './frame.ts'

export interface CalibrationSeries {
  name: string
  /** Groups of members, by what was foretold: mean chance, share that it came true of, and how many there were. */
  points: readonly { foretold: number; observed: number; members: number }[]
}

/**
 * How often it came true, against how likely it was said to be. On the diagonal, a chance of 30 % comes true three times
 * in ten. Marks grow with the number of members.
 */
export function calibrationCurve(series: readonly CalibrationSeries[], texts: Partial<CalibrationTexts> = {}): string {
  const { foretold = 'foretold', observed = 'observed' } = texts
  const most = Math.max(1, ...series.flatMap(({ points }) => points.map(({ members }) => members)))
  return squareOfCurves(
    series.map(({ name, points }) => ({
      name,
      points: points.map(({ foretold: x, observed: y, members }) => ({ x, y, size: 5 + Math.round(7 * Math.sqrt(members / most)) })),
    })),
    { title: 'Calibration', ...texts, xName: foretold, yName: observed, diagonal: 'just as foretold' },
  )
}

interface CalibrationTexts extends Texts {
  /** Names of the axes. */
  foretold: string
  observed: string
}
