import {
  type AddressField,
  addressFields,
  type Configuration,
  configurationSchema,
  type Fault,
  fieldName,
  PerennialError,
} from '@perennial/contracts'
import { type AddressCheck, checkAddress } from './check-address.ts'
import { type ConfigurationField, configurationFields, fieldAt, namesUnder } from './configuration-fields.ts'
import { explainIssues } from './explain-issues.ts'
import type { Origin } from './origin.ts'
import { parseText } from './parse-text.ts'
import { readEnvironment, type Setting } from './read-environment.ts'
import { type ConfigurationFile, readConfigurationFile } from './read-file.ts'
import { type Environment, replaceVariables } from './replace-variables.ts'

export interface ConfigurationSources {
  /** A file of YAML or JSON that has to be there. Without it: the one that PERENNIAL_CONFIG names, or `perennial.yaml`. */
  file?: string
  /** Where `perennial.yaml` is looked for: the working directory without it. */
  directory?: string
  environment: Environment
  /** What was said on the command line, by the name of the field: `data` for `--data`. */
  flags?: Readonly<Record<string, string | undefined>>
  /** What throws a PerennialError where an address is not understood. Only those of addresses that are set are asked. */
  checks?: Partial<Record<AddressField, AddressCheck>>
}

/** What is in force, and where each value comes from. */
export interface ResolvedConfiguration {
  configuration: Configuration
  /** The file that was read, if any. */
  file: string | undefined
  values: { field: ConfigurationField; value: unknown; origin: Origin }[]
}

/**
 * What Perennial is configured with: flags before environment before file before defaults. Reads files and nothing else.
 * @throws PerennialError `invalid-configuration` with every fault at once; what stands in the faulty places is never told
 */
export async function readConfiguration(sources: ConfigurationSources): Promise<Configuration> {
  return (await resolveConfiguration(sources)).configuration
}

/** As `readConfiguration`, with where each value comes from. */
export async function resolveConfiguration(sources: ConfigurationSources): Promise<ResolvedConfiguration> {
  const read = readConfigurationFile(sources)
  const environment = readEnvironment(sources.environment)
  const settings = new Map([...environment.settings, ...fromFlags(sources.flags ?? {})].map((setting) => [setting.field.name, setting]))
  const merged = merge(read.file, settings, sources.environment)
  const faults = [...read.faults, ...environment.faults, ...merged.faults]

  const originOf = (path: readonly PropertyKey[]) => findOrigin(path, settings, merged.value, read.file)
  const add = (path: readonly PropertyKey[], message: string) => {
    if (!faults.some(({ field }) => field !== '' && field === fieldName(path))) faults.push(faultAt(path, message, originOf(path)))
  }
  const result = configurationSchema.safeParse(merged.value)
  for (const { path, message } of result.success ? [] : explainIssues(result.error.issues, merged.value)) add(path, message)
  for (const field of addressFields) {
    const address = merged.value[field]
    const message = typeof address === 'string' && address !== '' ? await checkAddress(address, sources.checks?.[field]) : undefined
    if (message !== undefined) add([field], message)
  }

  if (!result.success || faults.length > 0) throw invalid(faults, read.name)
  const values = configurationFields.map((field) => ({ field, value: valueAt(result.data, field.path), origin: originOf(field.path) }))
  return { configuration: result.data, file: read.name, values }
}

function fromFlags(flags: Readonly<Record<string, string | undefined>>): Setting[] {
  return configurationFields.flatMap((field): Setting[] => {
    const text = flags[field.name]
    return text === undefined ? [] : [{ field, value: parseText(field.kind, text), origin: { by: 'flag', name: `--${field.name}` } }]
  })
}

interface Merged {
  value: Record<string, unknown>
  faults: Fault[]
}

/** Deeper there is no field. An anchor that holds itself would have no end. */
const depthMax = 8

/** What the file says, with its variables replaced, and with what was said elsewhere in the place of it. */
function merge(file: ConfigurationFile | undefined, settings: ReadonlyMap<string, Setting>, environment: Environment): Merged {
  const faults: Fault[] = []
  const copy = (value: unknown, path: readonly PropertyKey[]): unknown => {
    // What is not in force cannot be wrong, and a field that was left empty is none.
    if (path.length > depthMax || settings.has(fieldName(path))) return undefined
    if (value === null) return fieldAt(path) || namesUnder(path).length > 0 ? undefined : null
    if (Array.isArray(value)) return value.map((item, index) => copy(item, [...path, index]))
    if (typeof value === 'object') {
      const entries = Object.entries(value).map(([key, inside]) => [key, copy(inside, [...path, key])] as const)
      return Object.fromEntries(entries.filter(([, inside]) => inside !== undefined))
    }
    if (typeof value !== 'string') return value
    const replaced = replaceVariables(value, environment)
    if ('fault' in replaced) {
      faults.push({ field: fieldName(path), message: replaced.fault, line: (file as ConfigurationFile).lineAt(path) })
      return undefined
    }
    const kind = fieldAt(path)?.path.length === path.length ? fieldAt(path)?.kind : undefined
    return replaced.replaced && kind !== undefined ? parseText(kind, replaced.text) : replaced.text
  }
  const value = (copy(file?.value ?? {}, []) ?? {}) as Record<string, unknown>
  for (const { field, value: set } of settings.values()) setAt(value, field.path, set)
  return { value, faults }
}

/** Where something else than fields stands in the way, that is the fault to tell. */
function setAt(value: Record<string, unknown>, path: readonly string[], set: unknown): void {
  const [key, ...rest] = path as [string, ...string[]]
  if (rest.length === 0) value[key] = set
  else if (isRecord((value[key] ??= {}))) setAt(value[key], rest, set)
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inside, key) => (inside as Record<PropertyKey, unknown> | undefined)?.[key], value)
}

function findOrigin(
  path: readonly PropertyKey[],
  settings: ReadonlyMap<string, Setting>,
  value: unknown,
  file: ConfigurationFile | undefined,
): Origin {
  const setting = settings.get(fieldAt(path)?.name ?? '')
  if (setting) return setting.origin
  // A field that must not stand there has no value of ours, but a place in the file.
  if (!file || (fieldAt(path) && valueAt(value, path) === undefined)) return { by: 'default' }
  return { by: 'file', file: file.name, line: file.lineAt(path) }
}

function faultAt(path: readonly PropertyKey[], message: string, origin: Origin): Fault {
  if (origin.by === 'file') return { field: fieldName(path), message, line: origin.line }
  return { field: fieldName(path), message: origin.by === 'default' ? message : `${message} (${origin.name})` }
}

function invalid(faults: readonly Fault[], file: string | undefined): PerennialError {
  const inFile = faults.some(({ line }) => line !== undefined)
  const sorted = [...faults].sort((a, b) => (a.line ?? Number.POSITIVE_INFINITY) - (b.line ?? Number.POSITIVE_INFINITY) || 0)
  return new PerennialError('invalid-configuration', { ...(inFile && file !== undefined && { where: file }), faults: sorted })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
