import currencyCodes from 'currency-codes'

const digitsByCode = new Map(currencyCodes.data.map(({ code, digits }) => [code, digits] as const))

/** How many decimal digits ISO 4217 gives the currency; undefined for a code it does not know. */
export function currencyDigits(code: string): number | undefined {
  return digitsByCode.get(code)
}

/** The same where there may be no currency, or one that ISO 4217 does not know: these count in hundredths. */
export function digitsOf(currency: string | null): number {
  return (currency === null ? undefined : currencyDigits(currency)) ?? 2
}

const decimalPattern = /^(\d+)(?:\.(\d+))?$/

export type DecimalFault = 'not-a-decimal' | 'too-many-digits' | 'too-large'

/**
 * Reads a decimal string as an exact whole number of minor units: `"1234.5"` with 2 digits is 123450.
 * Floats never take part, so nothing is rounded.
 */
export function parseMinor(text: string, digits: number): number | DecimalFault {
  const match = decimalPattern.exec(text)
  if (!match) return 'not-a-decimal'
  const fraction = match[2] ?? ''
  if (fraction.length > digits) return 'too-many-digits'
  const minor = Number(match[1] + fraction.padEnd(digits, '0'))
  return Number.isSafeInteger(minor) ? minor : 'too-large'
}

/** Shows minor units as a decimal string with all digits of the currency: 123450 with 2 digits is `"1234.50"`. */
export function formatMinor(minor: number, digits: number): string {
  if (digits === 0) return String(minor)
  const sign = minor < 0 ? '-' : ''
  const text = String(Math.abs(minor)).padStart(digits + 1, '0')
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** Shows minor units in the named currency; an unknown code counts as two digits. */
export function formatMoney(minor: number, currency: string): string {
  return formatMinor(minor, digitsOf(currency))
}
