import { z } from 'zod'
import { currencyDigits } from './currency.ts'

/**
 * The programme file: the rules of one loyalty programme, in one version.
 * Amounts are decimal strings in the programme's currency; rates are exact decimals, never floats in a sum.
 */

const decimal = z
  .union([z.number().nonnegative(), z.string().regex(/^\d+(\.\d+)?$/, { error: 'expected a number or a decimal string such as "1.5"' })], {
    error: 'expected a number or a decimal string such as "1.5"',
  })
  .transform((value) => String(value))
  .refine((text) => /^\d{1,12}(\.\d{1,6})?$/.test(text), { error: 'expected at most 12 digits before and 6 after the point' })

const moneyFault = { error: 'expected an amount as a decimal string such as "100.00"' }
const money = z
  .union([z.string(), z.int().nonnegative()], moneyFault)
  .transform(String)
  .refine((text) => /^\d{1,12}(\.\d{1,4})?$/.test(text), moneyFault)

const periodPattern = /^P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?$/

/** A month counts 31 days and a year 366; not a number where the text is no period. */
function daysOf(period: string): number {
  const [, years = 0, months = 0, weeks = 0, days = 0] = periodPattern.exec(period) ?? [Number.NaN, Number.NaN]
  return Number(years) * 366 + Number(months) * 31 + Number(weeks) * 7 + Number(days)
}

// Calendars end: a period that leads beyond them would make every member's fold fail.
const periodDaysMax = 36_600
const period = z
  .string()
  .regex(periodPattern, { error: 'expected a period of whole days, weeks, months or years, such as "P14D" or "P12M"' })
  .refine((text) => !(daysOf(text) > periodDaysMax), { error: 'expected at most 100 years' })
const longPeriod = period.refine((text) => daysOf(text) !== 0, { error: 'expected at least a day' })

const date = z.iso.date({ error: 'expected a date such as 2025-01-01' })

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: 'expected lower-case letters, digits and hyphens' })

const timeZone = z.string().refine(
  (zone) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone })
      return true
    } catch {
      return false
    }
  },
  { error: 'expected a time zone of the IANA database, such as "Europe/London"' },
)

const currencyFault = { error: 'expected a code of ISO 4217 such as "GBP"' }

const baseRuleSchema = z.strictObject({
  name: z.string().min(1),
  for: z.literal('purchase'),
  per: money.refine((text) => Number(text) > 0, { error: 'expected more than zero' }),
  points: z.int().positive(),
})

const multiplierRuleSchema = z.strictObject({
  name: z.string().min(1),
  for: z.literal('purchase'),
  when: z.strictObject({ category: z.array(z.string().min(1)).min(1) }),
  multiply: decimal,
})

const levelSchema = z.strictObject({
  name: z.string().min(1).max(64),
  from: money,
  multiply: decimal.default('1'),
  benefits: z.array(z.string()).default([]),
})

export const programmeSchema = z
  .strictObject({
    programme: name,
    version: z.int().min(1),
    effectiveFrom: date.meta({ description: "First day, in the programme's time zone, on which this version judges what happens." }),
    timeZone,
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, currencyFault)
      .refine((code) => code.length !== 3 || currencyDigits(code) !== undefined, currencyFault)
      .optional()
      .meta({
        description:
          "Purchases in other currencies are kept and shown, but not counted. Without it, each member's first currency is theirs.",
      }),
    points: z.strictObject({
      earn: z
        .array(
          z.union([baseRuleSchema, multiplierRuleSchema], {
            error: 'expected a rule with `per` and `points`, or one with `when` and `multiply`',
          }),
        )
        .min(1),
      rounding: z
        .strictObject({
          mode: z.enum(['floor', 'half-up', 'half-even', 'ceil']).default('floor'),
          per: z.enum(['line', 'order']).default('order'),
        })
        .default({ mode: 'floor', per: 'order' }),
      pending: period.default('P14D'),
      expiry: z.union(
        [z.strictObject({ after: period, at: z.enum(['end-of-month', 'end-of-day']).default('end-of-month') }), z.literal('never')],
        {
          error: 'expected { after: P12M, at: end-of-month } or never',
        },
      ),
      warnBefore: period.default('P30D'),
    }),
    tiers: z.strictObject({
      metric: z.literal('spend'),
      window: z.strictObject({ rolling: period }),
      levels: z
        .array(levelSchema)
        .min(1)
        .superRefine((levels, context) => {
          const names = new Set<string>()
          levels.forEach((level, index) => {
            if (names.has(level.name))
              context.addIssue({ code: 'custom', path: [index, 'name'], message: `a second level named ${level.name}` })
            names.add(level.name)
            const below = levels[index - 1]
            if (index === 0 && Number(level.from) !== 0)
              context.addIssue({ code: 'custom', path: [0, 'from'], message: 'the first level starts from 0' })
            if (below && Number(level.from) <= Number(below.from)) {
              context.addIssue({
                code: 'custom',
                path: [index, 'from'],
                message: `expected more than ${below.from}, where the level below starts`,
              })
            }
          })
        }),
    }),
    lifecycle: z
      .strictObject({
        rhythm: z
          .strictObject({
            prior: longPeriod.default('P60D'),
            weight: z.number().positive().default(2),
            shortest: longPeriod.default('P7D'),
            longest: longPeriod.default('P180D'),
          })
          .prefault({}),
        growingFrom: z.int().min(2).default(2),
        loyalFrom: z.int().min(3).default(5),
        atRiskAfter: z.number().positive().default(1.5),
        lapsedAfter: z.number().positive().default(3),
        lostAfter: z.number().positive().default(6),
        wonBackFor: z.int().min(1).default(2),
      })
      .refine((l) => l.atRiskAfter < l.lapsedAfter && l.lapsedAfter < l.lostAfter, {
        error: 'expected atRiskAfter < lapsedAfter < lostAfter',
      })
      .refine((l) => l.growingFrom < l.loyalFrom, { error: 'expected growingFrom < loyalFrom' })
      .prefault({}),
    churnRisk: z
      .strictObject({
        evenAt: z.number().positive().default(2),
        mediumFrom: z.number().gt(0).lt(1).default(0.25),
        highFrom: z.number().gt(0).lt(1).default(0.6),
      })
      .refine((c) => c.mediumFrom < c.highFrom, { error: 'expected mediumFrom < highFrom' })
      .prefault({}),
  })
  .meta({ id: 'Programme', title: 'A loyalty programme' })

export type Programme = z.output<typeof programmeSchema>
export type ProgrammeInput = z.input<typeof programmeSchema>
