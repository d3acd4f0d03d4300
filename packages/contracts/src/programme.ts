import { z } from 'zod'
import { earnRuleSchema } from './programme-earning.ts'
import { exampleSchema } from './programme-example.ts'
import { currency, date, decimal, longPeriod, money, percent, period, slug, timePeriod, timeZone, yearDay } from './programme-fields.ts'
import { churnRiskSchema, lifecycleSchema, valueSchema } from './programme-shopping.ts'

/**
 * The programme file: the rules of one loyalty programme, in one version.
 * Amounts are decimal strings in the programme's currency; rates are exact decimals, never floats in a sum.
 *
 * Published versions are read through this schema again, so it must go on taking what it once took: what further
 * belongs to a good programme is asked by the domain's checkProgramme, before a version is published.
 */

const roundingSchema = z
  .strictObject({
    mode: z.enum(['floor', 'half-up', 'half-even', 'ceil']).default('floor'),
    per: z.enum(['line', 'order', 'rule']).default('order'),
  })
  .prefault({})
  .meta({ description: 'How fractions of a point become whole points, and of what: nothing is rounded anywhere else.' })

const expiryEnds = ['end-of-month', 'end-of-day'] as const
const expirySchema = z
  .union(
    [
      z
        .strictObject({ after: period, at: z.enum(expiryEnds).default('end-of-month') })
        .meta({ title: 'fixed life', description: 'So long after they were earned.' }),
      z
        .strictObject({ inactivity: longPeriod, at: z.enum(expiryEnds).default('end-of-day') })
        .meta({ title: 'inactivity', description: "So long after the member's last activity." }),
      z.strictObject({ on: yearDay, yearsLater: z.int().min(0).max(100).default(1) }).meta({
        title: 'fixed date',
        description: 'At the end of this day of the year, so many years after the one in which they were earned.',
      }),
      z.literal('never'),
    ],
    { error: 'expected { after: P12M, at: end-of-month }, { inactivity: P18M }, { on: "12-31", yearsLater: 1 } or never' },
  )
  .meta({ description: 'When points expire.' })

const warnBeforeSchema = z
  .union([period, z.array(period).min(1).max(10)], { error: 'expected a period such as P30D, or a list of them' })
  .transform((value) => (typeof value === 'string' ? [value] : value))
  .prefault('P30D')
  .meta({ description: 'How long before points expire to say so; each of several is said once.' })

const returnsSchema = z
  .strictObject({
    award: z
      .literal('recorded', {
        error: 'expected recorded: a return takes back what its lines were awarded, never what rules of today would give',
      })
      .default('recorded'),
    unmatched: z
      .enum(['fifo-by-sku', 'base-rate', 'none'])
      .default('fifo-by-sku')
      .meta({ description: 'What a return takes that names no order.' }),
    debt: z
      .enum(['carry', 'clamp'])
      .default('carry')
      .meta({ description: 'Points that were spent before they were taken back are owed (carry) or forgiven (clamp).' }),
    reinstateExpired: period
      .default('P0D')
      .meta({ description: 'Points given back to a lot that expired less than this ago live again, for this long after that expiry.' }),
  })
  .prefault({})

const redeemSchema = z
  .strictObject({
    block: z.int().min(1).default(1).meta({ description: 'Points are spent in multiples of this.' }),
    worth: money.default('0.01').meta({ description: 'What one block pays.' }),
    maxShareOfOrder: percent.default('100%').meta({ description: 'How much of an order may be paid with points.' }),
    perDay: z
      .int()
      .positive()
      .optional()
      .meta({ description: "Points that one member may spend on one day of the programme's time zone." }),
    holdFor: timePeriod.default('P1D').meta({ description: 'A hold lapses after this, where the caller asks for nothing shorter.' }),
  })
  .prefault({})

const adjustSchema = z
  .strictObject({
    approvalAbove: z.int().min(0).default(1000).meta({ description: 'Adjustments of more points than this need a second person.' }),
  })
  .prefault({})

const pointsSchema = z.strictObject({
  earn: z.array(earnRuleSchema).min(1),
  combine: z
    .strictObject({ multipliers: z.enum(['multiply', 'add', 'best']).default('multiply') })
    .prefault({})
    .meta({ description: 'How multipliers of rules and of the tier come together: multiplied, their extras added, or the best alone.' }),
  minimumOrder: money.default('0').meta({ description: 'Orders below this earn nothing; excluded lines do not count.' }),
  rounding: roundingSchema,
  pending: period.default('P14D').meta({ description: 'Points can be spent this long after they were earned.' }),
  expiry: expirySchema,
  warnBefore: warnBeforeSchema,
  returns: returnsSchema,
  redeem: redeemSchema,
  adjust: adjustSchema,
})

