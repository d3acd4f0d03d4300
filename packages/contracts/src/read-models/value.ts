import { z } from 'zod'
import { exampleAsOf, exampleMember, instant, moment, money } from './fields.ts'
import type { ReadModelContract } from './read-model.ts'

/** Names of the groups that recency, frequency and money make. */
export const valueSegments = [
  'unknown',
  'champions',
  'loyal',
  'potential-loyal',
  'new',
  'promising',
  'need-attention',
  'about-to-sleep',
  'at-risk',
  'cannot-lose',
  'hibernating',
  'lost',
] as const

const segment = z.enum(valueSegments)
const score = z.int().min(1).max(5).nullable()

const row = z
  .object({
    memberId: z.string(),
    recency: score.meta({ description: '5: bought more recently than four fifths of the members; null before the first fit or purchase.' }),
    frequency: score.meta({ description: '5: shops on more days than four fifths of the members.' }),
    monetary: score.meta({ description: '5: has spent more, net of returns, than four fifths of the members in the same currency.' }),
    segment,
    since: instant.meta({ description: 'Since when the member is in this segment.' }),
    value: z.number().min(1).max(5).nullable().meta({ description: "The three scores, weighted by the programme's judgements: 1 to 5." }),
    lifetimeValue: money.nullable().meta({
      description: "What the member is expected to bring within the programme's horizon, discounted, net of returns.",
    }),
    netSpend: money,
    currency: z.string().nullable(),
    basis: z.enum(['fitted', 'not-fitted']).meta({ description: 'Whether there is a value model to measure by.' }),
    modelAsOf: instant.nullable().meta({ description: 'As of when that model was fitted.' }),
    asOf: instant,
  })
  .meta({ id: 'MemberValue' })

export const value = {
  row,
  announcements: {
    'perennial.value.changed.v1': z.object({ before: segment.nullable(), after: segment, since: moment }).meta({ id: 'ValueChangedData' }),
  },
  example: {
    row: {
      memberId: exampleMember,
      recency: 5,
      frequency: 1,
      monetary: 2,
      segment: 'potential-loyal',
      since: '2025-11-21T02:15:00.000Z',
      value: 4.004,
      lifetimeValue: '61.20',
      netSpend: '18.50',
      currency: 'GBP',
      basis: 'fitted',
      modelAsOf: '2025-11-01T00:00:00.000Z',
      asOf: exampleAsOf,
    },
    announcements: {
      'perennial.value.changed.v1': { before: 'promising', after: 'potential-loyal', since: '2025-12-06T14:20:00.000Z' },
    },
  },
} as const satisfies ReadModelContract

export type ValueRow = z.infer<typeof row>
export type ValueSegment = ValueRow['segment']
