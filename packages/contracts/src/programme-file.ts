import { type Fault, PerennialError } from './errors.ts'
import { fieldName, fieldPath } from './field-name.ts'
import { type Programme, programmeSchema } from './programme.ts'
import { explainIssues } from './programme-faults.ts'
import { readYaml } from './yaml-text.ts'

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
  const invalid = (faults: Fault[]) => new PerennialError('programme-invalid', { where: fileName, faults })
  const { value, lineAt } = readYaml(yaml, invalid)
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
