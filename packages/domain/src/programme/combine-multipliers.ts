import type { Programme } from '@perennial/contracts'
import { type Fraction, isLess, leastCommonMultiple, minus, nothing, one, plus, times } from '../money/exact.ts'

/** One way in which the multipliers of an order's tier and rules come together. */
export interface Combination {
  /** @param multipliers the tier's first */
  factor(multipliers: readonly Fraction[]): Fraction
  /** What each multiplier adds to the plain base, as a multiple of it; together with 1 they are the factor. */
  extras(multipliers: readonly Fraction[]): Fraction[]
}

const multiplied: Combination = {
  factor: (multipliers) => multipliers.reduce(times, one),
  extras: (multipliers) =>
    multipliers.map((multiplier, index) => times(multipliers.slice(0, index).reduce(times, one), minus(multiplier, one))),
}

const added: Combination = {
  factor(multipliers) {
    const sum = multipliers.reduce((total, multiplier) => plus(total, minus(multiplier, one)), one)
    return isLess(sum, nothing) ? nothing : sum
  },
  extras: (multipliers) => multipliers.map((multiplier) => minus(multiplier, one)),
}

const bestAlone: Combination = {
  factor: (multipliers) => multipliers.reduce((best, multiplier) => (isLess(best, multiplier) ? multiplier : best)),
  extras(multipliers) {
    const best = bestAlone.factor(multipliers)
    const first = multipliers.findIndex(({ numerator, denominator }) => numerator === best.numerator && denominator === best.denominator)
    return multipliers.map((multiplier, index) => (index === first ? minus(multiplier, one) : nothing))
  },
}

export const combinations: Readonly<Record<Programme['points']['combine']['multipliers'], Combination>> = {
  multiply: multiplied,
  add: added,
  best: bestAlone,
}

export function commonDenominator(fractions: readonly Fraction[]): number {
  return fractions.reduce((common, { denominator }) => leastCommonMultiple(common, denominator), 1)
}
