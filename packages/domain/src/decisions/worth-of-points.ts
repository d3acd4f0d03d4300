import { digitsOf } from '@perennial/contracts'
import { exact, type Fraction, fractionOf, times } from '../money/exact.ts'
import type { Rules } from '../programme/rules.ts'

/** What points pay, in the minor unit of the member's currency: so many points are worth so much, exactly. */
export interface Worth {
  /** Points are spent in multiples of this: the programme's block or, where its worth is no whole minor unit, several of them. */
  block: number
  /** Minor units that one such block pays. */
  perBlock: number
}

/** Nothing is rounded: were the worth of a block cut to the minor unit, a point could come to be worth nothing. */
export function worthOfPoints({ programme }: Rules, currency: string | null): Worth {
  const { block, worth } = programme.points.redeem
  const minorUnit: Fraction = { numerator: 10 ** digitsOf(currency), denominator: 1 }
  const { numerator, denominator } = times(fractionOf(worth), minorUnit)
  return { block: exact(block * denominator), perBlock: numerator }
}

/** @param points a multiple of the block */
export function worthOf(points: number, { block, perBlock }: Worth): number {
  return exact((points / block) * perBlock)
}
