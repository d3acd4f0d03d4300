import betaln from '@stdlib/math-base-special-betaln'
import gammaln from '@stdlib/math-base-special-gammaln'
import { checkHistory, checkHorizon, checkObservations, checkParameters, checkRegularity } from './checks.ts'
import { fitCounted, sumLogLikelihood } from './fit-histories.ts'
import { type Counted, countIdentical, type History, type Observation } from './history.ts'
import { type Discounting, discounted } from './lifetime-value.ts'
import { type Fit, sumOver } from './maximum-likelihood.ts'
import { logAdd, rememberLast, shareOf } from './numerics/log-space.ts'
import { expectedUntilDropout, type GammaRate, probabilityOfAtLeast } from './numerics/purchase-process.ts'

/**
 * MBG/CNBD-k: MBG/NBD with regular purchases. Instead of at random, a customer buys at each k-th of events that come at
 * random at a rate λ: gaps between purchases are Erlang-k, the more even the larger k. k = 1 is MBG/NBD. λ ~ Gamma(r, α),
 * p ~ Beta(a, b), independent; a customer drops out with probability p after each purchase, the first included.
 *
 * Reutterer, Platzer & Schröder (2021), "Leveraging purchase regularity for predicting customer behavior the easy way",
 * International Journal of Research in Marketing 38(1), 194–215: "the paper" below; parameters as in their R package
 * BTYDplus. Why regularity is worth knowing: Platzer & Reutterer (2016), "Ticking Away the Moments: Timing Regularity
 * Helps to Better Predict Customer Activity", Marketing Science 35(5), 779–799.
 */
export const name = 'MBG/CNBD-k'

/** Regularity k, a whole number. Rate of purchases: mean r/(kα) per unit of time. Dropout after a purchase: mean a/(a + b). */
export type MbgCnbdK = Readonly<{ k: number; r: number; alpha: number; a: number; b: number }>

/** The regularities that are tried where none is given. */
export const regularities: readonly number[] = [1, 2, 3, 4]

/**
 * The log-likelihood of one history, without the factor Π gapᵏ⁻¹/Γ(k) of its gaps, which does not depend on the
 * parameters other than k (the paper's likelihood of MBG/CNBD-k):
 *
 *     B(a, b + x + 1)/B(a, b) · Γ(r + kx) αʳ/Γ(r) · { (α + T)^−(r+kx) S + a/(b + x) (α + tx)^−(r+kx) }
 *     S = Σ_{m<k} Γ(r + kx + m)/(Γ(r + kx) m!) · [(T − tx)/(α + T)]ᵐ
 *
 * S belongs to those who are alive: since the last purchase, m = 0 … k − 1 events have passed, and the k-th has not.
 */
export function logLikelihoodOf({ k, r, alpha, a, b }: MbgCnbdK): (history: History) => number {
  const ofNone = r * Math.log(alpha) - gammaln(r) - betaln(a, b)
  const ofCount = rememberLast((x) => ofNone + gammaln(r + k * x) + betaln(a, b + x + 1))
  return (history) => ofCount(history.x) + logAdd(...aliveOrGone({ k, r, alpha, a, b }, history))
}

/** The logarithms of the two terms in braces: still alive at T; gone with the last purchase. */
function aliveOrGone(parameters: MbgCnbdK, history: History): [alive: number, gone: number] {
  const { k, r, alpha, a, b } = parameters
  const { x, tx, T } = history
  const shape = r + k * x
  const sinceLast = eventsSinceLast(parameters, history).reduce((sum, weight) => sum + weight, 0)
  return [Math.log(sinceLast) - shape * Math.log(alpha + T), Math.log(a / (b + x)) - shape * Math.log(alpha + tx)]
}

/** The terms of S: how probable m = 0 … k − 1 events since the last purchase are, if the customer is alive, next to m = 0. */
function eventsSinceLast({ k, r, alpha }: MbgCnbdK, { x, tx, T }: History): number[] {
  const weights = [1]
  for (let m = 1; m < k; m++) weights.push((((weights[m - 1] as number) * (r + k * x + m - 1)) / m) * ((T - tx) / (alpha + T)))
  return weights
}

/** The logarithm of Π gapᵏ⁻¹/Γ(k) over all gaps: what makes likelihoods of different k comparable. */
function logOfGaps(k: number, counted: readonly Counted[]): number {
  if (k === 1) return 0
  const logGamma = gammaln(k)
  return counted.reduce((sum, { x, count, logGaps }) => sum + (k - 1) * (logGaps ?? 0) - count * x * logGamma, 0)
}

