import { readFileSync } from 'node:fs'
import { type Fault, PerennialError, type ProgrammeFile, readProgrammeFile } from '@perennial/contracts'
import { checkProgramme } from '@perennial/domain'
import { projectors } from '@perennial/engine'
import { type TriedExample, tryExamples } from '@perennial/projector'
import { describeDifference } from './output/describe-examples.ts'

/** The read models that rewards show in: the others' rules say nothing of them. */
export const rewarding = projectors.filter(({ name }) => name === 'tier' || name === 'points')

/** @throws PerennialError `programme-invalid` with every fault, each with its line; `file-not-readable` */
export function readProgramme(file: string): ProgrammeFile {
  const read = readProgrammeFile(readFileSync(file, 'utf8'), file)
  const faults = checkProgramme(read.programme).map((fault) => ({ ...fault, line: read.lineOf(fault.field) }))
  if (faults.length > 0) throw new PerennialError('programme-invalid', { where: file, faults: faults.sort((a, b) => a.line - b.line) })
  return read
}

/**
 * As `readProgramme`, and the examples in it must hold.
 * @throws PerennialError `programme-example`, too
 */
export function tryProgramme(file: string): ProgrammeFile {
  const read = readProgramme(file)
  const { faults } = exampleFaults(read)
  if (faults.length > 0) throw new PerennialError('programme-example', { where: file, faults })
  return read
}

/** What the examples of a programme come to, and each field that came out otherwise, with its line. */
export function exampleFaults({ programme, lineOf }: ProgrammeFile): { examples: TriedExample[]; faults: Fault[] } {
  const examples = tryExamples(rewarding, programme)
  const fault = (field: string, message: string): Fault => ({ field, line: lineOf(field), message })
  const faults = examples.flatMap(({ name, looks }) =>
    looks.flatMap(({ field, differences, trouble }) => [
      ...(trouble === undefined ? [] : [fault(field, `${name}: ${trouble}`)]),
      ...differences.map((difference) => fault(`${field}.${difference.field}`, `${name}: ${describeDifference(difference)}`)),
    ]),
  )
  return { examples, faults }
}
