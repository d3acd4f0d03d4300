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
 * BG/NBD: while alive, a customer buys at random at a rate λ; after each repeat purchase the customer drops out with
 * probability p. λ ~ Gamma(r, α), p ~ Beta(a, b), independent. Who never came back is taken to be alive.
 *
 * Fader, Hardie & Lee (2005), "'Counting Your Customers' the Easy Way: An Alternative to the Pareto/NBD Model",
 * Marketing Science 24(2), 275–284: "the paper" below.
 */
export const name = 'BG/NBD'

/** Rate of purchases: mean r/α per unit of time. Dropout after a purchase: mean a/(a + b). */
export type BgNbd = Readonly<{ r: number; alpha: number; a: number; b: number }>

/**
 * The log-likelihood of one history: eq. (6) of the paper, with Γ(r + x) αʳ / Γ(r) and B(a, b + x) / B(a, b) taken out:
 *
 *     B(a, b + x)/B(a, b) · Γ(r + x) αʳ/Γ(r) · { (α + T)^−(r+x) + [x > 0] a/(b + x − 1) (α + tx)^−(r+x) }
 */
export function logLikelihoodOf({ r, alpha, a, b }: BgNbd): (history: History) => number {
  const ofNone = r * Math.log(alpha) - gammaln(r) - betaln(a, b)
  const ofCount = rememberLast((x) => ofNone + gammaln(r + x) + betaln(a, b + x))
  return (history) => ofCount(history.x) + logAdd(...aliveOrGone({ r, alpha, a, b }, history))
}

/** The logarithms of the two terms in braces: still alive at T; gone with the last purchase. */
function aliveOrGone({ r, alpha, a, b }: BgNbd, { x, tx, T }: History): [alive: number, gone: number] {
  const alive = -(r + x) * Math.log(alpha + T)
  return [alive, x === 0 ? -Infinity : Math.log(a / (b + x - 1)) - (r + x) * Math.log(alpha + tx)]
}

/** The log-likelihood of all: eq. (7) of the paper. */
export function logLikelihood(parameters: BgNbd, observations: readonly Observation[]): number {
  return sumLogLikelihood(logLikelihoodOf, parameters, observations)
}

/** Maximum likelihood. */
export function fit(observations: readonly Observation[]): Fit<BgNbd> {
  return fitHistories(logLikelihoodOf, observations, (unit) => ({ r: 1, alpha: unit, a: 1, b: 3 }))
}

/**
 * P(alive at T): Fader, Hardie & Lee (2008), "Computing P(alive) Using the BG/NBD Model",
 * http://brucehardie.com/notes/021. The share of the first term in the likelihood; 1 where x = 0.
 */
export function probabilityAlive(parameters: BgNbd, history: History): number {
  checkParameters(parameters)
  checkHistory(history)
  return shareOf(...aliveOrGone(parameters, history))
}

/**
 * P(at least one purchase in (T, T + h]). The next purchase of a customer who is alive does not depend on p, and the λ
 * of such a customer is distributed as Gamma(r + x, α + T) (the first term of the likelihood, as a function of λ, is
 * λ^(r+x−1) e^−λ(α+T)). Hence P(alive) · E[1 − e^−λh] = P(alive) · {1 − [(α + T)/(α + T + h)]^(r+x)}.
 */
export function probabilityOfPurchase(parameters: BgNbd, history: History, h: number): number {
  checkHorizon(h)
  return probabilityAlive(parameters, history) * probabilityOfAtLeast(1, rateIfAlive(parameters, history), h)
}

/** Expected purchases in (T, T + h]: eq. (10) of the paper, computed as a sum (see `expectedUntilDropout`). */
export function expectedPurchases(parameters: BgNbd, history: History, h: number): number {
  checkHorizon(h)
  const { a, b } = parameters
  return probabilityAlive(parameters, history) * expectedUntilDropout(rateIfAlive(parameters, history), { a, b: b + history.x }, h)
}

/** What a customer of whom nothing is known but a first purchase buys within h after it: eq. (9) of the paper. */
export function unconditionalExpectation(parameters: BgNbd, h: number): number {
  return expectedPurchases(parameters, { x: 0, tx: 0, T: 0 }, h)
}

/** Expected purchases after T, each discounted by its distance from T: eq. (10) of the paper under `discounted`. */
export function discountedPurchases(parameters: BgNbd, history: History, discounting: Discounting): number {
  return discounted((h) => expectedPurchases(parameters, history, h), discounting)
}

function rateIfAlive({ r, alpha }: BgNbd, { x, T }: History) {
  return { shape: r + x, rate: alpha + T }
}
