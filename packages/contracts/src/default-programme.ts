import { readFileSync } from 'node:fs'
import type { Programme } from './programme.ts'
import { parseProgramme } from './programme-file.ts'

export const defaultProgrammeFile = new URL('../default-programme.yaml', import.meta.url)

/** The programme that Perennial starts with; the commented file stands beside this package's sources. */
export function defaultProgramme(): Programme {
  return parseProgramme(readFileSync(defaultProgrammeFile, 'utf8'), 'default-programme.yaml')
}
