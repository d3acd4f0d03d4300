import { z } from 'zod'
import { didYouMean, meant, orList } from './did-you-mean.ts'
import { fieldName } from './field-name.ts'
import { plainMessage } from './plain-message.ts'
import { programmeSchema } from './programme.ts'

type Path = readonly PropertyKey[]
type Issue = z.core.$ZodIssue

/** One thing wrong with a programme file, by the path of its field. */
export interface FaultAt {
  path: Path
  message: string
}

/** The parts of a JSON Schema that faults are explained from. */
interface Shape {
  properties?: Record<string, Shape>
  required?: string[]
  items?: Shape
  anyOf?: Shape[]
  const?: unknown
}

/** A value of the file, and the shapes that may stand there. */
interface Place {
  path: Path
  value: unknown
  shapes: readonly Shape[]
}

/**
 * What the schema found, in words for the person who wrote the file. Where several shapes may stand, as with the rules
 * of `earn`, the faults are those of the shape that is evidently meant.
 */
export function explainIssues(issues: readonly Issue[], value: unknown): FaultAt[] {
  return issues.flatMap((issue) => explain(issue, { path: [], value, shapes: [programmeShape()] }))
}

function explain(issue: Issue, from: Place): FaultAt[] {
  const place = issue.path.reduce(step, from)
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...place.path, key], message: noField(key, place) }))
    case 'invalid_union':
      return explainUnion(issue, place)
    case 'invalid_value':
      return [fault(place, issue, expectedValue(issue, place.value))]
    default:
      return [fault(place, issue, plainMessage(issue.message) + wordMeant(place))]
  }
}

/** Where one of some words could stand, too: the one that was probably meant. */
function wordMeant({ value, shapes }: Place): string {
  if (typeof value !== 'string') return ''
  return didYouMean(
    value,
    shapes.flatMap((shape) => (typeof shape.const === 'string' ? [shape.const] : [])),
  )
}

function fault({ path, value }: Place, issue: Issue, message: string): FaultAt {
  return { path, message: value === undefined && issue.code !== 'custom' ? `missing; ${message}` : message }
}

function expectedValue({ values, message }: z.core.$ZodIssueInvalidValue, value: unknown): string {
  const words = values.map(String)
  const expected = message.startsWith('Invalid') ? `expected ${orList(words)}` : message
  return `${expected}${typeof value === 'string' && words.length > 1 ? didYouMean(value, words) : ''}`
}

function step(place: Place, key: PropertyKey): Place {
  return {
    path: [...place.path, key],
    value: (place.value as Record<PropertyKey, unknown> | undefined)?.[key],
    shapes: fitting(place).flatMap((shape) => {
      const inside = typeof key === 'number' ? shape.items : shape.properties?.[String(key)]
      return inside ? (inside.anyOf ?? [inside]) : []
    }),
  }
}

/** The shapes of which the value has all that they must have; all of them where there is none. */
function fitting({ value, shapes }: Place): readonly Shape[] {
  if (shapes.length < 2 || !isRecord(value)) return shapes
  const fit = shapes.filter(
    ({ required = [], properties = {} }) =>
      required.every((name) => value[name] !== undefined) &&
      Object.entries(properties).every(
        ([name, shape]) => shape.const === undefined || value[name] === undefined || value[name] === shape.const,
      ),
  )
  return fit.length > 0 ? fit : shapes
}

function explainUnion(issue: z.core.$ZodIssueInvalidUnion, place: Place): FaultAt[] {
  const chosen = isRecord(place.value) ? shapeMeant(issue.errors, place.value) : kindMeant(issue.errors)
  const shape = place.shapes[chosen ?? -1]
  if (chosen !== undefined && shape) {
    return (issue.errors[chosen] ?? []).flatMap((inner) => explain(inner, { ...place, shapes: shape.anyOf ?? [shape] }))
  }
  return [fault(place, issue, plainMessage(issue.message) + wordMeant(place))]
}

/** Of several shapes of objects the one that the value is least far from; undefined where two are equally near. */
function shapeMeant(issuesByShape: readonly (readonly Issue[])[], value: Record<string, unknown>): number | undefined {
  const distances = issuesByShape.map((issues) => distanceFrom(issues, value))
  const nearest = Math.min(...distances)
  const meantOnes = distances.flatMap((far, index) => (far === nearest ? [index] : []))
  return nearest < Number.POSITIVE_INFINITY && meantOnes.length === 1 ? meantOnes[0] : undefined
}

