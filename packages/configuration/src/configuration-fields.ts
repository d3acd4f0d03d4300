import { type AddressField, addressFields, configurationSchema } from '@perennial/contracts'
import { z } from 'zod'

/** One value of the configuration: what may be set by a line of the file, or by a variable. */
export interface ConfigurationField {
  /** `kafka.topics`. */
  name: string
  path: readonly string[]
  /** `PERENNIAL_KAFKA_TOPICS`. */
  variable: string
  /** Names a file that holds the value; only for addresses, which may hold a password. */
  fileVariable: string | undefined
  kind: 'text' | 'number' | 'boolean' | 'list'
  description: string
  /** undefined where there is none. */
  default: unknown
}

/** The parts of a JSON Schema that fields are made from. */
interface Shape {
  type?: string
  description?: string
  default?: unknown
  properties?: Record<string, Shape>
}

export const variablePrefix = 'PERENNIAL_'

const kinds: Readonly<Record<string, ConfigurationField['kind']>> = {
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  array: 'list',
}

/** All of them, in the order of the schema. */
export const configurationFields: readonly ConfigurationField[] = collect(shapeOf(configurationSchema), [])

/** Names of what may stand under a path; of the top without one. Empty where the path is a value. */
export function namesUnder(path: readonly PropertyKey[]): string[] {
  const inside = configurationFields.filter((field) => path.length < field.path.length && path.every((part, i) => field.path[i] === part))
  return [...new Set(inside.map((field) => field.path[path.length] as string))]
}

/** The field that stands at a path, or that a place in its list belongs to. */
export function fieldAt(path: readonly PropertyKey[]): ConfigurationField | undefined {
  return configurationFields.find((field) => field.path.every((part, index) => path[index] === part))
}

export function isAddressField(name: string): name is AddressField {
  return (addressFields as readonly string[]).includes(name)
}

function shapeOf(schema: z.ZodType): Shape {
  return (z.toJSONSchema(schema, { io: 'input' }) as unknown as { $defs: { Configuration: Shape } }).$defs.Configuration
}

function collect({ properties = {} }: Shape, parent: readonly string[]): ConfigurationField[] {
  return Object.entries(properties).flatMap(([key, shape]) => {
    const path = [...parent, key]
    return shape.properties ? collect(shape, path) : [toField(path, shape)]
  })
}

function toField(path: readonly string[], shape: Shape): ConfigurationField {
  const name = path.join('.')
  const variable = variablePrefix + path.map(upperSnake).join('_')
  return {
    name,
    path,
    variable,
    fileVariable: isAddressField(name) ? `${variable}_FILE` : undefined,
    kind: kinds[shape.type ?? ''] ?? 'text',
    description: shape.description ?? '',
    default: shape.default,
  }
}

/** `sessionMs` is `SESSION_MS`. */
function upperSnake(word: string): string {
  return word.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
}
