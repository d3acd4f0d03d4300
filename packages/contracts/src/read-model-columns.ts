import { z } from 'zod'
import { readModels } from './read-models/index.ts'

/** The columns of a read model in a table of text, as paths: a field `nextExpiry: { points, at }` is two of them. */
export function readModelColumns(name: keyof typeof readModels): string[][] {
  return Object.entries(readModels[name].shape).flatMap(([field, type]) => {
    const inner = type instanceof z.ZodNullable ? type.unwrap() : type
    return inner instanceof z.ZodObject ? Object.keys(inner.shape).map((part) => [field, part]) : [[field]]
  })
}
