const unitPricePattern = /^(\d+)(?:\.(\d+))?$/

/**
 * Quantity times unit price in pence, rounded half up to the penny; exact, because only whole numbers take part.
 * `quantity` is whole and not negative; `unitPrice` is a decimal string with any number of digits. Undefined when the
 * price is not such a string or the amount is too large to be exact.
 */
export function lineAmount(quantity: number, unitPrice: string): number | undefined {
  const match = unitPricePattern.exec(unitPrice)
  if (!match) return undefined
  const [, pounds = '', fraction = ''] = match
  const scale = 10n ** BigInt(fraction.length)
  const scaledPence = BigInt(quantity) * BigInt(pounds + fraction) * 100n
  const pence = Number((2n * scaledPence + scale) / (2n * scale))
  return Number.isSafeInteger(pence) ? pence : undefined
}
