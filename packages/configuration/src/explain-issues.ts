import { didYouMean, meant, plainMessage } from '@perennial/contracts'
import type { z } from 'zod'
import { configurationFields, namesUnder } from './configuration-fields.ts'

/** One thing wrong with the configuration, by the path of its field. */
export interface FaultAt {
  path: readonly PropertyKey[]
  message: string
}

/** What the schema found, in words for the person who wrote the file. Never tells what was found: it may be a secret. */
export function explainIssues(issues: readonly z.core.$ZodIssue[], value: unknown): FaultAt[] {
  return issues.flatMap((issue): FaultAt[] => {
    const { path } = issue
    const found = path.reduce<unknown>((inside, key) => (inside as Record<PropertyKey, unknown> | undefined)?.[key], value)
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: showable(key) ? [...path, key] : path, message: noField(key, path) }))
    }
    const names = namesUnder(path)
    if (issue.code === 'invalid_type' && names.length > 0) return [{ path, message: `expected fields: ${names.join(', ')}` }]
    const probably = issue.code === 'invalid_value' && typeof found === 'string' ? didYouMean(found, issue.values.map(String)) : ''
    return [{ path, message: plainMessage(issue.message) + probably }]
  })
}

/** In a file that went wrong, an address may stand where a key should. */
function showable(key: string): boolean {
  return /^[\w.-]{1,64}$/.test(key)
}

/** A field that must not stand here: the one that was probably meant, or where it could stand. */
function noField(key: string, path: readonly PropertyKey[]): string {
  if (!showable(key)) return 'something stands here that is no name of a field'
  const here = namesUnder(path)
  const probably = meant(key, here)
  if (probably !== undefined) return `not a field here; did you mean ${probably}?`
  const elsewhere = configurationFields.find((field) => field.name === key || field.path.at(-1) === key)
  if (!elsewhere) return `not a field here; there are ${here.join(', ')}`
  const parent = elsewhere.path.slice(0, -1).join('.')
  return `not a field here; ${elsewhere.path.at(-1)} stands ${parent === '' ? 'at the top' : `under ${parent}`}`
}
