import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configurationFileName, type Fault, PerennialError, readYaml } from '@perennial/contracts'
import { configVariable } from './read-environment.ts'
import type { Environment } from './replace-variables.ts'

/** What the file says, as it stands: nothing of it is checked yet. */
export interface ConfigurationFile {
  name: string
  value: Record<string, unknown>
  lineAt(path: readonly PropertyKey[]): number
}

export interface FileSource {
  /** The file that a flag names. */
  file?: string
  /** Where `perennial.yaml` is looked for. */
  directory?: string
  environment: Environment
}

/** undefined where no file is named and none is there. */
export function readConfigurationFile(source: FileSource): { file?: ConfigurationFile; name?: string; faults: Fault[] } {
  const named =
    source.file === undefined ? { name: source.environment[configVariable], by: configVariable } : { name: source.file, by: '--config' }
  const found = named.name || findFile(source.directory)
  if (found === undefined) return { faults: [] }
  try {
    return { ...parse(readFileSync(found, 'utf8'), found), name: found }
  } catch (error) {
    if (error instanceof PerennialError) return { name: found, faults: [...error.faults] }
    const by = named.name ? ` (${named.by})` : ''
    const { code } = error as NodeJS.ErrnoException
    return { faults: [{ field: '', message: `expected a file that can be read at ${found}${by}: ${code}` }] }
  }
}

function findFile(directory = '.'): string | undefined {
  const path = join(directory, configurationFileName)
  return existsSync(path) ? path : undefined
}

function parse(text: string, name: string): { file?: ConfigurationFile; faults: Fault[] } {
  const { value, lineAt } = readYaml(text, (faults) => new PerennialError('invalid-configuration', { faults: faults.map(withoutSource) }))
  if (value === null || value === undefined) return { file: { name, value: {}, lineAt }, faults: [] }
  if (typeof value !== 'object' || Array.isArray(value)) {
    return { faults: [{ field: '', message: 'expected fields, such as data: ./.perennial', line: 1 }] }
  }
  return { file: { name, value: value as Record<string, unknown>, lineAt }, faults: [] }
}

/** The parser quotes what it does not understand, which may be a part of a password. */
function withoutSource(fault: Fault): Fault {
  return { ...fault, message: fault.message.replace(/: .*$|(?<=escape sequence) .*$/s, '') }
}
