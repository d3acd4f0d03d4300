import { describeOrigin, hideSecrets, isAddressField, type ResolvedConfiguration } from '@perennial/configuration'
import { stringify } from 'yaml'

type Value = ResolvedConfiguration['values'][number]

/** What may be shown of a value: addresses without their passwords. */
export function shownValue({ field, value }: Value): unknown {
  return isAddressField(field.name) && typeof value === 'string' ? hideSecrets(value) : value
}

/** The configuration as YAML, with where each value comes from as a comment. What is not set is a comment altogether. */
export function describeConfiguration({ values }: ResolvedConfiguration): string {
  const lines = values.flatMap((value, index) => [...sectionBefore(values, index), valueLine(value)])
  const width = Math.max(...lines.map(([text]) => text.length))
  return lines.map(([text, comment]) => (comment === '' ? text : `${text.padEnd(width)}  # ${comment}`)).join('\n')
}

type Line = [text: string, comment: string]

function valueLine(value: Value): Line {
  const { path } = value.field
  const indent = '  '.repeat(path.length - 1)
  const shown = shownValue(value)
  if (shown === undefined) return [`# ${indent}${path.at(-1)}:`, 'not set']
  return [`${indent}${path.at(-1)}: ${inYaml(shown)}`, describeOrigin(value.origin)]
}

/** The heading of the section that begins here, if one does. */
function sectionBefore(values: readonly Value[], index: number): Line[] {
  const section = sectionOf(values[index])
  if (section === undefined || section === sectionOf(values[index - 1])) return []
  const isSet = values.some((value) => sectionOf(value) === section && value.value !== undefined)
  return [[isSet ? `${section}:` : `# ${section}:`, '']]
}

function sectionOf(value: Value | undefined): string | undefined {
  return value && value.field.path.length > 1 ? value.field.path[0] : undefined
}

function inYaml(value: unknown): string {
  const style = Array.isArray(value) ? ({ collectionStyle: 'flow', flowCollectionPadding: false } as const) : {}
  return stringify(value, { ...style, lineWidth: 0 }).trimEnd()
}
