import { readFileSync } from 'node:fs'
import { didYouMean, type Fault } from '@perennial/contracts'
import { type ConfigurationField, configurationFields, variablePrefix } from './configuration-fields.ts'
import type { Origin } from './origin.ts'
import { parseText } from './parse-text.ts'
import type { Environment } from './replace-variables.ts'

/** A value that was set for a field from outside of the file. */
export interface Setting {
  field: ConfigurationField
  value: unknown
  origin: Origin
}

/** Names the file. */
export const configVariable = 'PERENNIAL_CONFIG'
/** Variables of the tests. */
const others = [configVariable, 'PERENNIAL_SEED', 'PERENNIAL_RUNS']
const otherPattern = /^PERENNIAL_REQUIRE_/

/** An empty variable is none: that is what compose files make of a variable that was not set. */
export function readEnvironment(environment: Environment): { settings: Setting[]; faults: Fault[] } {
  const set = new Map(Object.entries(environment).flatMap(([name, text]) => (isOurs(name, text) ? [[name, text as string]] : [])))
  const faults = [...set.keys()].flatMap((name) => unknownVariable(name))
  const settings = configurationFields.flatMap((field): Setting[] => {
    const result = readField(field, set)
    if (result && 'fault' in result) faults.push({ field: field.name, message: result.fault })
    return result && 'origin' in result ? [result] : []
  })
  return { settings, faults }
}

function isOurs(name: string, text: string | undefined): boolean {
  return name.startsWith(variablePrefix) && text !== undefined && text !== '' && !isFromKubernetes(name, text)
}

/** A service called perennial-… is told to every pod beside it, in variables that begin like ours. */
function isFromKubernetes(name: string, text: string): boolean {
  return (
    /_SERVICE_(HOST|PORT)(_|$)/.test(name) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_|$)/.test(name) ||
    (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text))
  )
}

function readField(field: ConfigurationField, set: ReadonlyMap<string, string>): Setting | { fault: string } | undefined {
  const { variable, fileVariable } = field
  const text = set.get(variable)
  const file = fileVariable === undefined ? undefined : set.get(fileVariable)
  if (text !== undefined && file !== undefined) return { fault: `${variable} and ${fileVariable} are both set; expected one of them` }
  if (text !== undefined) return { field, value: parseText(field.kind, text), origin: { by: 'variable', name: variable } }
  if (fileVariable === undefined || file === undefined) return undefined
  const secret = readSecret(file)
  if ('fault' in secret) return { fault: `${secret.fault} (${fileVariable})` }
  return { field, value: secret.text, origin: { by: 'variable', name: fileVariable } }
}

/** Editors and `echo` end a file with a line break that is no part of the secret. */
function readSecret(file: string): { text: string } | { fault: string } {
  try {
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
    return text === '' ? { fault: `expected an address in ${file}, which is empty` } : { text }
  } catch (error) {
    return { fault: `expected a file that can be read at ${file} (${(error as NodeJS.ErrnoException).code})` }
  }
}

function unknownVariable(name: string): Fault[] {
  const known = configurationFields.flatMap((field) => [field.variable, ...(field.fileVariable === undefined ? [] : [field.fileVariable])])
  if (known.includes(name) || others.includes(name) || otherPattern.test(name)) return []
  const value = configurationFields.find(({ variable }) => `${variable}_FILE` === name)
  if (value) return [{ field: '', message: `there is no variable ${name}: only addresses are read from files; set ${value.variable}` }]
  const ends = [...known, ...others].map((other) => other.slice(variablePrefix.length))
  const probably = didYouMean(name.slice(variablePrefix.length), ends).replace('did you mean ', `did you mean ${variablePrefix}`)
  return [{ field: '', message: `there is no variable ${name}${probably}` }]
}
