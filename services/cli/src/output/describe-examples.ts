import type { ExampleDifference, ExampleLook, TriedExample } from '@perennial/projector'
import pc from 'picocolors'
import { describeMovements } from './describe-movements.ts'
import { toMinute } from './instant.ts'
import { count } from './table.ts'

/** Examples that did not hold: what came out otherwise, and the movements that led there. */
export function describeExamples(examples: readonly TriedExample[]): string {
  return examples.flatMap((example) => example.looks.filter(isOtherwise).map((look) => describeLook(example, look))).join('\n\n')
}

function isOtherwise({ differences, trouble }: ExampleLook): boolean {
  return differences.length > 0 || trouble !== undefined
}

function describeLook({ name, tooEarly }: TriedExample, { asOf, differences, member, trouble }: ExampleLook): string {
  const odd = (member?.notes ?? []).map(({ at, note }) => `  ${toMinute(at)} ${note}`)
  return [
    `${pc.bold(name)}, as of ${asOf}`,
    ...differences.map((difference) => `  ${difference.field}: ${describeDifference(difference)}`),
    '',
    member ? describeMovements(member.movements) : (trouble ?? 'Nothing had happened by then.'),
    ...(tooEarly > 0 ? ['', `Given before effectiveFrom, when nothing is earned: ${count(tooEarly)}.`] : []),
    ...(odd.length > 0 ? ['', 'Not credited, or odd:', ...odd] : []),
  ].join('\n')
}

export function describeDifference({ expected, actual }: ExampleDifference): string {
  return `expected ${show(expected)}, came out ${show(actual)}`
}

function show(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`
  if (typeof value !== 'object') return String(value)
  return `{ ${Object.entries(value)
    .map(([name, part]) => `${name}: ${show(part)}`)
    .join(', ')} }`
}
