import { didYouMean, digitsOf, type Programme, parseMinor } from '@perennial/contracts'

/** Why a decimal string is no amount of a currency; `"1.00"` is one even where there are no decimals. */
export function amountFault(amount: string, currency: string): string | undefined {
  const digits = digitsOf(currency)
  const shortest = amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount
  const minor = parseMinor(shortest, digits)
  if (minor === 'too-large') return `${amount} is too large to be exact`
  if (minor !== 'too-many-digits') return undefined
  return `${amount} is no amount in ${currency}: expected ${digits === 0 ? 'no' : `at most ${digits}`} decimal digits`
}

/** Why a name is no level of the programme; undefined where it is one. */
export function levelFault(name: string, { tiers }: Programme): string | undefined {
  const names = tiers.levels.map((level) => level.name)
  return names.includes(name) ? undefined : `no level is named ${name}${didYouMean(name, names)}`
}
