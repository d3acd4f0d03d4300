import { checkHorizon } from './checks.ts'
import { integrateUnitInterval } from './numerics/integrate.ts'

export interface Discounting {
  /** Continuously compounded, per unit of the model's time: `continuousRate`. 0 does not discount. */
  rate: number
  /** How far ahead; Infinity for ever, which needs a rate above 0. */
  horizon: number
}

/** The continuously compounded rate per unit of time that comes to `yearly` (0.15 for 15 %) a year. */
export function continuousRate(yearly: number, unitsPerYear: number): number {
  return Math.log1p(yearly) / unitsPerYear
}

/**
 * Purchases expected later are worth less: ∫₀^horizon e^−δu dE(u), E(u) being the purchases expected within u. This is
 * the discounted expected (residual) transactions of Fader, Hardie & Lee (2005), "RFM and CLV: Using Iso-Value Curves
 * for Customer Base Analysis", Journal of Marketing Research 42(4), 415–430, of any model, over any horizon. By parts,
 * and with v = 1 − e^−δu: (1 − V) E(horizon) + ∫₀^V E(−ln(1 − v)/δ) dv, V = 1 − e^(−δ horizon).
 */
export function discounted(expected: (h: number) => number, { rate, horizon }: Discounting): number {
  if (!(rate >= 0 && rate < Infinity)) throw new RangeError(`a discount rate must be 0 or more and finite, not ${rate}`)
  if (horizon !== Infinity) checkHorizon(horizon)
  else if (rate === 0) throw new RangeError('for ever needs a discount rate above 0')
  if (rate * horizon < 1e-12) return expected(horizon)
  const whole = -Math.expm1(-rate * horizon)
  const at = (v: number, oneMinusV: number) => (whole < 1 ? -Math.log1p(-whole * v) : -Math.log(oneMinusV)) / rate
  const early = whole * integrateUnitInterval((v, oneMinusV) => expected(at(v, oneMinusV)))
  return whole < 1 ? early + (1 - whole) * expected(horizon) : early
}

/**
 * What a customer is worth from now on: discounted purchases × expected amount of a purchase × the share of it that is
 * kept. The product stands on the Gamma-Gamma model's assumption that how much a customer spends does not depend on how
 * often: Fader, Hardie & Lee (2005), as above.
 */
export function lifetimeValue({ discountedPurchases, expectedSpend, margin = 1 }: Worth): number {
  return discountedPurchases * expectedSpend * margin
}

export interface Worth {
  discountedPurchases: number
  expectedSpend: number
  margin?: number
}
