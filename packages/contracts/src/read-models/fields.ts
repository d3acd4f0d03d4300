import { z } from 'zod'

/** What the rows of the read models are made of. */

export const instant = z.iso.datetime({ precision: 3 }).meta({ description: 'UTC, to the millisecond.' })
/** In an announcement. */
export const moment = z.iso.datetime({ precision: 3 })
export const money = z.string().regex(/^-?\d+(\.\d+)?$/)
export const points = z.int()

/** The member of every example in the documents: one story, told in all of them. */
export const exampleMember = 'm-1042'
export const exampleAsOf = '2025-11-26T00:00:00.000Z'
