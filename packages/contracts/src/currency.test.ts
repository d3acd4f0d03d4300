import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { currencyDigits, formatMinor, formatMoney, parseMinor } from './currency.ts'

describe('a currency has the digits that ISO 4217 gives it', () => {
  test.each([
    ['GBP', 2],
    ['TWD', 2],
    ['JPY', 0],
    ['KWD', 3],
    ['CLF', 4],
  ])('%s has %d', (code, digits) => {
    expect(currencyDigits(code)).toBe(digits)
  })

  test.each(['gbp', 'XXL', '', 'toString'])('"%s" is not a currency', (code) => {
    expect(currencyDigits(code)).toBeUndefined()
  })
})

describe('a decimal string is read as exact minor units', () => {
  test.each([
    ['12.50', 2, 1250],
    ['12.5', 2, 1250],
    ['12', 2, 1200],
    ['0.07', 2, 7],
    ['007.10', 2, 710],
    ['1500', 0, 1500],
    ['1.005', 3, 1005],
    ['0', 3, 0],
    ['90071992547409.91', 2, Number.MAX_SAFE_INTEGER],
  ])('"%s" with %d digits is %d', (text, digits, minor) => {
    expect(parseMinor(text, digits)).toBe(minor)
  })

  test.each([
    ['a yen has no sen', '1500.5', 0, 'too-many-digits'],
    ['not even a zero too many is dropped', '1.000', 2, 'too-many-digits'],
    ['a dinar has a thousand fils, not ten thousand', '1.0001', 3, 'too-many-digits'],
    ['one penny more than can be exact', '90071992547409.92', 2, 'too-large'],
    ['the same digits are too large with one more behind the point', '90071992547409.91', 3, 'too-large'],
    ['no sign', '-1.00', 2, 'not-a-decimal'],
    ['no plus either', '+1.00', 2, 'not-a-decimal'],
    ['no exponent', '1e3', 2, 'not-a-decimal'],
    ['no comma', '1,50', 2, 'not-a-decimal'],
    ['no bare point', '1.', 2, 'not-a-decimal'],
    ['nothing before the point', '.5', 2, 'not-a-decimal'],
    ['no spaces', ' 1.00', 2, 'not-a-decimal'],
    ['nothing', '', 2, 'not-a-decimal'],
    ['only Western digits', '١٢', 2, 'not-a-decimal'],
  ])('%s: "%s" with %d digits is %s', (_, text, digits, fault) => {
    expect(parseMinor(text, digits)).toBe(fault)
  })

  test('what is shown reads back as the same amount, in any currency', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 4 }), (minor, digits) => {
        expect(parseMinor(formatMinor(minor, digits), digits)).toBe(minor)
      }),
    )
  })
})

describe('money is shown with all the digits of its currency', () => {
  test.each([
    [123450, 'GBP', '1234.50'],
    [5, 'GBP', '0.05'],
    [-5, 'GBP', '-0.05'],
    [0, 'GBP', '0.00'],
    [1500, 'JPY', '1500'],
    [-1500, 'JPY', '-1500'],
    [1005, 'KWD', '1.005'],
    [7, '', '0.07'],
  ])('%d of "%s" is %s', (minor, currency, text) => {
    expect(formatMoney(minor, currency)).toBe(text)
  })
})
