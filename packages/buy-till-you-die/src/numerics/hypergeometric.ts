/** Far more than any argument away from 1 needs: at z = 0.9999 it takes some 2,000 to be exact. */
const levelsMax = 100_000

/**
 * Gauss's hypergeometric function ₂F₁(1, b; c; z) for 0 ≤ z < 1 and 0 < b ≤ c, c > 1, by Gauss's continued fraction
 *
 *     ₂F₁(1, b; c; z) = 1 / (1 − k₁z / (1 − k₂z / (1 − …)))
 *     k₂ₙ₊₁ = (b + n)(c − 1 + n) / ((c − 1 + 2n)(c + 2n)),   k₂ₙ = n(c − 1 − b + n) / ((c − 2 + 2n)(c − 1 + 2n))
 *
 * (NIST Digital Library of Mathematical Functions, eqs. 15.7.1 and 15.7.2, with a, b, c there = b, 0, c − 1 here). It
 * converges about as ((1 − √(1−z)) / (1 + √(1−z)))ⁿ, where the series goes as zⁿ. It is summed from its head, by the
 * series of its convergents, whose terms are all positive, so that no digit is lost.
 */
export function hypergeometricOfOne(b: number, c: number, z: number): number {
  let sum = 1
  let term = 1
  let rho = 0
  for (let level = 1; level <= levelsMax; level++) {
    const n = level >> 1
    const k =
      level % 2 === 1
        ? ((b + n) * (c - 1 + n)) / ((c - 1 + 2 * n) * (c + 2 * n))
        : (n * (c - 1 - b + n)) / ((c - 2 + 2 * n) * (c - 1 + 2 * n))
    const part = k * z * (1 + rho)
    rho = part / (1 - part)
    term *= rho
    sum += term
    if (term <= sum * 1e-17) break
  }
  return sum
}
