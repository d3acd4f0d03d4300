import betaln from '@stdlib/math-base-special-betaln'
import gammaln from '@stdlib/math-base-special-gammaln'
import { checkHistory, checkHorizon, checkParameters } from './checks.ts'
import { fitHistories, sumLogLikelihood } from './fit-histories.ts'
import type { History, Observation } from './history.ts'
import { type Discounting, discounted } from './lifetime-value.ts'
import type { Fit } from './maximum-likelihood.ts'
import { logAdd, rememberLast, shareOf } from './numerics/log-space.ts'
import { expectedUntilDropout, probabilityOfAtLeast } from './numerics/purchase-process.ts'

/**
 * MBG/NBD: BG/NBD in which a customer can drop out after the very first purchase too, so that who never came back is
 * not taken to be alive for ever. λ ~ Gamma(r, α), p ~ Beta(a, b), independent.
 *
 * Batislam, Denizel & Filiztekin (2007), "Empirical validation and comparison of models for customer base analysis",
 * International Journal of Research in Marketing 24(3), 201–209: "the paper" below. The same model came at the same time
 * as CBG/NBD: Hoppe & Wagner (2007), "Customer Base Analysis: The Case for a Central Variant of the Betageometric/NBD
 * Model", Marketing Journal of Research and Management 3(2), 75–90.
 */
export const name = 'MBG/NBD'

/** Rate of purchases: mean r/α per unit of time. Dropout after a purchase, the first included: mean a/(a + b). */
export type MbgNbd = Readonly<{ r: number; alpha: number; a: number; b: number }>

/**
 * The log-likelihood of one history: appendix A of the paper. That of BG/NBD with one more dropout survived:
 *
 *     B(a, b + x + 1)/B(a, b) · Γ(r + x) αʳ/Γ(r) · { (α + T)^−(r+x) + a/(b + x) (α + tx)^−(r+x) }
 */
export function logLikelihoodOf({ r, alpha, a, b }: MbgNbd): (history: History) => number {
  const ofNone = r * Math.log(alpha) - gammaln(r) - betaln(a, b)
  const ofCount = rememberLast((x) => ofNone + gammaln(r + x) + betaln(a, b + x + 1))
  return (history) => ofCount(history.x) + logAdd(...aliveOrGone({ r, alpha, a, b }, history))
}

/** The logarithms of the two terms in braces: still alive at T; gone with the last purchase. */
function aliveOrGone({ r, alpha, a, b }: MbgNbd, { x, tx, T }: History): [alive: number, gone: number] {
  return [-(r + x) * Math.log(alpha + T), Math.log(a / (b + x)) - (r + x) * Math.log(alpha + tx)]
}

/** The log-likelihood of all: the sum over the customers. */
export function logLikelihood(parameters: MbgNbd, observations: readonly Observation[]): number {
  return sumLogLikelihood(logLikelihoodOf, parameters, observations)
}

/** Maximum likelihood. */
export function fit(observations: readonly Observation[]): Fit<MbgNbd> {
  return fitHistories(logLikelihoodOf, observations, (unit) => ({ r: 1, alpha: unit, a: 1, b: 3 }))
}

/** P(alive at T): appendix A of the paper, eq. (5). The share of the first term in the likelihood. */
export function probabilityAlive(parameters: MbgNbd, history: History): number {
  checkParameters(parameters)
  checkHistory(history)
  return shareOf(...aliveOrGone(parameters, history))
}

/**
 * P(at least one purchase in (T, T + h]). As under BG/NBD: the λ of a customer who is alive is distributed as
 * Gamma(r + x, α + T), the next purchase does not depend on p, hence P(alive) · {1 − [(α + T)/(α + T + h)]^(r+x)}.
 */
export function probabilityOfPurchase(parameters: MbgNbd, history: History, h: number): number {
  checkHorizon(h)
  return probabilityAlive(parameters, history) * probabilityOfAtLeast(1, rateIfAlive(parameters, history), h)
}

/**
 * Expected purchases in (T, T + h]: appendix A of the paper, as corrected by Wagner & Hoppe (2008), "Erratum on the
 * MBG/NBD model", International Journal of Research in Marketing 25(3), 225–226; computed as a sum (see
 * `expectedUntilDropout`). Who is alive after x repeat purchases has survived x + 1 dropouts: p ~ Beta(a, b + x + 1).
 */
export function expectedPurchases(parameters: MbgNbd, history: History, h: number): number {
  checkHorizon(h)
  const { a, b } = parameters
  return probabilityAlive(parameters, history) * expectedUntilDropout(rateIfAlive(parameters, history), { a, b: b + history.x + 1 }, h)
}

/** What a customer of whom nothing is known but a first purchase buys within h after it: appendix A of the paper. */
export function unconditionalExpectation(parameters: MbgNbd, h: number): number {
  return expectedPurchases(parameters, { x: 0, tx: 0, T: 0 }, h)
}

/** Expected purchases after T, each discounted by its distance from T: `expectedPurchases` under `discounted`. */
export function discountedPurchases(parameters: MbgNbd, history: History, discounting: Discounting): number {
  return discounted((h) => expectedPurchases(parameters, history, h), discounting)
}

function rateIfAlive({ r, alpha }: MbgNbd, { x, T }: History) {
  return { shape: r + x, rate: alpha + T }
}
