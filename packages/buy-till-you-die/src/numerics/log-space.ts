/** ln(eᵃ + eᵇ), where either may be −∞. */
export function logAdd(a: number, b: number): number {
  const larger = Math.max(a, b)
  return larger === -Infinity ? -Infinity : larger + Math.log1p(Math.exp(Math.min(a, b) - larger))
}

/** eᵃ ÷ (eᵃ + eᵇ). */
export function shareOf(a: number, b: number): number {
  return 1 / (1 + Math.exp(b - a))
}

/** A function that is asked for the same argument many times running, computed once for each run. */
export function rememberLast(compute: (argument: number) => number): (argument: number) => number {
  let known = Number.NaN
  let result = Number.NaN
  return (argument) => {
    if (argument !== known) {
      result = compute(argument)
      known = argument
    }
    return result
  }
}
