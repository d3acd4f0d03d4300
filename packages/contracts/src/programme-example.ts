import { z } from 'zod'
import { currency, moment, money, yearDay } from './programme-fields.ts'
import type { PointsRow, TierRow } from './read-models/index.ts'

/**
 * Examples that a programme carries: what a member does, and what must come of it. Written for people who know the
 * shop rather than its events, so most of what an event needs may be left out.
 */

const word = z.string().min(1).max(512)
const points = z.int().positive()
const on = moment.meta({ description: "A date (noon in the programme's time zone), a date and time there, or an instant." })
const order = word.optional().meta({ description: 'Name of the order, so that a return or a redemption can speak of it.' })
const quantity = z.number().positive().max(1e9).optional()

const enrolledSchema = z
  .strictObject({ enrolled: on, birthday: yearDay.optional(), channel: word.optional() })
  .meta({ title: 'joins', description: 'The member joins.' })

const exampleLineSchema = z.strictObject({ sku: word, category: word.optional(), quantity, amount: money })
export type ExampleLine = z.output<typeof exampleLineSchema>

const goods = z.union([money, z.array(exampleLineSchema).min(1).max(100)], {
  error: 'expected an amount such as "120.00", or a list of lines { sku: tea, amount: "120.00" }',
})
const ofGoods = { of: word.optional().meta({ description: 'SKU, where an amount is given.' }), quantity }

const boughtSchema = z
  .strictObject({
    bought: goods,
    ...ofGoods,
    category: word.optional(),
    on,
    order,
    channel: word.optional(),
    currency: currency.optional(),
  })
  .meta({ title: 'buys', description: 'The member pays for an order.' })

const returnedSchema = z
  .strictObject({ returned: goods, ...ofGoods, on, order, currency: currency.optional() })
  .meta({ title: 'returns', description: 'The member gets money back; without an order, for goods of that SKU.' })

const didSchema = z.strictObject({ did: word, on }).meta({ title: 'does', description: 'The member does something else: an activity.' })

const redeemedSchema = z
  .strictObject({ redeemed: points, on, order: order.meta({ description: 'The order that the points pay for.' }) })
  .meta({ title: 'redeems', description: 'The member spends points. Whether that many were allowed is not asked.' })

const grantedSchema = z
  .strictObject({ granted: word, until: moment.meta({ description: 'The last day, included, or an instant.' }), on })
  .meta({ title: 'is granted a tier', description: 'Somebody gives the member a tier by hand.' })

const adjustedSchema = z
  .strictObject({ adjusted: z.int().refine((number) => number !== 0, { error: 'expected points, or points less than 0' }), on })
  .meta({ title: 'points by hand', description: 'Somebody gives the member points by hand, or takes some.' })

const givenSchema = z.union([enrolledSchema, boughtSchema, returnedSchema, didSchema, redeemedSchema, grantedSchema, adjustedSchema], {
  error: 'expected one of enrolled, bought, returned, did, redeemed, granted and adjusted',
})
export type Given = z.output<typeof givenSchema>

const amountFault = { error: 'expected a number or a decimal string such as "120.00"' }
const amount = z
  .union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/, amountFault)], amountFault)
  .meta({ description: 'Money, or points or purchases where those qualify.' })
const someMoment = moment.nullable()

type Expectable = Exclude<keyof PointsRow | keyof TierRow, 'memberId' | 'asOf'>

/** Every field of the two rows. An instant may be told by its day alone. */
const expectable = {
  balance: z.int(),
  available: z.int(),
  pending: z.int(),
  held: z.int(),
  debt: z.int(),
  earned: z.int(),
  redeemed: z.int(),
  expired: z.int(),
  clawedBack: z.int(),
  adjusted: z.int(),
  transferred: z.int(),
  nextExpiry: z.strictObject({ points: z.int().optional(), at: moment.optional() }).nullable(),
  expiring: z.strictObject({ in30Days: z.int().optional(), in60Days: z.int().optional(), in90Days: z.int().optional() }),
  tier: word,
  since: moment,
  metric: z.enum(['spend', 'points', 'purchases']),
  qualifying: amount,
  lifetimeSpend: amount,
  currency: currency.nullable(),
  nextTier: word.nullable(),
  toNextTier: amount.nullable(),
  keptUntil: someMoment,
  grantedUntil: someMoment,
  ending: z.strictObject({ at: moment.optional(), to: word.optional() }).nullable(),
  benefits: z.array(z.string()),
} as const satisfies Record<Expectable, z.ZodType>

const asOf = moment.optional().meta({ description: 'When to look; without it, at the last thing that is given.' })

const expectationSchema = z
  .strictObject({ asOf, ...z.object(expectable).partial().shape })
  .refine((expected) => Object.keys(expected).some((field) => field !== 'asOf'), { error: 'expected a field, such as available: 120' })
  .meta({ description: 'Fields of the points balance and the tier status. Those that are not named do not matter.' })
export type Expectation = z.output<typeof expectationSchema>

export const exampleSchema = z
  .strictObject({
    name: z.string().min(1).max(200),
    given: z.array(givenSchema).min(1).max(200),
    asOf,
    // biome-ignore lint/suspicious/noThenProperty: the word of the file; nothing waits for it
    then: z.union([expectationSchema, z.array(expectationSchema).min(1).max(50)], {
      error: 'expected fields such as { available: 120, tier: gold }, or a list of them at several times',
    }),
  })
  .meta({ description: 'What a member does, and what must come of it under this programme.' })
export type Example = z.output<typeof exampleSchema>
