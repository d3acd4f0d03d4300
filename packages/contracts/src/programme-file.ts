import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import { type Fault, PerennialError } from './errors.ts'
import { fieldName, fieldPath } from './field-name.ts'
import { type Programme, programmeSchema } from './programme.ts'
import { explainIssues } from './programme-faults.ts'

/** A programme, and where its fields stand in the file that it was read from. */
export interface ProgrammeFile {
  programme: Programme
  /** The line of a field such as `points.earn[2].when`, or of the nearest that holds it. 1 is the first. */
  lineOf(field: string): number
}

/**
 * Reads a programme from YAML text.
 * @throws PerennialError `programme-invalid` with every fault at once, each with its line and field.
 */
export function readProgrammeFile(yaml: string, fileName: string): ProgrammeFile {
  const lines = new LineCounter()
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  const invalid = (faults: Fault[]) => new PerennialError('programme-invalid', { where: fileName, faults })
  if (document.errors.length > 0) {
    throw invalid(document.errors.map(({ message, pos }) => ({ field: '', message, line: lines.linePos(pos[0]).line })))
  }
  const lineAt = (path: readonly PropertyKey[]) => lines.linePos(positionOf(document, path)).line
  const value = toValue(document, invalid)
  const result = programmeSchema.safeParse(value)
  if (!result.success) {
    const faults = explainIssues(result.error.issues, value)
    throw invalid(faults.map(({ path, message }) => ({ field: fieldName(path), message, line: lineAt(path) })).sort(byLine))
  }
  return { programme: result.data, lineOf: (field) => lineAt(fieldPath(field)) }
}

/** As `readProgrammeFile`, for those who do not ask for lines. */
export function parseProgramme(yaml: string, fileName: string): Programme {
  return readProgrammeFile(yaml, fileName).programme
}

function byLine(a: { line: number }, b: { line: number }): number {
  return a.line - b.line
}

/** An alias may name an anchor that is not there, or stand for more than fits: that is found only here. */
function toValue(document: Document, invalid: (faults: Fault[]) => PerennialError): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw invalid([{ field: '', message: (error as Error).message, line: 1 }])
  }
}

/** The field itself may be missing: then the nearest parent that stands in the file tells the place. */
function positionOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true)
    const key = path[length - 1]
    const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined
    const node = document.getIn(path.slice(0, length), true) as Node | undefined
    const range = (isScalar(pair?.key) ? pair.key.range : undefined) ?? node?.range
    if (range) return range[0]
  }
  return document.contents?.range?.[0] ?? 0
}
