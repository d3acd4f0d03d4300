import { describe, expect, test } from '@jest/globals'
import { expectNear, hypergeometricSeries } from '../testing/near.ts'
import { hypergeometricOfOne } from './hypergeometric.ts'

describe('₂F₁(1, b; c; z)', () => {
  test('is 1 at 0', () => {
    expect(hypergeometricOfOne(0.7, 1.4, 0)).toBe(1)
  })

  test.each([1e-12, 0.1, 0.5, 0.9, 0.99, 0.9999])('is its elementary cases at %d', (z) => {
    expectNear(hypergeometricOfOne(1, 2, z), -Math.log1p(-z) / z, 1e-12)
    expectNear(hypergeometricOfOne(0.5, 1.5, z), Math.atanh(Math.sqrt(z)) / Math.sqrt(z), 1e-12)
    expectNear(hypergeometricOfOne(3.3, 3.3, z), 1 / (1 - z), 1e-11)
  })

  test.each([
    [0.55, 1.7],
    [1.61, 2.16],
    [300, 301.2],
    [1.2, 300],
    [26.5, 28.1],
  ])('is its series, b %d, c %d', (b, c) => {
    for (const z of [0.001, 0.3, 0.7, 0.95, 0.99]) expectNear(hypergeometricOfOne(b, c, z), hypergeometricSeries(1, b, c, z), 1e-12)
  })
})
