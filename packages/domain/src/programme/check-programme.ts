import { type Fault, PerennialError, type Programme } from '@perennial/contracts'
import { compileRules } from './rules.ts'

/** One currency for each number of digits that ISO 4217 knows. */
const currencyPerDigits = ['JPY', 'GBP', 'KWD', 'CLF']

/**
 * What a programme's schema cannot see: rates that are too fine to be exact. Found here, before the programme is
 * published, rather than in the fold of every member.
 */
export function checkProgramme(programme: Programme): Fault[] {
  try {
    const rules = compileRules(programme)
    for (const currency of programme.currency === undefined ? currencyPerDigits : [programme.currency]) rules.in(currency)
    return []
  } catch (error) {
    if (!(error instanceof PerennialError && error.code === 'sum-too-large')) throw error
    return [
      { field: 'points.earn', message: 'the rates together are too fine to be exact; use fewer decimals in per, multiply and the levels' },
    ]
  }
}
