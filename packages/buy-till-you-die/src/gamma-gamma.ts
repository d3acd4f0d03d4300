import betaln from '@stdlib/math-base-special-betaln'
import { checkCount, checkParameters } from './checks.ts'
import { customersOf, type Fit, maximumLikelihood, sumOver } from './maximum-likelihood.ts'
import { rememberLast } from './numerics/log-space.ts'

/**
 * Gamma-Gamma: what a customer spends varies from purchase to purchase around a mean of the customer's own, which does
 * not depend on how often the customer buys. A purchase ~ Gamma(p, ν), ν ~ Gamma(q, γ).
 *
 * Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value", http://brucehardie.com/notes/025: "the note" below;
 * first in Fader, Hardie & Lee (2005), "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis", Journal of
 * Marketing Research 42(4), 415–430.
 */
export const name = 'Gamma-Gamma'

/** γ is an amount of money. The mean purchase over all customers is pγ/(q − 1). */
export type GammaGamma = Readonly<{ p: number; q: number; gamma: number }>

/** What a customer spent. */
export interface Spend {
  /** Purchases the mean is taken over: a whole number. */
  x: number
  /** Mean amount of a purchase; of no meaning where x is 0. */
  mean: number
  /** How many customers spent just this; 1 where it is left out. */
  count?: number
}

/**
 * The log-likelihood of one mean: eq. (1a) of the note,
 *
 *     Γ(px + q)/(Γ(px) Γ(q)) · γ^q z^(px−1) x^(px) / (γ + xz)^(px+q),   z the mean
 */
export function logLikelihoodOf({ p, q, gamma }: GammaGamma): (spend: Spend) => number {
  const ofCount = rememberLast((x) => q * Math.log(gamma) + p * x * Math.log(x) - betaln(p * x, q))
  return ({ x, mean }) => ofCount(x) + (p * x - 1) * Math.log(mean) - (p * x + q) * Math.log(gamma + x * mean)
}

/** The log-likelihood of all: the sum over the customers. */
export function logLikelihood(parameters: GammaGamma, spends: readonly Spend[]): number {
  checkParameters(parameters)
  checkSpends(spends)
  return sumOver(countIdenticalSpends(spends), logLikelihoodOf(parameters))
}

/** Maximum likelihood. Only who has bought and spent something can be fitted on: a RangeError where x or the mean is 0 or less. */
export function fit(spends: readonly Spend[]): Fit<GammaGamma> {
  checkSpends(spends)
  const counted = countIdenticalSpends(spends)
  const customers = customersOf(counted)
  const unit = counted.reduce((sum, { mean, count }) => sum + mean * count, 0) / customers
  return maximumLikelihood({
    customers,
    start: { p: 4, q: 4, gamma: unit },
    logLikelihood: (parameters) => sumOver(counted, logLikelihoodOf(parameters)),
  })
}

/**
 * The expected amount of the next purchase: eq. (5) of the note, p(γ + xz)/(px + q − 1). Between the customer's own mean
 * and that of all, the nearer to the own the more purchases it rests on. Infinity where that mean does not exist, which
 * is only so for q ≤ 1 and px ≤ 1 − q.
 */
export function expectedSpend(parameters: GammaGamma, { x, mean }: Spend): number {
  checkParameters(parameters)
  checkPurchases(x)
  if (x > 0 && !(mean >= 0 && mean < Infinity)) throw new RangeError(`a mean must be 0 or more and finite, not ${mean}`)
  const { p, q, gamma } = parameters
  const weight = p * x + q - 1
  return weight > 0 ? (p * (gamma + (x === 0 ? 0 : x * mean))) / weight : Infinity
}

/** The mean purchase over all customers, pγ/(q − 1). Infinity for q ≤ 1. */
export function unconditionalExpectation(parameters: GammaGamma): number {
  return expectedSpend(parameters, { x: 0, mean: 0 })
}

function countIdenticalSpends(spends: readonly Spend[]): Required<Spend>[] {
  const counted: Required<Spend>[] = []
  for (const { x, mean, count = 1 } of [...spends].sort((a, b) => a.x - b.x || a.mean - b.mean)) {
    const last = counted.at(-1)
    if (last && last.x === x && last.mean === mean) last.count += count
    else counted.push({ x, mean, count })
  }
  return counted
}

function checkSpends(spends: readonly Spend[]): void {
  if (spends.length === 0) throw new RangeError('there is no customer to fit a model on')
  for (const { x, mean, count } of spends) {
    checkPurchases(x)
    checkCount(count)
    if (!(x > 0 && mean > 0 && mean < Infinity)) throw new RangeError(`x and mean must be above 0 to fit on, not ${x} and ${mean}`)
  }
}

function checkPurchases(x: number): void {
  if (!(Number.isInteger(x) && x >= 0)) throw new RangeError(`x must be a whole number from 0 up, not ${x}`)
}