const windowSchema = z
  .union(
    [
      z.strictObject({ rolling: period }).meta({ title: 'rolling', description: 'The last so many days, weeks, months or years.' }),
      z.strictObject({ calendar: z.literal('year') }).meta({ title: 'calendar year', description: 'The calendar year.' }),
      z
        .strictObject({ anniversary: z.literal('enrolment') })
        .meta({ title: 'own year', description: "The member's own year, from the day of joining." }),
      z.strictObject({ lifetime: z.literal(true) }).meta({ title: 'lifetime', description: 'All that ever was.' }),
    ],
    { error: 'expected { rolling: P12M }, { calendar: year }, { anniversary: enrolment } or { lifetime: true }' },
  )
  .meta({ description: 'The time over which what qualifies is added up.' })

const levelSchema = z.strictObject({
  name: z.string().min(1).max(64),
  from: money.meta({ description: 'Lowest qualifying spend, points or purchases.' }),
  multiply: decimal.default('1').meta({ description: 'For points earned at this level by rules with `per`.' }),
  benefits: z.array(z.string()).default([]).meta({ description: 'Words for other systems, and for programme show.' }),
})

const levelsSchema = z
  .array(levelSchema)
  .min(1)
  .superRefine((levels, context) => {
    const names = new Set<string>()
    levels.forEach((level, index) => {
      if (names.has(level.name)) context.addIssue({ code: 'custom', path: [index, 'name'], message: `a second level named ${level.name}` })
      names.add(level.name)
      const below = levels[index - 1]
      if (index === 0 && Number(level.from) !== 0)
        context.addIssue({ code: 'custom', path: [0, 'from'], message: 'the first level starts from 0' })
      if (below && Number(level.from) <= Number(below.from)) {
        const message = `expected more than ${below.from}, where the level below starts`
        context.addIssue({ code: 'custom', path: [index, 'from'], message })
      }
    })
  })
  .meta({ description: 'Lowest first, the first from 0.' })

const tiersSchema = z.strictObject({
  metric: z.enum(['spend', 'points', 'purchases']).meta({ description: 'What qualifies; never the spendable balance.' }),
  window: windowSchema,
  upgrade: z
    .enum(['immediately', 'at-evaluation'])
    .default('immediately')
    .meta({ description: 'When members rise: at once, or when the window begins anew (rolling, lifetime: each month).' }),
  keepUntil: z
    .union([z.literal('end-of-next-year'), longPeriod], { error: 'expected end-of-next-year or a period such as P12M' })
    .optional()
    .meta({ description: 'How long a tier lasts once it is reached. Without it, a tier lasts as long as it is earned.' }),
  downgrade: z
    .strictObject({
      to: z.enum(['one-down', 'earned']).default('earned').meta({ description: 'One level at a time, or to what was earned.' }),
      grace: period.default('P0D').meta({ description: 'How long members keep a tier that they would lose.' }),
      warnBefore: period.default('P0D').meta({ description: 'How long before a tier ends to say so; P0D: not at all.' }),
    })
    .prefault({}),
  onReturn: z
    .enum(['recalculate', 'at-evaluation'])
    .default('recalculate')
    .meta({ description: 'When a return costs a tier: at once, or at the next evaluation.' }),
  levels: levelsSchema,
})

export const programmeSchema = z
  .strictObject({
    programme: slug.meta({ description: 'Its name.' }),
    version: z.int().min(1).meta({ description: 'Each version that is published has a number above the last one.' }),
    effectiveFrom: date.meta({ description: "First day, in the programme's time zone, on which this version judges what happens." }),
    timeZone: timeZone.meta({ description: 'Days, months and birthdays are those of this zone. A name of the IANA database.' }),
    currency: currency.optional().meta({
      description: "Purchases in other currencies are kept and shown, but not counted. Without it, each member's first currency is theirs.",
    }),
    points: pointsSchema,
    tiers: tiersSchema,
    lifecycle: lifecycleSchema,
    churnRisk: churnRiskSchema,
    value: valueSchema,
    examples: z
      .array(exampleSchema)
      .max(200)
      .optional()
      .meta({ description: 'Tried whenever the file is checked, and before it is published.' }),
  })
  .meta({ id: 'Programme', title: 'A loyalty programme' })

export type Programme = z.output<typeof programmeSchema>
export type ProgrammeInput = z.input<typeof programmeSchema>
