import { cursorSchema, type Fault, fieldName, PerennialError } from '@perennial/contracts'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'

/** A `+` that was not percent-encoded reaches us as a space; in an instant it can only have been the offset's sign. */
const instantParameter = z
  .string()
  .transform((text) => text.replace(' ', '+'))
  .pipe(z.iso.datetime({ offset: true, error: 'expected an RFC 3339 instant such as 2025-06-30T23:59:59Z' }))
  .transform((text) => Date.parse(text))

export const asOfParameters = { asOf: instantParameter.optional() }

export const pageLimit = { default: 100, max: 1_000 }

export const pageParameters = {
  cursor: cursorSchema.optional(),
  limit: z
    .string()
    .refine((text) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= pageLimit.max, {
      error: `expected a whole number from 1 to ${pageLimit.max}`,
    })
    .transform(Number)
    .default(pageLimit.default),
}

/**
 * Reads the query string; what is not listed in `parameters` is refused, so that a misspelt filter cannot quietly
 * answer with everybody.
 *
 * @throws PerennialError `invalid-request` naming each parameter at fault
 */
export function readQuery<Shape extends z.ZodRawShape>(request: FastifyRequest, parameters: Shape): z.output<z.ZodObject<Shape>> {
  const given = request.query as Record<string, string | string[]>
  const faults: Fault[] = Object.keys(given)
    .filter((name) => Array.isArray(given[name]))
    .map((field) => ({ field, message: 'given more than once' }))
  const result = z.strictObject(parameters).safeParse({ ...given })
  if (result.success) return result.data as z.output<z.ZodObject<Shape>>
  if (faults.length === 0) {
    const allowed = Object.keys(parameters).join(', ') || 'none'
    for (const issue of result.error.issues) {
      if (issue.code === 'unrecognized_keys') {
        faults.push(...issue.keys.map((field) => ({ field, message: `not a parameter here; there are: ${allowed}` })))
      } else {
        faults.push({ field: fieldName(issue.path), message: issue.message })
      }
    }
  }
  const message = faults.map(({ field, message }) => `${field}: ${message}`).join('; ')
  throw new PerennialError('invalid-request', { message: `${message}.`, faults })
}