/** The log-likelihood of all. Where `logGaps` is missing, it is that of gaps whose logarithms sum to 0. */
export function logLikelihood(parameters: MbgCnbdK, observations: readonly Observation[]): number {
  checkRegularity(parameters.k)
  return sumLogLikelihood(logLikelihoodOf, parameters, observations) + logOfGaps(parameters.k, countIdentical(observations))
}

/**
 * Maximum likelihood, for the k that is given, or for the one of `regularities` whose likelihood is highest. To choose,
 * the gaps must be known: a RangeError where a customer who came back has no `logGaps`.
 */
export function fit(observations: readonly Observation[], k?: number): Fit<MbgCnbdK> {
  checkObservations(observations)
  const counted = countIdentical(observations)
  if (k !== undefined) {
    checkRegularity(k)
    return fitOf(k, counted)
  }
  if (counted.some(({ logGaps }) => logGaps === undefined)) throw new RangeError('to choose k, logGaps of every customer must be given')
  const fits = regularities.map((each) => fitOf(each, counted))
  return fits.reduce((best, other) => (other.logLikelihood > best.logLikelihood ? other : best))
}

function fitOf(k: number, counted: readonly Counted[]): Fit<MbgCnbdK> {
  const ofGaps = logOfGaps(k, counted)
  const { parameters, ...found } = fitCounted(
    counted,
    (unit) => ({ r: 1, alpha: unit / k, a: 1, b: 3 }),
    (searched) => sumOver(counted, logLikelihoodOf({ k, ...searched })) + ofGaps,
  )
  return { ...found, parameters: { k, ...parameters } }
}

/** P(alive at T): the paper's P(alive) of MBG/CNBD-k. The share of the first term in the likelihood. */
export function probabilityAlive(parameters: MbgCnbdK, history: History): number {
  checkParameters(parameters)
  checkRegularity(parameters.k)
  checkHistory(history)
  return shareOf(...aliveOrGone(parameters, history))
}

/**
 * P(at least one purchase in (T, T + h]). Of a customer who is alive, m events since the last purchase are as probable
 * as their term in S; given m, λ is distributed as Gamma(r + kx + m, α + T), and the next purchase is the (k − m)-th
 * event from now, whatever p. Hence P(alive) · Σₘ P(m) · P(N ≥ k − m), N negative binomial: a finite sum.
 */
export function probabilityOfPurchase(parameters: MbgCnbdK, history: History, h: number): number {
  checkHorizon(h)
  const { k } = parameters
  return ifAlive(parameters, history, (rate, m) => probabilityOfAtLeast(k - m, rate, h))
}

/**
 * Expected purchases in (T, T + h], exactly: as above, with all purchases that follow instead of the first. (The paper
 * and BTYDplus take the expression of MBG/NBD with α scaled, and scale the sum over the customers: an approximation.)
 */
export function expectedPurchases(parameters: MbgCnbdK, history: History, h: number): number {
  checkHorizon(h)
  const { k, a, b } = parameters
  return ifAlive(parameters, history, (rate, m) => expectedUntilDropout(rate, { a, b: b + history.x + 1 }, h, k, m))
}

/** What a customer of whom nothing is known but a first purchase buys within h after it. */
export function unconditionalExpectation(parameters: MbgCnbdK, h: number): number {
  return expectedPurchases(parameters, { x: 0, tx: 0, T: 0 }, h)
}

/** Expected purchases after T, each discounted by its distance from T: `expectedPurchases` under `discounted`. */
export function discountedPurchases(parameters: MbgCnbdK, history: History, discounting: Discounting): number {
  return discounted((h) => expectedPurchases(parameters, history, h), discounting)
}

/** P(alive) times the mean of `ofEvents` over the events since the last purchase. */
function ifAlive(parameters: MbgCnbdK, history: History, ofEvents: (rate: GammaRate, m: number) => number): number {
  const { k, r, alpha } = parameters
  const { x, T } = history
  const alive = probabilityAlive(parameters, history)
  const weights = eventsSinceLast(parameters, history)
  let sum = 0
  let total = 0
  for (const [m, weight] of weights.entries()) {
    total += weight
    if (weight > 0) sum += weight * ofEvents({ shape: r + k * x + m, rate: alpha + T }, m)
  }
  return (alive * sum) / total
}
