import { expect } from '@jest/globals'

/** Within a relative distance: that of the published figures, unless told another. */
export function expectNear(actual: number, expected: number, relative = 1e-3): void {
  expect({ actual, expected, near: Math.abs(actual - expected) <= relative * Math.abs(expected) }).toMatchObject({ near: true })
}

/** ₂F₁(a, b; c; z) by its defining series, for 0 ≤ z < 1: slow, and unlike anything that the package does. */
export function hypergeometricSeries(a: number, b: number, c: number, z: number): number {
  let sum = 1
  let term = 1
  for (let n = 0; n < 100_000; n++) {
    term *= (((a + n) * (b + n)) / ((c + n) * (n + 1))) * z
    sum += term
    if (Math.abs(term) < 1e-18 * Math.abs(sum)) break
  }
  return sum
}
