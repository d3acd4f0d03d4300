/** Random choices from a seed: the same seed, the same choices. Far cheaper than fast-check's, and not shrunk by it. */
export interface Dice {
  /** From 0 up to, not including, `below`. */
  number(below: number): number
  /** The same, with fractions. */
  real(below: number): number
  pick<T>(from: readonly T[]): T
  /** True once in so many times, on average. */
  once(inTimes: number): boolean
}

export function diceOf(seed: number): Dice {
  let state = seed | 0
  // Mulberry32.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const number = (below: number) => Math.floor(next() * below)
  return {
    number,
    real: (below) => below * next(),
    pick: <T>(from: readonly T[]) => from[number(from.length)] as T,
    once: (inTimes) => number(inTimes) === 0,
  }
}

export function shuffled<T>(items: readonly T[], dice: Dice): T[] {
  return items
    .map((item) => ({ item, place: dice.number(2 ** 30) }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
