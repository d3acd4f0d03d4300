/**
 * A purchase rate that is known only as a gamma distribution, as it is after a history: `shape` and `rate` (in units of
 * time). A customer who never dropped out would have N further events within h, negative binomial:
 *
 *     P(N = n) = Γ(shape + n) / (Γ(shape) n!) · (1 − z)^shape · zⁿ,   z = h / (rate + h)
 */
export interface GammaRate {
  shape: number
  rate: number
}

/** P(N ≥ n) within h. The tail is added up on the side that loses no digits. */
export function probabilityOfAtLeast(n: number, { shape, rate }: GammaRate, h: number): number {
  const logOfNone = -shape * Math.log1p(h / rate)
  if (n === 1) return -Math.expm1(logOfNone)
  const z = h / (rate + h)
  let mass = Math.exp(logOfNone)
  let below = 0
  for (let i = 0; i < n; i++) {
    below += mass
    mass *= (z * (shape + i)) / (i + 1)
  }
  if (below < 0.5) return 1 - below
  let above = 0
  for (let i = n; i < n + eventsMax; i++) {
    above += mass
    const ratio = (z * (shape + i)) / (i + 1)
    mass *= ratio
    if (ratio < 1 && mass <= above * (1 - ratio) * 1e-17) break
  }
  return above
}

/** After each purchase the customer drops out with a probability p that is Beta(a, b). */
export interface BetaDropout {
  a: number
  b: number
}

/**
 * Further events that are reckoned with. Who looks so far ahead that there may be more is told the purchases among so
 * many: a bound from below that still rises with h.
 */
const eventsMax = 100_000
/** Below it, the mass of N is kept as a logarithm. */
const smallestLog = -600

/**
 * Expected purchases within h of a customer who is alive now: N events, of which every k-th is a purchase, `done` of
 * them being behind already, until a purchase is followed by dropout.
 *
 *     E = Σₙ P(N = n) · H(⌊(n + done) / k⌋),   H(m) = Σ_{j<m} E[(1 − p)ʲ] = Σ_{j<m} B(a, b + j) / B(a, b)
 *
 * since the (j+1)-th further purchase is made if the customer survived j dropouts. For k = 1 this is what the papers
 * write as (a + b − 1)/(a − 1) · [1 − (1 − z)^shape ₂F₁(shape, b; a + b − 1; z)]: the same number, but a sum of positive
 * terms, which loses no digits and needs no exception at a = 1.
 */
export function expectedUntilDropout({ shape, rate }: GammaRate, { a, b }: BetaDropout, h: number, k = 1, done = 0): number {
  if (h === 0) return 0
  const z = h / (rate + h)
  let logMass = -shape * Math.log1p(h / rate)
  let tooSmall = logMass < smallestLog
  let mass = tooSmall ? 0 : Math.exp(logMass)
  let seen = mass
  let expected = 0
  /** Of the next purchase: that none of those before it was the last. */
  let survival = 1
  let made = 0
  let sumOfSurvivals = 0
  for (let n = 1; n <= eventsMax; n++) {
    const growth = (z * (shape + n - 1)) / n
    if (tooSmall) {
      logMass += Math.log(growth)
      tooSmall = logMass < smallestLog
      mass = tooSmall ? 0 : Math.exp(logMass)
    } else mass *= growth
    if ((n + done) % k === 0) {
      sumOfSurvivals += survival
      survival *= (b + made) / (a + b + made)
      made += 1
    }
    seen += mass
    expected += mass * sumOfSurvivals
    if (!tooSmall) {
      const ratio = (z * (shape + n)) / (n + 1)
      const left = ((mass * ratio) / (1 - ratio)) * (sumOfSurvivals + 1 / (1 - ratio))
      if (ratio < 1 && left <= expected * 1e-17) return expected
    }
  }
  return expected + Math.max(0, 1 - seen) * sumOfSurvivals
}
