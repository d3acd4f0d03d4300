import { z } from 'zod'

export type JsonSchema = Record<string, unknown>

/**
 * A zod schema as JSON Schema, for others to read. Objects stay open: a field that is added later must not break those
 * who check what they get. (`io: 'input'` says that; nothing that is published here differs otherwise.)
 */
export function toJsonSchema(schema: z.ZodType, target: 'draft-2020-12' | 'draft-07' = 'draft-2020-12'): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', target, override: ({ jsonSchema }) => withoutNoise(jsonSchema) }) as JsonSchema
}

/** The schemas by their ids, with all that they refer to, as they stand under `components/schemas`. */
export function toComponents(schemas: readonly z.ZodType[], target?: 'draft-2020-12' | 'draft-07'): Record<string, JsonSchema> {
  const all = toJsonSchema(z.tuple(schemas as [z.ZodType, ...z.ZodType[]]), target)
  const definitions = (all.$defs ?? all.definitions) as Record<string, JsonSchema>
  const sorted = Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1)))
  return JSON.parse(JSON.stringify(sorted).replaceAll(/"#\/(?:\$defs|definitions)\//g, '"#/components/schemas/'))
}

/** What zod writes for its own sake: a date-time's pattern of 200 characters says no more than its format. */
function withoutNoise(schema: JsonSchema): void {
  if (schema.format === 'date-time' || schema.format === 'date') delete schema.pattern
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
}
