import { describe, expect, test } from '@jest/globals'
import { randomOf, sfc32 } from './random.ts'

const draws = 20_000

function mean(draw: () => number): number {
  let sum = 0
  for (let index = 0; index < draws; index++) sum += draw()
  return sum / draws
}

describe('random numbers', () => {
  test('one seed gives one sequence; another seed or stream gives another', () => {
    const first = (seed: number, stream?: number) => Array.from({ length: 5 }, sfc32(seed, stream))
    expect(first(7)).toEqual(first(7))
    expect(new Set([first(7), first(8), first(7, 1), first(7 + 2 ** 32)].map(String)).size).toBe(4)
  })

  test('have the means that their names promise', () => {
    const random = randomOf(1)
    expect(mean(random.uniform)).toBeCloseTo(0.5, 1)
    expect(mean(random.normal)).toBeCloseTo(0, 1)
    expect(mean(random.exponential)).toBeCloseTo(1, 1)
    expect(mean(() => random.gamma(0.5))).toBeCloseTo(0.5, 1)
    expect(mean(() => random.gamma(3))).toBeCloseTo(3, 1)
    expect(mean(() => random.poisson(0.8))).toBeCloseTo(0.8, 1)
    expect(mean(() => random.weighted([1, 0, 3]))).toBeCloseTo(1.5, 1)
    expect(mean(() => random.below(3))).toBeCloseTo(1, 1)
  })
})
