/** An exact number: `top / bottom` with `bottom > 0`. */
export interface Fraction {
  top: bigint
  bottom: bigint
}

export type RoundingMode = 'floor' | 'half-up' | 'half-even' | 'ceil'

export const zero: Fraction = { top: 0n, bottom: 1n }
export const one: Fraction = { top: 1n, bottom: 1n }

/** `"12.50"` is 1250 / 100. */
export function fraction(decimal: string): Fraction {
  const [whole = '0', digits = ''] = decimal.split('.')
  return { top: BigInt(whole + digits), bottom: 10n ** BigInt(digits.length) }
}

export function whole(value: bigint): Fraction {
  return { top: value, bottom: 1n }
}

export function plus(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom }
}

export function minus(a: Fraction, b: Fraction): Fraction {
  return plus(a, { top: -b.top, bottom: b.bottom })
}

export function times(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.top, bottom: a.bottom * b.bottom }
}

export function over(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom, bottom: a.bottom * b.top }
}

export function isBelow(a: Fraction, b: Fraction): boolean {
  return a.top * b.bottom < b.top * a.bottom
}

export function addUp(values: readonly Fraction[]): Fraction {
  return values.reduce(plus, zero)
}

export function multiplyUp(values: readonly Fraction[]): Fraction {
  return values.reduce(times, one)
}

/** Of a value that is not negative. */
export function round({ top, bottom }: Fraction, mode: RoundingMode): bigint {
  const floor = top / bottom
  const rest = top % bottom
  if (rest === 0n) return floor
  switch (mode) {
    case 'floor':
      return floor
    case 'ceil':
      return floor + 1n
    case 'half-up':
      return rest * 2n >= bottom ? floor + 1n : floor
    case 'half-even':
      return rest * 2n > bottom || (rest * 2n === bottom && floor % 2n === 1n) ? floor + 1n : floor
  }
}
