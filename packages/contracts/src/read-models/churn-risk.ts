import { z } from 'zod'
import { exampleAsOf, exampleMember, instant, moment } from './fields.ts'
import type { ReadModelContract } from './read-model.ts'

export const riskBands = ['unknown', 'low', 'medium', 'high', 'critical'] as const
/** Where a score comes from, the best first. */
export const churnBases = ['calibrated', 'model', 'own-rhythm'] as const

const band = z.enum(riskBands)
const basis = z
  .enum(churnBases)
  .nullable()
  .meta({ description: "A model with the calibration layer, a model alone, or the member's own rhythm; null before the first purchase." })

const row = z
  .object({
    memberId: z.string(),
    score: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .meta({ description: 'Probability that the member buys nothing within horizonDays; null before the first purchase.' }),
    band,
    since: instant.meta({ description: 'Since when the member is in this band.' }),
    horizonDays: z.number().positive().nullable(),
    basis,
    model: z.string().nullable().meta({ description: "The model that was used; null for the member's own rhythm." }),
    modelAsOf: instant.nullable().meta({ description: 'As of when that model was fitted.' }),
    recencyDays: z.number().min(0).nullable().meta({ description: 'Days since the last purchase.' }),
    rhythmDays: z.number().positive().nullable().meta({ description: "The usual days between shopping days, drawn towards the shop's." }),
    shoppingDays: z.int().min(0).meta({ description: 'Days with a purchase that was not brought back in full.' }),
    drivers: z.array(z.string()).meta({ description: 'Why, in sentences for people, the weightiest first; their wording may change.' }),
    asOf: instant,
  })
  .meta({ id: 'ChurnRisk' })

export const churnRisk = {
  row,
  announcements: {
    'perennial.churn-risk.changed.v1': z
      .object({ before: band.nullable(), after: band, since: moment, basis })
      .meta({ id: 'ChurnRiskChangedData' }),
  },
  example: {
    row: {
      memberId: exampleMember,
      score: 0.2244,
      band: 'low',
      since: '2025-11-21T02:15:00.000Z',
      horizonDays: 90,
      basis: 'own-rhythm',
      model: null,
      modelAsOf: null,
      recencyDays: 4.91,
      rhythmDays: 60,
      shoppingDays: 1,
      drivers: ['bought once, silent for 5 days', 'brought back 7 % of the spend', 'lately: review'],
      asOf: exampleAsOf,
    },
    announcements: {
      'perennial.churn-risk.changed.v1': {
        before: 'low',
        after: 'medium',
        since: '2026-02-14T14:20:00.000Z',
        basis: 'calibrated',
      },
    },
  },
} as const satisfies ReadModelContract

export type ChurnRiskRow = z.infer<typeof row>
export type RiskBand = ChurnRiskRow['band']
export type ChurnBasis = NonNullable<ChurnRiskRow['basis']>
