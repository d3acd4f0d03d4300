/**
 * The quantile of nearest rank: the smallest value that at least `percent` of 100 are not above. It is always one of the
 * values, so that a cut point is an amount that some member has.
 *
 * @param ascending at least one value
 * @param percent a whole number from 1 to 100: as a fraction, the rank would be at the mercy of its last bit
 */
export function quantile(ascending: readonly number[], percent: number): number {
  const rank = Math.ceil((percent * ascending.length) / 100)
  return ascending[rank - 1] as number
}

export function inAscendingOrder(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b)
}
