import { closest, distance } from 'fastest-levenshtein'
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { type Fault, PerennialError } from './errors.ts'
import { fieldName } from './field-name.ts'
import { plainMessage } from './plain-message.ts'
import { type Programme, programmeSchema } from './programme.ts'

/**
 * Reads a programme from YAML text.
 * @throws PerennialError `programme-invalid` with every fault at once, each with its line and field.
 */
export function parseProgramme(yaml: string, fileName: string): Programme {
  const lines = new LineCounter()
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    throw invalid(
      fileName,
      document.errors.map((error) => ({ field: '', message: error.message, line: lines.linePos(error.pos[0]).line })),
    )
  }
  const result = programmeSchema.safeParse(document.toJS())
  if (result.success) return result.data

  const lineOf = (path: readonly PropertyKey[]): number => {
    // The field itself may be missing: then the nearest parent that stands in the file tells the line.
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true)
      const parent = length > 0 ? document.getIn(path.slice(0, length - 1), true) : undefined
      const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === path[length - 1]) : undefined
      const range = (isScalar(pair?.key) ? pair.key.range : undefined) ?? (node as { range?: [number, number, number] } | undefined)?.range
      if (range) return lines.linePos(range[0]).line
    }
    return 1
  }
  const faults = result.error.issues.flatMap((issue): Fault[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          field: fieldName([...issue.path, key]),
          message: notAField(key),
          line: lineOf([...issue.path, key]),
        }))
      : [{ field: fieldName(issue.path), message: describe(issue), line: lineOf(issue.path) }],
  )
  throw invalid(fileName, faults)
}

function invalid(fileName: string, faults: Fault[]): PerennialError {
  return new PerennialError('programme-invalid', { where: fileName, faults })
}

/** A field that stands in no programme, and the one that was probably meant. */
function notAField(key: string): string {
  const nearest = closest(key.toLowerCase(), fieldsOfProgrammes())
  const near = distance(key.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, Math.floor(key.length / 3))
  return near ? `not a field of a programme; did you mean ${nearest}?` : 'not a field of a programme'
}

function describe(issue: z.core.$ZodIssue): string {
  const message = plainMessage(issue.message)
  return issue.message.endsWith('received undefined') ? `missing; ${message}` : message
}

let fields: string[] | undefined

/** The names of all fields, wherever they stand. */
function fieldsOfProgrammes(): string[] {
  fields ??= [...namesIn(z.toJSONSchema(programmeSchema, { io: 'input' }))]
  return fields
}

function namesIn(schema: unknown, names = new Set<string>()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return names
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') for (const name of Object.keys(value as object)) names.add(name)
    namesIn(value, names)
  }
  return names
}
