import { readModels } from '@perennial/contracts'
import type { PageRequest } from '@perennial/projector'
import { z } from 'zod'

/** What the rows of one projector can be asked by. */
export interface RowFilters {
  /** Schemas of the query parameters, by name. */
  parameters: Record<string, z.ZodType>
  /** The projector's own filters, with the values there are, where there are only some. */
  filters: readonly { name: string; values?: readonly string[] }[]
  /** Names of the parameters that stand for a bound, with the field they bound. */
  bounds: readonly { name: string; field: string; of: (value: number, bound: number) => boolean }[]
  toRequest(query: Readonly<Record<string, unknown>>): Pick<PageRequest, 'where' | 'accept'>
}

const bound = z
  .string()
  .regex(/^-?\d{1,15}(\.\d{1,15})?$/, { error: 'expected a number such as 0.5' })
  .transform(Number)
  .optional()

/** By each filter of the projector, and by `<field>Min` and `<field>Max` of each number in its rows. */
export function rowFilters(projector: { name: string; filters: readonly string[] }): RowFilters {
  const fields: Record<string, z.ZodType> = (readModels as Record<string, z.ZodObject>)[projector.name]?.shape ?? {}
  const bounds = Object.keys(fields)
    .filter((field) => isNumber(fields[field]))
    .flatMap((field) => [
      { name: `${field}Min`, field, of: (value: number, least: number) => value >= least },
      { name: `${field}Max`, field, of: (value: number, most: number) => value <= most },
    ])
  const parameters: Record<string, z.ZodType> = {}
  const filters = projector.filters.map((name) => ({ name, ...valuesOf(fields[name]) }))
  for (const { name, values } of filters) parameters[name] = filterValue(values).optional()
  for (const { name } of bounds) parameters[name] = bound
  return {
    parameters,
    filters,
    bounds,
    toRequest(query) {
      const where: Record<string, string> = {}
      for (const filter of projector.filters) if (query[filter] !== undefined) where[filter] = query[filter] as string
      const asked = bounds.filter(({ name }) => query[name] !== undefined)
      if (asked.length === 0) return { where }
      // A row that has no number there is neither above nor below.
      const accept: PageRequest['accept'] = (row) =>
        asked.every(({ name, field, of }) => typeof row[field] === 'number' && of(row[field], query[name] as number))
      return { where, accept }
    },
  }
}

function isNumber(field: z.ZodType | undefined): boolean {
  if (field instanceof z.ZodNullable || field instanceof z.ZodOptional) return isNumber(field.unwrap() as z.ZodType)
  return field instanceof z.ZodNumber
}

function valuesOf(field: z.ZodType | undefined): { values?: string[] } {
  return field instanceof z.ZodEnum ? { values: field.options as string[] } : {}
}

function filterValue(values: readonly string[] | undefined): z.ZodType<string> {
  return values ? z.enum(values as [string, ...string[]], { error: `expected one of ${values.join(', ')}` }) : z.string().min(1).max(128)
}
