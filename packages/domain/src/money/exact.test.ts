import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { exact, fractionOf, multiplyDivide, plus, type RoundingMode, times } from './exact.ts'

const modes: RoundingMode[] = ['floor', 'half-up', 'half-even', 'ceil']

/** Rounding as a schoolbook has it, in whole numbers without a limit. */
function roundedQuotient(numerator: bigint, denominator: bigint, mode: RoundingMode): bigint {
  const quotient = numerator / denominator
  const rest = numerator - quotient * denominator
  const twice = rest * 2n
  const up = {
    floor: false,
    ceil: rest > 0n,
    'half-up': twice >= denominator && rest > 0n,
    'half-even': twice > denominator || (twice === denominator && quotient % 2n === 1n),
  }[mode]
  return up ? quotient + 1n : quotient
}

describe('a share is rounded once, where the programme says', () => {
  test.each([
    ['floor', [0, 0, 1, 1, 2, 2]],
    ['half-up', [0, 1, 1, 2, 2, 3]],
    ['half-even', [0, 0, 1, 2, 2, 2]],
    ['ceil', [0, 1, 1, 2, 2, 3]],
  ] as const)('%s: 0 to 5 halves are %j', (mode, expected) => {
    expect([0, 1, 2, 3, 4, 5].map((halves) => multiplyDivide(halves, 1, 2, mode))).toEqual(expected)
  })

  test('a third of 100 is 33 or 34, never 33.333', () => {
    expect(modes.map((mode) => multiplyDivide(100, 1, 3, mode))).toEqual([33, 33, 33, 34])
    expect(modes.map((mode) => multiplyDivide(200, 1, 3, mode))).toEqual([66, 67, 67, 67])
  })

  test('no rounding where nothing is left over', () => {
    for (const mode of modes) expect(multiplyDivide(1999, 400, 400, mode)).toBe(1999)
  })
})

describe('exact for every safe integer', () => {
  const numbers = fc.oneof(
    fc.nat(100),
    fc.maxSafeNat(),
    fc.integer({ min: 0, max: 2 ** 27 }),
    fc.constantFrom(0, 1, 2 ** 26, 2 ** 52, 2 ** 53 - 1),
  )
  const divisors = numbers.map((number) => Math.max(1, number))

  test('multiplyDivide says what whole numbers without a limit say, or that it cannot', () => {
    let exactly = 0
    fc.assert(
      fc.property(numbers, numbers, divisors, fc.constantFrom(...modes), (a, b, c, mode) => {
        const expected = roundedQuotient(BigInt(a) * BigInt(b), BigInt(c), mode)
        if (expected > BigInt(Number.MAX_SAFE_INTEGER)) {
          expect(() => multiplyDivide(a, b, c, mode)).toThrow(expect.objectContaining({ code: 'sum-too-large' }))
        } else {
          exactly++
          expect(BigInt(multiplyDivide(a, b, c, mode))).toBe(expected)
        }
      }),
      { numRuns: 5_000 },
    )
    expect(exactly).toBeGreaterThan(1_000)
  })

  test('parts of a whole never sum to more than the whole when they are rounded down', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.array(fc.nat(1e6), { minLength: 1, maxLength: 8 }), (points, amounts) => {
        const total = Math.max(
          1,
          amounts.reduce((sum, amount) => sum + amount, 0),
        )
        const parts = amounts.map((amount) => multiplyDivide(points, amount, total, 'floor'))
        expect(parts.reduce((sum, part) => sum + part, 0)).toBeLessThanOrEqual(points)
      }),
    )
  })
})

describe('rates are exact fractions', () => {
  test.each([
    ['1.25', 5, 4],
    ['2', 2, 1],
    ['0.333', 333, 1000],
    ['0', 0, 1],
    ['100.00', 100, 1],
  ])('"%s" is %d/%d', (text, numerator, denominator) => {
    expect(fractionOf(text)).toEqual({ numerator, denominator })
  })

  test('0.1 and 0.2 are 3/10', () => {
    expect(plus(fractionOf('0.1'), fractionOf('0.2'))).toEqual({ numerator: 3, denominator: 10 })
  })

  test('a tenth three times is three tenths of one', () => {
    expect(times(fractionOf('0.1'), fractionOf('3'))).toEqual({ numerator: 3, denominator: 10 })
    expect(times(fractionOf('0'), fractionOf('1.5'))).toEqual({ numerator: 0, denominator: 1 })
  })

  test('sums and products equal those of whole numbers without a limit, in lowest terms', () => {
    const decimals = fc.tuple(fc.nat(9_999), fc.nat(999)).map(([whole, digits]) => `${whole}.${String(digits).padStart(3, '0')}`)
    const thousandths = (text: string) => BigInt(text.replace('.', ''))
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const sum = plus(fractionOf(a), fractionOf(b))
        expect(BigInt(sum.numerator) * 1_000n).toBe((thousandths(a) + thousandths(b)) * BigInt(sum.denominator))
      }),
    )
    fc.assert(
      fc.property(fc.nat(9_999).map(String), decimals, (a, b) => {
        const product = times(fractionOf(a), fractionOf(b))
        expect(BigInt(product.numerator) * 1_000n).toBe(BigInt(a) * thousandths(b) * BigInt(product.denominator))
      }),
    )
  })
})

describe('a sum that is no longer exact is refused rather than wrong', () => {
  test('up to 2^53 - 1 it is exact', () => {
    expect(exact(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER)
    expect(exact(-Number.MAX_SAFE_INTEGER)).toBe(-Number.MAX_SAFE_INTEGER)
  })

  test.each([2 ** 53, -(2 ** 53), Number.NaN, Number.POSITIVE_INFINITY, 0.5])('%d is not', (sum) => {
    expect(() => exact(sum)).toThrow(expect.objectContaining({ code: 'sum-too-large' }))
  })
})
