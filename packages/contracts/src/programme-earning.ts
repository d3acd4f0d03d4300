import { z } from 'zod'
import { date, decimal, money, words } from './programme-fields.ts'

/** The rules by which purchases and activities earn points; what they come to is told in docs/rules.md. */

const capSchema = z
  .strictObject({ times: z.int().min(1), every: z.enum(['day', 'week', 'month', 'year', 'ever']) })
  .meta({ description: 'At most so many orders, or activities, in a period of the calendar. A use whose order comes back is given back.' })
  .optional()

const datesAndBirthday = {
  from: date.optional().meta({ description: 'The first day, included.' }),
  until: date.optional().meta({ description: 'The last day, included.' }),
  birthday: z
    .enum(['month', 'day'])
    .optional()
    .meta({ description: "In the member's month of birth, or on the day. Members whose birthday is not known are left out." }),
}
const tier = words.optional().meta({ description: 'The level held just before.' })

const whenPurchaseSchema = z
  .strictObject({
    category: words.optional().meta({ description: 'Lines of one of these categories.' }),
    sku: words.optional().meta({ description: 'Lines of one of these goods.' }),
    channel: words.optional().meta({ description: 'Orders through one of these channels.' }),
    tier,
    ...datesAndBirthday,
    orderNumber: z
      .union([z.int().min(1), z.strictObject({ every: z.int().min(2) })], { error: 'expected a number such as 1, or { every: 10 }' })
      .optional()
      .meta({ description: "The member's first order is 1; orders that came back in full are not counted. { every: 10 }: each tenth." }),
  })
  .refine(inOrder, { error: 'expected from to be no later than until', path: ['until'] })
  .meta({ description: 'All conditions must hold; of a list, one word must match.' })

const whenEngagementSchema = z
  .strictObject({ activity: words.optional().meta({ description: 'One of these activities.' }), tier, ...datesAndBirthday })
  .refine(inOrder, { error: 'expected from to be no later than until', path: ['until'] })
  .meta({ description: 'All conditions must hold; of a list, one word must match.' })

function inOrder({ from, until }: { from?: string | undefined; until?: string | undefined }): boolean {
  return from === undefined || until === undefined || from <= until
}

const name = z.string().min(1).meta({ description: 'Shown wherever the rule gave points. Uses of a capped rule are counted by it.' })
const ofPurchase = {
  name,
  for: z.literal('purchase', { error: 'expected purchase; rules for engagement have `add` and nothing else to give' }).default('purchase'),
  when: whenPurchaseSchema.default({}),
}

const rateRuleSchema = z
  .strictObject({
    ...ofPurchase,
    per: money.refine((text) => Number(text) > 0, { error: 'expected more than zero' }),
    points: z.int().positive(),
    cap: capSchema,
  })
  .meta({ title: 'points for money', description: 'So many points for each so much paid for the lines that the rule applies to.' })

const multiplierRuleSchema = z
  .strictObject({ ...ofPurchase, multiply: decimal, cap: capSchema })
  .meta({ title: 'multiplier', description: 'Multiplies what lines earn by the rules with `per`.' })

const flatRuleSchema = z
  .strictObject({ ...ofPurchase, add: z.int().positive(), cap: capSchema })
  .meta({ title: 'points for an order', description: 'Points once per order, never multiplied.' })

const activityRuleSchema = z
  .strictObject({ name, for: z.literal('engagement'), when: whenEngagementSchema.default({}), add: z.int().positive(), cap: capSchema })
  .meta({ title: 'points for an activity', description: 'Points once per activity.' })

const exclusionRuleSchema = z
  .strictObject({ ...ofPurchase, exclude: z.literal(true) })
  .meta({ title: 'exclusion', description: 'Lines that earn nothing and do not count towards minimumOrder.' })

export const earnRuleSchema = z.union([rateRuleSchema, multiplierRuleSchema, flatRuleSchema, activityRuleSchema, exclusionRuleSchema], {
  error: 'expected a rule with `per` and `points`, with `multiply`, with `add`, or with `exclude: true`; only `add` for engagement',
})
export type EarnRule = z.output<typeof earnRuleSchema>
