import { squareOfCurves } from './curves.ts'
import type { Texts } from './frame.ts'

export interface LiftSeries {
  name: string
  /** Of those looked at first: which share of all members they are, and which share of those sought is among them. */
  points: readonly { share: number; caught: number }[]
}

/**
 * How many of those sought are among the first so many members of a ranking (a cumulative gains chart). On the diagonal,
 * the ranking is no better than chance. Each curve begins at nobody and ends at everybody, whether its points say so or
 * not.
 */
export function liftCurve(series: readonly LiftSeries[], texts: Partial<LiftTexts> = {}): string {
  const { share = 'share of members, those ranked highest first', caught = 'share of those sought among them' } = texts
  return squareOfCurves(
    series.map(({ name, points }) => ({
      name,
      points: [nobody, ...points, everybody].map(({ share: x, caught: y }) => ({ x, y, size: 6 })),
    })),
    { title: 'Lift', ...texts, xName: share, yName: caught, diagonal: 'no better than chance' },
  )
}

const nobody = { share: 0, caught: 0 }
const everybody = { share: 1, caught: 1 }

interface LiftTexts extends Texts {
  /** Names of the axes. */
  share: string
  caught: string
}
