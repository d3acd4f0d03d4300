import { type JsonSchema, toJsonSchema } from '@perennial/api/openapi/json-schema'
import {
  announcementEvents,
  cloudEventSchema,
  configurationSchema,
  currentVersions,
  incomingEvents,
  problemSchema,
  programmeSchema,
  readModels,
  rowEvents,
  type StoredType,
  storedData,
  storedEventSchema,
} from '@perennial/contracts'
import { z } from 'zod'

/** One JSON Schema per shape that crosses a boundary; each can be used alone. By file name, without its ending. */
export function jsonSchemas(): Record<string, JsonSchema> {
  const schemas: Record<string, z.ZodType> = {
    event: cloudEventSchema,
    ...prefixed('event.', incomingEvents),
    'stored.envelope': storedEventSchema,
    ...Object.fromEntries(storedTypes.map((type) => [`stored.${type}.v${currentVersions[type]}`, storedEventOf(type)])),
    ...prefixed('row.', readModels),
    ...prefixed('row-event.', rowEvents),
    ...prefixed('announcement.', announcementEvents),
    problem: problemSchema,
  }
  const documents = Object.entries(schemas).map(([name, schema]): [string, JsonSchema] => [name, toJsonSchema(schema)])
  documents.push(
    ['programme', forEditors(programmeSchema, 'Programme')],
    ['configuration', forEditors(configurationSchema, 'Configuration')],
  )
  return Object.fromEntries(documents.map(([name, schema]) => [name, identified(name, schema)]))
}

/** Editors that complete YAML know draft 7 best, and begin at a document that is no reference to another. */
function forEditors(schema: z.ZodType, id: string): JsonSchema {
  const { $schema, definitions } = toJsonSchema(schema, 'draft-07')
  return { $schema, ...(definitions as Record<string, JsonSchema>)[id] }
}

const storedTypes = Object.keys(storedData) as StoredType[]

function storedEventOf(type: StoredType): z.ZodType {
  return storedEventSchema
    .extend({ type: z.literal(type), version: z.literal(currentVersions[type]), data: storedData[type] })
    .meta({ title: type, description: 'An event of the log, with its data as this version is written.' })
}

function prefixed(prefix: string, schemas: Readonly<Record<string, z.ZodType>>): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [prefix + name, schema]))
}

/** A URN, because the schemas are found in this repository, not at an address. */
function identified(name: string, { $schema, ...schema }: JsonSchema): JsonSchema {
  return { $schema, $id: `urn:perennial:schema:${name}`, ...schema }
}
