/** A stream of random numbers that is the same for the same seed, on every machine and every day. */
export interface Random {
  /** From 0 up to, but not including, 1. */
  uniform(): number
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** The index of one of the weights, the likelier the heavier. */
  weighted(weights: readonly number[]): number
  normal(): number
  /** Mean 1. */
  exponential(): number
  /** Mean `shape`. */
  gamma(shape: number): number
  poisson(mean: number): number
}

/**
 * sfc32, the "small fast counting" generator of Chris Doty-Humphrey's PractRand (https://pracrand.sourceforge.net),
 * public domain, seeded from three words as there. Every `stream` of a seed is a sequence of its own, so that one more
 * member does not change what the others do.
 */
export function sfc32(seed: number, stream = 0): () => number {
  let a = stream | 0
  let b = seed | 0
  let c = Math.floor(seed / 0x1_0000_0000) | 0
  let counter = 1
  function next(): number {
    const result = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + result) | 0
    return result >>> 0
  }
  for (let round = 0; round < 15; round++) next()
  return next
}

export function randomOf(seed: number, stream = 0): Random {
  const next = sfc32(seed, stream)
  const uniform = () => next() / 0x1_0000_0000
  const below = (limit: number) => Math.floor(uniform() * limit)
  const exponential = () => -Math.log(1 - uniform())
  // Box and Muller (1958); the second value is not kept, which keeps this without a state.
  const normal = () => Math.sqrt(2 * exponential()) * Math.cos(2 * Math.PI * uniform())

  /** Marsaglia and Tsang, "A simple method for generating gamma variables" (2000). */
  function gamma(shape: number): number {
    if (shape < 1) return gamma(shape + 1) * (1 - uniform()) ** (1 / shape)
    const d = shape - 1 / 3
    const c = 1 / Math.sqrt(9 * d)
    for (;;) {
      const x = normal()
      const v = (1 + c * x) ** 3
      // Accepted in more than 95 of 100 rounds, whatever the shape.
      if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
    }
  }

  /** Counts arrivals with exponential gaps; meant for small means. */
  function poisson(mean: number): number {
    let count = 0
    for (let time = exponential(); time < mean; time += exponential()) count++
    return count
  }

  function weighted(weights: readonly number[]): number {
    let rest = uniform() * weights.reduce((sum, weight) => sum + weight, 0)
    const index = weights.findIndex((weight) => (rest -= weight) < 0)
    return index < 0 ? weights.length - 1 : index
  }

  return {
    uniform,
    below,
    chance: (probability) => uniform() < probability,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    weighted,
    normal,
    exponential,
    gamma,
    poisson,
  }
}
