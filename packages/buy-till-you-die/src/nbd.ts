import gammaln from '@stdlib/math-base-special-gammaln'
import { checkHistory, checkHorizon, checkParameters } from './checks.ts'
import { fitHistories, sumLogLikelihood } from './fit-histories.ts'
import type { History, Observation } from './history.ts'
import { type Discounting, discounted } from './lifetime-value.ts'
import type { Fit } from './maximum-likelihood.ts'
import { rememberLast } from './numerics/log-space.ts'
import { probabilityOfAtLeast } from './numerics/purchase-process.ts'

/**
 * NBD: a customer buys at random at a rate λ, and never drops out. λ ~ Gamma(r, α). What the other models come to where
 * nobody is seen to leave: their dropout is then not determined by the data, and this is.
 *
 * Ehrenberg (1959), "The Pattern of Consumer Purchases", Applied Statistics 8(1), 26–41; as a model of what a customer
 * does next, Morrison & Schmittlein (1988), "Generalizing the NBD Model for Customer Purchases", Journal of Business &
 * Economic Statistics 6(2), 145–159.
 */
export const name = 'NBD'

/** Rate of purchases: mean r/α per unit of time. */
export type Nbd = Readonly<{ r: number; alpha: number }>

/** The log-likelihood of one history: Γ(r + x) αʳ/Γ(r) · (α + T)^−(r+x). When the last purchase was says nothing. */
export function logLikelihoodOf({ r, alpha }: Nbd): (history: History) => number {
  const ofNone = r * Math.log(alpha) - gammaln(r)
  const ofCount = rememberLast((x) => ofNone + gammaln(r + x))
  return ({ x, T }) => ofCount(x) - (r + x) * Math.log(alpha + T)
}

/** The log-likelihood of all: the sum over the customers. */
export function logLikelihood(parameters: Nbd, observations: readonly Observation[]): number {
  return sumLogLikelihood(logLikelihoodOf, parameters, observations)
}

/** Maximum likelihood. */
export function fit(observations: readonly Observation[]): Fit<Nbd> {
  return fitHistories(logLikelihoodOf, observations, (unit) => ({ r: 1, alpha: unit }))
}

/** P(alive at T): 1. */
export function probabilityAlive(parameters: Nbd, history: History): number {
  checkParameters(parameters)
  checkHistory(history)
  return 1
}

/** P(at least one purchase in (T, T + h]): λ is distributed as Gamma(r + x, α + T), hence 1 − [(α + T)/(α + T + h)]^(r+x). */
export function probabilityOfPurchase(parameters: Nbd, history: History, h: number): number {
  checkHorizon(h)
  const { shape, rate } = rateOf(parameters, history)
  return probabilityOfAtLeast(1, { shape, rate }, h)
}

/** Expected purchases in (T, T + h]: the mean of λ, times h. */
export function expectedPurchases(parameters: Nbd, history: History, h: number): number {
  checkHorizon(h)
  const { shape, rate } = rateOf(parameters, history)
  return (shape / rate) * h
}

/** What a customer of whom nothing is known but a first purchase buys within h after it. */
export function unconditionalExpectation(parameters: Nbd, h: number): number {
  return expectedPurchases(parameters, { x: 0, tx: 0, T: 0 }, h)
}

/** Expected purchases after T, each discounted by its distance from T: `expectedPurchases` under `discounted`. */
export function discountedPurchases(parameters: Nbd, history: History, discounting: Discounting): number {
  return discounted((h) => expectedPurchases(parameters, history, h), discounting)
}

function rateOf(parameters: Nbd, history: History) {
  checkParameters(parameters)
  checkHistory(history)
  return { shape: parameters.r + history.x, rate: parameters.alpha + history.T }
}
