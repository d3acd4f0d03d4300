import { z } from 'zod'
import { currencyDigits, parseMinor } from './currency.ts'
import { yearDayPattern } from './year-day.ts'

/**
 * What retail systems send: CloudEvents 1.0 in JSON.
 * These shapes are promises to the outside; a change that breaks a sender is a new version of the type.
 * Unknown extra fields are kept everywhere (`looseObject`).
 */

const text = z.string().min(1).max(512)

export const memberIdSchema = z
  .string({ error: 'expected the member id, a string of 1 to 128 characters' })
  .regex(/^[^\p{Cc}\p{Cs}]{1,128}$/u, { error: 'expected 1 to 128 characters without control characters' })
  .meta({ id: 'MemberId', description: 'Who the event is about: 1 to 128 characters without control characters.' })

const quantitySchema = z
  .number({ error: 'expected a number' })
  .positive({ error: 'expected more than 0' })
  .max(1e9, { error: 'expected at most 1000000000' })
  .refine((quantity) => Number(quantity.toFixed(6)) === quantity, { error: 'expected at most 6 decimal digits' })
  .meta({ description: 'Positive, whole or with up to 6 decimals: 2, 0.375.' })

const amountSchema = z
  .string({ error: 'expected a decimal string such as "12.50"' })
  .regex(/^\d+(\.\d+)?$/, { error: 'expected a decimal string such as "12.50", not negative' })
  .meta({ description: 'Paid (or got back) for the whole line after discounts, with no more digits than the currency has.' })

const currencySchema = z
  .string({ error: 'expected an ISO 4217 code such as "GBP"' })
  .refine((code) => currencyDigits(code) !== undefined, {
    error: 'expected a code of ISO 4217 such as "GBP"',
    params: { code: 'unknown-currency' },
  })
  .meta({ description: 'ISO 4217 code.' })

const purchaseLineSchema = z.looseObject({
  lineId: text.optional(),
  sku: text,
  category: text.optional(),
  quantity: quantitySchema,
  amount: amountSchema,
})

const returnLineSchema = z.looseObject({
  lineId: text.optional(),
  sku: text,
  quantity: quantitySchema,
  amount: amountSchema,
})

interface Priced {
  currency: string
  lines: { amount: string }[]
}

/** Amounts have the currency's digits at the most, each and together small enough to be exact integers. */
function checkAmounts(data: Priced, context: z.RefinementCtx): void {
  const digits = currencyDigits(data.currency)
  if (digits === undefined) return
  let total = 0
  data.lines.forEach((line, index) => {
    const minor = parseMinor(line.amount, digits)
    const path = ['lines', index, 'amount']
    if (typeof minor === 'number') {
      total += minor
      if (!Number.isSafeInteger(total)) {
        context.addIssue({
          code: 'custom',
          path,
          message: 'the lines together are too large to be exact',
          params: { code: 'amount-too-large' },
        })
        total = 0
      }
    } else if (minor === 'too-large') {
      context.addIssue({ code: 'custom', path, message: 'too large to be exact', params: { code: 'amount-too-large' } })
    } else if (minor === 'too-many-digits') {
      context.addIssue({ code: 'custom', path, message: `expected at most ${digits} decimal digits in ${data.currency}` })
    }
  })
}

export const memberEnrolledSchema = z
  .looseObject({
    channel: text.optional(),
    acquisition: text.optional(),
    birthday: z
      .string()
      .regex(yearDayPattern, {
        error: 'expected a day of the year as "MM-DD"',
      })
      .optional(),
    attributes: z.record(z.string(), z.string()).optional(),
  })
  .meta({ id: 'MemberEnrolledData', description: 'A member joined. May come late, or never.' })

export const purchaseSchema = z
  .looseObject({
    orderId: text,
    channel: text.optional(),
    storeId: text.optional(),
    currency: currencySchema,
    lines: z.array(purchaseLineSchema).min(1).max(10_000),
  })
  .superRefine(checkAmounts)
  .meta({ id: 'PurchaseData', description: 'An order was paid.' })

export const returnSchema = z
  .looseObject({
    returnId: text,
    orderId: text.optional(),
    currency: currencySchema,
    lines: z.array(returnLineSchema).min(1).max(10_000),
  })
  .superRefine(checkAmounts)
  .meta({ id: 'ReturnData', description: 'Goods came back and money was given back.' })

export const engagementSchema = z
  .looseObject({
    activity: text.meta({ description: '"review", "referral", "visit", "app-open", "survey", or any other word.' }),
    reference: text.optional(),
    value: z.union([z.string(), z.number()]).optional(),
  })
  .meta({ id: 'EngagementData', description: 'The member did something other than buying.' })

/** Types of events that Perennial takes, by the name that stands in the envelope. */
export const incomingData = {
  'retail.member.enrolled.v1': memberEnrolledSchema,
  'retail.purchase.v1': purchaseSchema,
  'retail.return.v1': returnSchema,
  'retail.engagement.v1': engagementSchema,
} as const

export type IncomingType = keyof typeof incomingData

/** Under these names Perennial's own decisions are stored: nobody else may take their ids. */
export const ownSources = '/perennial/'

/** The envelope without its data; `type` decides which schema `data` has. */
export const envelopeSchema = z.looseObject({
  specversion: z.literal('1.0', { error: 'expected "1.0"' }),
  id: text.meta({ description: 'With source, identifies the event: the same pair is stored once.' }),
  source: text
    .refine((source) => !source.startsWith(ownSources), { error: `sources that begin with ${ownSources} are those of Perennial itself` })
    .meta({ description: 'The system that sends, as a URI reference such as "/shop/till-7".' }),
  type: text,
  subject: memberIdSchema,
  time: z.iso
    .datetime({ offset: true, error: 'expected an RFC 3339 time with offset, such as "2025-11-21T10:15:00+08:00"' })
    .meta({ description: 'When it happened.' }),
  datacontenttype: z
    .string()
    .regex(/^application\/(?:[\w.+-]+\+)?json\b/, { error: 'expected application/json' })
    .optional(),
})

function cloudEventOf<T extends IncomingType>(type: T, id: string) {
  return envelopeSchema.extend({ type: z.literal(type), data: incomingData[type] }).meta({ id, title: type })
}

export const memberEnrolledEventSchema = cloudEventOf('retail.member.enrolled.v1', 'MemberEnrolledEvent')
export const purchaseEventSchema = cloudEventOf('retail.purchase.v1', 'PurchaseEvent')
export const returnEventSchema = cloudEventOf('retail.return.v1', 'ReturnEvent')
export const engagementEventSchema = cloudEventOf('retail.engagement.v1', 'EngagementEvent')

export const incomingEvents = {
  'retail.member.enrolled.v1': memberEnrolledEventSchema,
  'retail.purchase.v1': purchaseEventSchema,
  'retail.return.v1': returnEventSchema,
  'retail.engagement.v1': engagementEventSchema,
} as const

export const cloudEventSchema = z
  .discriminatedUnion('type', [memberEnrolledEventSchema, purchaseEventSchema, returnEventSchema, engagementEventSchema])
  .meta({ id: 'CloudEvent', description: 'Any event that Perennial takes.' })

export type CloudEvent = z.infer<typeof cloudEventSchema>
