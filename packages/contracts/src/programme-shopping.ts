import { z } from 'zod'
import { decimal, longPeriod, percent, slug } from './programme-fields.ts'
import { lifecycleStages } from './read-models/lifecycle.ts'

/** How the programme judges the way members shop; what it comes to is told in docs/shopping.md. */

export const lifecycleSchema = z
  .strictObject({
    rhythm: z
      .strictObject({
        prior: longPeriod.default('P60D').meta({ description: "Until the shop's own rhythm is measured." }),
        weight: z.number().positive().default(2),
        shortest: longPeriod.default('P1D'),
        longest: longPeriod.default('P1Y'),
      })
      .prefault({})
      .meta({ description: "The usual time between shopping days: weight gaps of what is usual in the shop, and the member's own." }),
    growingFrom: z.int().min(2).default(2).meta({ description: 'Shopping days.' }),
    loyalFrom: z.int().min(3).default(5).meta({ description: 'Shopping days.' }),
    atRiskAfter: z.number().positive().default(1.5).meta({ description: 'Rhythms of silence.' }),
    lapsedAfter: z.number().positive().default(3).meta({ description: 'Rhythms of silence.' }),
    lostAfter: z.number().positive().default(6).meta({ description: 'Rhythms of silence.' }),
    hysteresis: z
      .number()
      .min(0)
      .max(10)
      .default(0.25)
      .meta({ description: 'By how much later a member is at risk again who has just come back from it: 0.25 is a quarter.' }),
    wonBackFor: z.int().min(1).default(2).meta({ description: 'Shopping days for which a returned member counts as won back.' }),
    actions: z
      .partialRecord(z.enum(lifecycleStages), slug)
      .default({})
      .meta({ description: 'By stage, a name that is announced with it, for marketing tools to act on.' }),
  })
  .refine((l) => l.atRiskAfter < l.lapsedAfter && l.lapsedAfter < l.lostAfter, {
    error: 'expected atRiskAfter < lapsedAfter < lostAfter',
  })
  .refine((l) => l.growingFrom < l.loyalFrom, { error: 'expected growingFrom < loyalFrom' })
  .prefault({})

const threshold = z.number().gt(0).lt(1)

export const churnRiskSchema = z
  .strictObject({
    horizon: longPeriod.default('P90D').meta({ description: 'Risk is the chance that nothing is bought within this.' }),
    evenAt: z.number().positive().default(2).meta({
      description:
        "By the member's own rhythm, where no model is fitted: rhythms of silence at which it is even whether the member is gone.",
    }),
    mediumFrom: threshold.default(0.25),
    highFrom: threshold.default(0.6),
    criticalFrom: threshold.optional().meta({ description: 'Without it, halfway from highFrom to 1.' }),
    refit: longPeriod.default('P7D').meta({ description: 'How often `perennial up` learns the models anew.' }),
  })
  .refine((c) => c.mediumFrom < c.highFrom, { error: 'expected mediumFrom < highFrom' })
  .transform((c) => ({ ...c, criticalFrom: c.criticalFrom ?? (c.highFrom + 1) / 2 }))
  .refine((c) => c.highFrom < c.criticalFrom, { error: 'expected highFrom < criticalFrom' })
  .prefault({})

const judgement = decimal.refine((text) => Number(text) >= 1 / 9 && Number(text) <= 9, { error: 'expected a number from 0.112 to 9' })

export const valueSchema = z
  .strictObject({
    judgements: z
      .strictObject({
        recencyToFrequency: judgement.default('5'),
        recencyToMonetary: judgement.default('7'),
        frequencyToMonetary: judgement.default('3'),
      })
      .prefault({})
      .meta({ description: 'How many times as important the one is as the other (analytic hierarchy process, 1 to 9; 0.2 is a fifth).' }),
    horizon: longPeriod.default('P3Y').meta({ description: 'Purchases further ahead do not count for lifetime value.' }),
    discountRate: percent.default('10%').meta({ description: 'A year.' }),
    margin: percent.default('100%').meta({ description: 'What the shop keeps of what is spent.' }),
  })
  .prefault({})
