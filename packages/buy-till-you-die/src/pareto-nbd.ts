import gammaln from '@stdlib/math-base-special-gammaln'
import { checkHistory, checkHorizon, checkParameters } from './checks.ts'
import { fitHistories, sumLogLikelihood } from './fit-histories.ts'
import type { History, Observation } from './history.ts'
import { type Discounting, discounted } from './lifetime-value.ts'
import type { Fit } from './maximum-likelihood.ts'
import { hypergeometricOfOne } from './numerics/hypergeometric.ts'
import { logAdd, rememberLast, shareOf } from './numerics/log-space.ts'

/**
 * Pareto/NBD: while alive, a customer buys at random at a rate λ; the lifetime is exponential with a rate μ, and may end
 * at any time. λ ~ Gamma(r, α), μ ~ Gamma(s, β), independent.
 *
 * Schmittlein, Morrison & Colombo (1987), "Counting Your Customers: Who Are They and What Will They Do Next?",
 * Management Science 33(1), 1–24. Expressions as in Fader & Hardie (2005), "A Note on Deriving the Pareto/NBD Model and
 * Related Expressions", http://brucehardie.com/notes/009: "the note" below.
 */
export const name = 'Pareto/NBD'

/** Rate of purchases: mean r/α per unit of time. Rate of dropping out: mean s/β per unit of time. */
export type ParetoNbd = Readonly<{ r: number; alpha: number; s: number; beta: number }>

/**
 * The log-likelihood of one history: eq. (18) of the note, where s/(r + s + x) A₀ is the integral
 *
 *     Γ(r + x) αʳ βˢ/Γ(r) · { (α + T)^−(r+x) (β + T)^−s + s ∫_tx^T (α + y)^−(r+x) (β + y)^−(s+1) dy }
 */
export function logLikelihoodOf(parameters: ParetoNbd): (history: History) => number {
  const { r, alpha, s, beta } = parameters
  const ofNone = r * Math.log(alpha) + s * Math.log(beta) - gammaln(r)
  const ofCount = rememberLast((x) => ofNone + gammaln(r + x))
  return (history) => ofCount(history.x) + logAdd(...aliveOrGone(parameters, history))
}

/** The logarithms of the two terms in braces: still alive at T; gone at some time between the last purchase and T. */
function aliveOrGone({ r, alpha, s, beta }: ParetoNbd, { x, tx, T }: History): [alive: number, gone: number] {
  const alive = -(r + x) * Math.log(alpha + T) - s * Math.log(beta + T)
  if (tx === T) return [alive, -Infinity]
  return [alive, Math.log(s) + logIntegral([r + x, alpha], [s + 1, beta], tx, T)]
}

type Factor = readonly [power: number, shift: number]

/**
 * ln ∫_from^to (A + y)^−p (B + y)^−q dy: what is left from `from` on, less what is left from `to` on. With A ≥ B (else the
 * two change places), eqs. (19) and (20) of the note make what is left from y on
 * ₂F₁(p + q − 1, q; p + q; z) / ((p + q − 1)(A + y)^(p+q−1)), z = (A − B)/(A + y). Euler's transformation (DLMF, eq. 15.8.1)
 * makes it (A + y)^−p (B + y)^(1−q) ₂F₁(1, p; p + q; z)/(p + q − 1), which does not overflow; and of the two, the ratio is
 * taken, so that nothing but their difference is lost where they are nearly the same.
 */
function logIntegral(one: Factor, other: Factor, from: number, to: number): number {
  const [[p, A], [q, B]] = one[1] >= other[1] ? [one, other] : [other, one]
  if (Math.max(1, p) * (B + to) <= slowUpTo * (A - B) && to - from <= 1e12 * (B + from)) return logIntegralOfSlow([p, A], [q, B], from, to)
  const atFrom = hypergeometricOfOne(p, p + q, (A - B) / (A + from))
  const atTo = hypergeometricOfOne(p, p + q, (A - B) / (A + to))
  const logRatio = -p * Math.log1p((to - from) / (A + from)) + (1 - q) * Math.log1p((to - from) / (B + from)) + Math.log(atTo / atFrom)
  const left = -p * Math.log(A + from) + (1 - q) * Math.log(B + from) + Math.log(atFrom / (p + q - 1))
  return logRatio < 0 ? left + Math.log(-Math.expm1(logRatio)) : -Infinity
}

