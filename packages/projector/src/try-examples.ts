import { currentVersions, type Example, type Expectation, PerennialError, type Programme } from '@perennial/contracts'
import {
  formatInstant,
  historyOfExample,
  isMoment,
  localTime,
  looksOfExample,
  type ProgrammeVersions,
  programmeVersions,
} from '@perennial/domain'
import { type EventRecord, memberStream } from '@perennial/event-store'
import { type EvaluatedMember, evaluateMember } from './evaluate.ts'
import type { Projector } from './projector.ts'

/** What an example of a programme comes to. */
export interface TriedExample {
  name: string
  /** Such as `examples[2]`. */
  field: string
  holds: boolean
  /** Things given that happen before the version's first day, when nothing is earned: a usual reason why one does not hold. */
  tooEarly: number
  looks: ExampleLook[]
}

/** One look at the member of an example. */
export interface ExampleLook {
  /** Such as `examples[2].then[0]`. */
  field: string
  asOf: string
  differences: ExampleDifference[]
  /** Undefined where nothing had happened by then, or the rules could not be worked out. */
  member: EvaluatedMember | undefined
  /** Why the rules could not be worked out: an amount is too large to be exact. */
  trouble?: string
}

export interface ExampleDifference {
  /** Within the look: `available`, `nextExpiry.at`. */
  field: string
  expected: unknown
  actual: unknown
}

/**
 * Tries the examples that a programme carries, by the folds themselves: under this version alone, without a store.
 *
 * @param projectors those whose rows examples may speak of: points and tier
 * @param programme must be free of faults
 */
export function tryExamples(projectors: readonly Projector[], programme: Programme): TriedExample[] {
  const versions = programmeVersions([programme])
  return (programme.examples ?? []).map((example, index) => tryExample(projectors, versions, programme, example, `examples[${index}]`))
}

function tryExample(
  projectors: readonly Projector[],
  versions: ProgrammeVersions,
  programme: Programme,
  example: Example,
  field: string,
): TriedExample {
  const events = historyOfExample(example, programme).map(
    (event): EventRecord => ({ ...event, stream: memberStream(memberId), version: currentVersions[event.type] }),
  )
  const looks = looksOfExample(example, programme).map(({ at, expected }, place): ExampleLook => {
    const look = { field: `${field}.then${Array.isArray(example.then) ? `[${place}]` : ''}`, asOf: formatInstant(at) }
    try {
      const member = evaluateMember(projectors, versions, { memberId, events }, at)
      return { ...look, differences: differencesOf(expected, member, programme), member }
    } catch (error) {
      if (!(error instanceof PerennialError)) throw error
      return { ...look, differences: [], member: undefined, trouble: error.message }
    }
  })
  return {
    name: example.name,
    field,
    holds: looks.every(({ differences, trouble }) => differences.length === 0 && trouble === undefined),
    tooEarly: events.filter(({ occurredAt }) => !versions.inForce(occurredAt)).length,
    looks,
  }
}

const memberId = 'example'

function differencesOf(
  { asOf: _, ...expected }: Expectation,
  member: EvaluatedMember | undefined,
  programme: Programme,
): ExampleDifference[] {
  const row = Object.assign({}, ...Object.values(member?.rows ?? {})) as Record<string, unknown>
  return Object.entries(expected).flatMap(([field, value]) => compare(field, value, row[field], programme))
}

/** Of an object, only the fields that are named matter. */
function compare(field: string, expected: unknown, actual: unknown, programme: Programme): ExampleDifference[] {
  if (isRecord(expected) && isRecord(actual)) {
    return Object.entries(expected).flatMap(([name, value]) => compare(`${field}.${name}`, value, actual[name], programme))
  }
  return isSame(expected, actual, programme) ? [] : [{ field, expected, actual: asWritten(actual, programme) }]
}

function isSame(expected: unknown, actual: unknown, programme: Programme): boolean {
  if (Array.isArray(expected)) return Array.isArray(actual) && expected.join('\n') === actual.join('\n')
  if (isInstant(actual)) return typeof expected === 'string' && isMoment(Date.parse(actual), expected, programme)
  return expected === (actual ?? null) || (isDecimal(expected) && isDecimal(actual) && plain(expected) === plain(actual))
}

/** In the form in which it could stand in the example. */
function asWritten(value: unknown, programme: Programme): unknown {
  if (isInstant(value)) return localTime(Date.parse(value), programme)
  if (!isRecord(value)) return value ?? null
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, asWritten(part, programme)]))
}

function isInstant(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(value)
}

function isDecimal(value: unknown): value is string | number {
  return /^-?\d+(\.\d+)?$/.test(String(value))
}

/** `120`, `"120.0"` and `"120.00"` are the same. */
function plain(decimal: string | number): string {
  const text = String(decimal)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
