import { currencyDigits } from '@perennial/contracts'
import { type Fraction, fraction, over, round, times, whole } from './fraction.ts'

/** Money is a whole number of minor units, in the currency of the member. */

function minorPerMajor(currency: string | null): bigint {
  return 10n ** BigInt(digitsOf(currency))
}

function digitsOf(currency: string | null): number {
  return (currency === null ? undefined : currencyDigits(currency)) ?? 2
}

/** The least whole number of minor units that is not below the amount. */
export function minorUnits(amount: string, currency: string | null): bigint {
  return round(times(fraction(amount), whole(minorPerMajor(currency))), 'ceil')
}

/** As the programme file writes amounts: 1250 minor units are 12.50. */
export function major(minor: bigint, currency: string | null): Fraction {
  return over(whole(minor), whole(minorPerMajor(currency)))
}

export function money(minor: bigint, currency: string | null): string {
  const digits = digitsOf(currency)
  const sign = minor < 0n ? '-' : ''
  const text = String(minor < 0n ? -minor : minor).padStart(digits + 1, '0')
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

export function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n)
}

export function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

export function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

export function formatInstant(at: number): string {
  return new Date(at).toISOString()
}