/** Fields that are missing, too many, or of another shape's kind count; one that is only misspelt counts half. */
function distanceFrom(issues: readonly Issue[], value: Record<string, unknown>): number {
  if (isOtherType(issues) || hasAtTop(issues, 'invalid_value')) return Number.POSITIVE_INFINITY
  const missing = issues.flatMap(({ path: [key, ...rest] }) =>
    key !== undefined && rest.length === 0 && value[String(key)] === undefined ? [String(key)] : [],
  )
  let far = missing.length
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') {
      const misspelt = issue.path.length === 0 ? issue.keys.filter((key) => meant(key, missing) !== undefined).length : 0
      far += issue.path.length === 0 ? issue.keys.length - 1.5 * misspelt : issue.keys.length / 2
    } else if (issue.code === 'invalid_value' && issue.values.length === 1 && issue.path.length === 1) {
      const found = value[String(issue.path[0])]
      if (found !== undefined) far += typeof found === 'string' && meant(found, issue.values.map(String)) ? 0.5 : 1
    }
  }
  return far
}

/** Of texts, numbers and lists: the only shape of the value's type, or the one whose form it has, if not its bounds. */
function kindMeant(issuesByShape: readonly (readonly Issue[])[]): number | undefined {
  const sameType = issuesByShape.flatMap((issues, index) => (isOtherType(issues) ? [] : [index]))
  const [only, other] = sameType
  if (only !== undefined && other === undefined) return hasAtTop(issuesByShape[only] ?? [], 'invalid_value') ? undefined : only
  const outOfBounds = sameType.filter((index) => issuesByShape[index]?.every(({ code }) => code === 'custom'))
  return outOfBounds.length === 1 ? outOfBounds[0] : undefined
}

function isOtherType(issues: readonly Issue[]): boolean {
  return issues.some((issue) => {
    if (issue.path.length > 0) return false
    return issue.code === 'invalid_type' || (issue.code === 'invalid_union' && issue.errors.every(isOtherType))
  })
}

function hasAtTop(issues: readonly Issue[], wanted: Issue['code']): boolean {
  return issues.some(({ code, path }) => code === wanted && path.length === 0)
}

/** A field that must not stand here: where it could stand, or the one that was probably meant. */
function noField(key: string, place: Place): string {
  const { path, value } = place
  const shapes = fitting(place)
  const here = shapes.flatMap(({ properties }) => Object.keys(properties ?? {}))
  const free = here.filter((name) => !isRecord(value) || !Object.hasOwn(value, name))
  const probably = meant(key, free)
  if (probably !== undefined) return `not a field here; did you mean ${probably}?`

  const parents = placesOfFields().get(key)
  if (!parents) return `not a field of a programme${didYouMean(key, here)}`
  if (parents.has(withoutIndexes(path))) return notTogether(key, shapes)
  return `not a field here; ${key} stands ${[...parents].slice(0, 2).map(under).join(' or ')}`
}

const under = (parent: string) => (parent === '' ? 'at the top' : `under ${parent}`)

/** A field of another shape that may stand in the same place. */
function notTogether(key: string, shapes: readonly Shape[]): string {
  const marks = (shapes[0]?.required ?? []).filter((name) => name !== 'name' && name !== 'on')
  if (marks.length > 0) return `does not go with ${marks.join(' and ')}`
  return key === 'activity' ? 'only in rules with for: engagement' : 'only in rules for purchases'
}

let programmeShapeMade: Shape | undefined
function programmeShape(): Shape {
  programmeShapeMade ??= (z.toJSONSchema(programmeSchema, { io: 'input' }) as unknown as { $defs: { Programme: Shape } }).$defs.Programme
  return programmeShapeMade
}

let placesMade: Map<string, Set<string>> | undefined
/** Under which fields a field of that name may stand. */
function placesOfFields(): Map<string, Set<string>> {
  placesMade ??= collectPlaces(programmeShape(), '', new Map())
  return placesMade
}

function collectPlaces({ properties, items, anyOf }: Shape, parent: string, places: Map<string, Set<string>>): Map<string, Set<string>> {
  for (const [name, shape] of Object.entries(properties ?? {})) {
    places.set(name, (places.get(name) ?? new Set()).add(parent))
    collectPlaces(shape, parent === '' ? name : `${parent}.${name}`, places)
  }
  if (items) collectPlaces(items, parent, places)
  for (const shape of anyOf ?? []) collectPlaces(shape, parent, places)
  return places
}

function withoutIndexes(path: Path): string {
  return fieldName(path.filter((part) => typeof part === 'string'))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
