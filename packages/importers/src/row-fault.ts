import { PerennialError } from '@perennial/contracts'

/** The error for a row that cannot be read: names the line (1 is the file's first), the column, and what was expected there. */
export function rowFault(file: string, line: number, column: string, expected: string, found: string | undefined): PerennialError {
  const seen = found === undefined ? '' : `, found ${JSON.stringify(found.slice(0, 60))}`
  const message = `Expected ${column ? `${column} to be ` : ''}${expected}${seen}.`
  return new PerennialError('file-invalid', { where: `${file}:${line}`, message, faults: [{ field: column, message, line }] })
}
