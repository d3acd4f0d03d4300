import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import { type Fault, PerennialError } from './errors.ts'
import { fieldName } from './field-name.ts'
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
          message: 'not a field of a programme',
          line: lineOf([...issue.path, key]),
        }))
      : [{ field: fieldName(issue.path), message: issue.message, line: lineOf(issue.path) }],
  )
  throw invalid(fileName, faults)
}

function invalid(fileName: string, faults: Fault[]): PerennialError {
  return new PerennialError('programme-invalid', { where: fileName, faults })
}
