import { PerennialError } from '@perennial/contracts'

/** An exact ratio of two whole numbers; the denominator is positive. */
export interface Fraction {
  numerator: number
  denominator: number
}

export const nothing: Fraction = { numerator: 0, denominator: 1 }
export const one: Fraction = { numerator: 1, denominator: 1 }

export type RoundingMode = 'floor' | 'half-up' | 'half-even' | 'ceil'

/** Reads `"1.25"` as 5/4. */
export function fractionOf(decimal: string): Fraction {
  const [whole = '0', digits = ''] = decimal.split('.')
  return reduce(Number(whole + digits), 10 ** digits.length)
}

export function times(a: Fraction, b: Fraction): Fraction {
  const left = reduce(a.numerator, b.denominator)
  const right = reduce(b.numerator, a.denominator)
  return { numerator: exact(left.numerator * right.numerator), denominator: exact(left.denominator * right.denominator) }
}

export function plus(a: Fraction, b: Fraction): Fraction {
  return reduce(exact(exact(a.numerator * b.denominator) + exact(b.numerator * a.denominator)), exact(a.denominator * b.denominator))
}

function reduce(numerator: number, denominator: number): Fraction {
  const divisor = greatestCommonDivisor(numerator, denominator) || 1
  return { numerator: numerator / divisor, denominator: denominator / divisor }
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : greatestCommonDivisor(b, a % b)
}

export function minus(a: Fraction, b: Fraction): Fraction {
  return plus(a, { numerator: -b.numerator, denominator: b.denominator })
}

/** Whether `a` is less than `b`. */
export function isLess(a: Fraction, b: Fraction): boolean {
  return minus(a, b).numerator < 0
}

export function leastCommonMultiple(a: number, b: number): number {
  return exact((a / greatestCommonDivisor(a, b)) * b)
}

/** `a × b ÷ c`, rounded once; exact for all safe integers with `a, b ≥ 0` and `c > 0`. */
export function multiplyDivide(a: number, b: number, c: number, mode: RoundingMode): number {
  const product = a * b
  if (product <= Number.MAX_SAFE_INTEGER) {
    const rest = product % c
    const quotient = (product - rest) / c
    return quotient + roundUpBy(mode, Math.sign(2 * rest - c), rest !== 0, quotient % 2 !== 0)
  }
  return divideWide(BigInt(a) * BigInt(b), BigInt(c), mode)
}

/** `a ÷ b`, rounded once, for whole numbers beyond the safe ones; `a ≥ 0`, `b > 0`. */
export function divideWide(a: bigint, b: bigint, mode: RoundingMode): number {
  const rest = a % b
  const quotient = a / b
  const half = 2n * rest > b ? 1 : 2n * rest < b ? -1 : 0
  return exact(Number(quotient) + roundUpBy(mode, half, rest !== 0n, quotient % 2n !== 0n))
}

/** `half` is the sign of what is left over compared with one half. */
function roundUpBy(mode: RoundingMode, half: number, anyRest: boolean, odd: boolean): 0 | 1 {
  switch (mode) {
    case 'floor':
      return 0
    case 'ceil':
      return anyRest ? 1 : 0
    case 'half-up':
      return half >= 0 && anyRest ? 1 : 0
    case 'half-even':
      return half > 0 || (half === 0 && odd) ? 1 : 0
  }
}

/**
 * Passes a sum on if it is still exact.
 * @throws PerennialError `sum-too-large`: a wrong number would be worse than a parked member.
 */
export function exact(sum: number): number {
  if (!Number.isSafeInteger(sum)) throw new PerennialError('sum-too-large')
  return sum
}
