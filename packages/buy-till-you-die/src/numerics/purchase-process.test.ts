import { describe, expect, test } from '@jest/globals'
import { expectNear, hypergeometricSeries } from '../testing/near.ts'
import { expectedUntilDropout, probabilityOfAtLeast } from './purchase-process.ts'

describe('at least n events', () => {
  test('for n = 1 is not none', () => {
    expectNear(probabilityOfAtLeast(1, { shape: 2.5, rate: 10 }, 5), 1 - (10 / 15) ** 2.5, 1e-14)
  })

  test('keeps its digits where it is tiny', () => {
    // The first term of the tail: (shape)₃/3! z³.
    const z = 1e-6 / (10 + 1e-6)
    expectNear(probabilityOfAtLeast(3, { shape: 2.5, rate: 10 }, 1e-6), ((2.5 * 3.5 * 4.5) / 6) * z ** 3, 1e-5)
  })

  test('falls with n and rises with h, also where the way of adding up changes', () => {
    for (let h = 0.1; h < 200; h *= 1.01) {
      const before = [1, 2, 3, 4].map((n) => probabilityOfAtLeast(n, { shape: 2.5, rate: 10 }, h / 1.01))
      const now = [1, 2, 3, 4].map((n) => probabilityOfAtLeast(n, { shape: 2.5, rate: 10 }, h))
      expect(now).toEqual([...now].sort((a, b) => b - a))
      for (const [index, probability] of now.entries()) expect(probability).toBeGreaterThan(before[index] as number)
    }
  })
})

describe('expected purchases until dropout', () => {
  test.each([
    [2.5, 10, 0.8, 2.4, 5],
    [0.3, 10, 0.8, 2.4, 500],
    [40, 45, 1.7, 30, 39],
  ])('are the closed form: shape %d, rate %d, a %d, b %d, h %d', (shape, rate, a, b, h) => {
    const z = h / (rate + h)
    const closed = ((a + b - 1) / (a - 1)) * (1 - (1 - z) ** shape * hypergeometricSeries(shape, b, a + b - 1, z))
    expectNear(expectedUntilDropout({ shape, rate }, { a, b }, h), closed, 1e-9)
  })

  test('of somebody who never drops out are all: shape · h / rate', () => {
    expectNear(expectedUntilDropout({ shape: 300, rate: 10 }, { a: 1e-12, b: 1 }, 50), 1_500, 1e-9)
  })

  test('of every k-th event, some behind already', () => {
    // Without dropout, E⌊(N + 1)/2⌋ = (E N + P(N odd))/2, and P(N odd) = (1 − ((1 − z)/(1 + z))^shape)/2.
    const [shape, rate, h] = [3.5, 10, 8]
    const z = h / (rate + h)
    const odd = (1 - ((1 - z) / (1 + z)) ** shape) / 2
    expectNear(expectedUntilDropout({ shape, rate }, { a: 1e-12, b: 1 }, h, 2, 1), ((shape * h) / rate + odd) / 2, 1e-9)
  })

  test('rise with h up to where no more events are reckoned with, and stop there', () => {
    const all = [1, 10, 1e3, 1e5, 1e7, 1e9, 1e15].map((h) => expectedUntilDropout({ shape: 800, rate: 10 }, { a: 0.5, b: 3 }, h))
    expect(all).toEqual([...all].sort((a, b) => a - b))
    expect(all.at(-1)).toBeLessThan(100_000)
  })
})