/** Up to here the factor with the larger shift hardly moves between the bounds. */
const slowUpTo = 0.1
/** Each is at most a tenth of the one before. */
const termsMax = 20

/**
 * The same where A is so much larger than B that the continued fraction would take thousands of steps: with D = A − B and
 * u = B + y, (A + y)^−p = D^−p Σₖ (−p choose k) (u/D)ᵏ, integrated term by term. Without dropout that can be seen, a fit
 * goes there.
 */
function logIntegralOfSlow([p, A]: Factor, [q, B]: Factor, from: number, to: number): number {
  const D = A - B
  const start = B + from
  const stretch = Math.log1p((to - from) / start)
  let coefficient = 1
  let sum = 0
  for (let k = 0; k < termsMax; k++) {
    const power = k - q + 1
    // ∫ u^(k−q) du, in units of start^(1−q).
    const term = coefficient * (power === 0 ? stretch : Math.expm1(power * stretch) / power)
    sum += term
    if (Math.abs(term) <= sum * 1e-17) break
    coefficient *= (-(p + k) / (k + 1)) * (start / D)
  }
  return -p * Math.log(D) + (1 - q) * Math.log(start) + Math.log(sum)
}

/** The log-likelihood of all: the sum over the customers. */
export function logLikelihood(parameters: ParetoNbd, observations: readonly Observation[]): number {
  return sumLogLikelihood(logLikelihoodOf, parameters, observations)
}

/** Maximum likelihood. */
export function fit(observations: readonly Observation[]): Fit<ParetoNbd> {
  return fitHistories(logLikelihoodOf, observations, (unit) => ({ r: 1, alpha: unit, s: 1, beta: unit }))
}

/** P(alive at T): eqs. (36) and (37) of the note. The share of the first term in the likelihood. */
export function probabilityAlive(parameters: ParetoNbd, history: History): number {
  checkParameters(parameters)
  checkHistory(history)
  return shareOf(...aliveOrGone(parameters, history))
}

/**
 * P(at least one purchase in (T, T + h]). Of a customer who is alive, λ ~ Gamma(r + x, α + T) and μ ~ Gamma(s, β + T),
 * independent (the first term of the likelihood, as a function of both). The next purchase comes after a time u if it is
 * due then and the lifetime lasts until then, so its density is E[λ e^−(λ+μ)u], which with R = r + x, A = α + T,
 * B = β + T is R Aᴿ (A + u)^−(R+1) Bˢ (B + u)^−s. Integrated over u from 0 to h, and times P(alive).
 */
export function probabilityOfPurchase(parameters: ParetoNbd, history: History, h: number): number {
  checkHorizon(h)
  const alive = probabilityAlive(parameters, history)
  const { r, alpha, s, beta } = parameters
  const [R, A, B] = [r + history.x, alpha + history.T, beta + history.T]
  const purchase = Math.exp(Math.log(R) + R * Math.log(A) + s * Math.log(B) + logIntegral([R + 1, A], [s, B], 0, h))
  return alive * Math.min(1, purchase)
}

/** Expected purchases in (T, T + h]: eq. (41) of the note; with its limit, a logarithm, where s = 1. */
export function expectedPurchases(parameters: ParetoNbd, history: History, h: number): number {
  checkHorizon(h)
  const alive = probabilityAlive(parameters, history)
  const { r, alpha, s, beta } = parameters
  const [R, A, B] = [r + history.x, alpha + history.T, beta + history.T]
  const stretch = Math.log1p(h / B)
  const lifetime = B * (s === 1 ? stretch : Math.expm1((1 - s) * stretch) / (1 - s))
  return alive * (R / A) * lifetime
}

/** What a customer of whom nothing is known but a first purchase buys within h after it: eq. (27) of the note. */
export function unconditionalExpectation(parameters: ParetoNbd, h: number): number {
  return expectedPurchases(parameters, { x: 0, tx: 0, T: 0 }, h)
}

/**
 * Expected purchases after T, each discounted by its distance from T. For ever, this is the DERT of Fader, Hardie & Lee
 * (2005), "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis", Journal of Marketing Research 42(4),
 * 415–430, eq. (2).
 */
export function discountedPurchases(parameters: ParetoNbd, history: History, discounting: Discounting): number {
  return discounted((h) => expectedPurchases(parameters, history, h), discounting)
}
