import { z } from 'zod'
import { memberIdSchema } from './cloud-event.ts'
import { readModels } from './read-models/index.ts'
import { type DecisionType, decisionData } from './stored-decisions.ts'

/**
 * What may be decided about members over HTTP and on the command line, and what is answered. What such a decision
 * leaves in the log is in stored-decisions.ts.
 */

const instant = z.iso.datetime({ precision: 3 })
const money = z.string().regex(/^\d+(\.\d+)?$/)

/** A decision is never taken back out of the log: one that no ledger could add up must not get there. */
const pointsMax = 1e12
const wholePoints = z
  .int({ error: 'expected a whole number of points' })
  .min(-pointsMax, { error: `expected at least -${pointsMax}` })
  .max(pointsMax, { error: `expected at most ${pointsMax}` })
const points = wholePoints.positive({ error: 'expected more than 0' })

const orderId = z
  .string()
  .min(1)
  .max(512)
  .optional()
  .meta({ description: 'The order that is paid: a return of it then gives the points back.' })

const orderAmount = z
  .string({ error: 'expected a decimal string such as "12.50"' })
  .regex(/^\d+(\.\d+)?$/, { error: 'expected a decimal string such as "12.50", not negative' })
  .optional()
  .meta({ description: "What the order costs, in the member's currency. Needed where the programme lets points pay a share of it only." })

const reason = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: 'expected a code word of lower-case letters, digits and hyphens, such as goodwill' })
  .meta({ description: 'A code word. Free text does not belong into a log that is never rewritten.' })

const by = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, { error: 'expected 1 to 128 visible characters without blanks' })
  .meta({ description: 'Who decided: the id of a person or a system, not a name.' })

/** Names a decision: the same for every attempt at the same thing. */
export const decisionKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, { error: 'expected 1 to 128 visible ASCII characters without blanks' })
  .meta({ id: 'DecisionKey', description: 'Chosen by the caller, another for every decision, the same when it is sent again.' })

const lapsesIn = z
  .string()
  .regex(/^P(?=[\dT])(?:\d{1,4}D)?(?:T(?=\d)(?:\d{1,5}H)?(?:\d{1,6}M)?)?$/, {
    error: 'expected days of 24 hours, hours or minutes, such as "PT15M" or "P1D"',
  })
  .refine((text) => durationMs(text) > 0, { error: 'expected at least a minute' })
  .optional()
  .meta({ description: 'How long the hold lasts; not longer than the programme lets it, which is also what it lasts without this.' })

/** Milliseconds of `P1D`, `PT15M` and the like; a day is 24 hours. */
export function durationMs(text: string): number {
  const [, days = 0, hours = 0, minutes = 0] = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(text) ?? [Number.NaN, Number.NaN]
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000
}

const spending = { points, orderId, orderAmount }

export const decisionRequests = {
  hold: z
    .strictObject({ ...spending, lapsesIn })
    .meta({ id: 'HoldRequest', description: 'Sets points aside for an order that is being paid.' }),
  capture: z
    .strictObject({ points: points.optional().meta({ description: 'At most those of the hold, which is also what it is without this.' }) })
    .meta({
      id: 'CaptureRequest',
      description: 'The order is paid: held points are redeemed, and what is left of the hold is given back.',
    }),
  release: z.strictObject({}).meta({ id: 'ReleaseRequest', description: 'The order came to nothing: held points are given back.' }),
  redeem: z.strictObject(spending).meta({ id: 'RedeemRequest', description: 'Spends points in one step.' }),
  cancel: z
    .strictObject({
      points: points.optional().meta({ description: 'At most what is left of the redemption, which is also what it is without this.' }),
      reason: reason.optional(),
    })
    .meta({ id: 'CancelRequest', description: 'Gives points of a redemption back to the lots that they came from.' }),
  adjust: z
    .strictObject({
      points: wholePoints.refine((value) => value !== 0, { error: 'expected more or less than 0' }),
      reason,
      by,
    })
    .meta({ id: 'AdjustRequest', description: 'Gives points by hand, or takes them where they are below 0.' }),
  approve: z.strictObject({ by }).meta({ id: 'ApproveRequest', description: 'By another person than the one who proposed.' }),
  reject: z.strictObject({ by }).meta({ id: 'RejectRequest' }),
  grantTier: z
    .strictObject({
      tier: z.string().min(1).max(64),
      until: z
        .union([z.iso.date(), z.iso.datetime({ offset: true })], {
          error: 'expected a day such as 2026-12-31, or an instant such as 2026-12-31T12:00:00Z',
        })
        .meta({ description: "An instant, or the last day, included, in the programme's time zone." }),
      reason,
      by,
    })
    .meta({ id: 'TierGrantRequest', description: 'The tier is at least this until then.' }),
  transfer: z.strictObject({ to: memberIdSchema, points }).meta({ id: 'TransferRequest', description: 'Gives points to another member.' }),
  pool: z
    .strictObject({
      into: memberIdSchema,
      from: z.array(memberIdSchema).min(1).max(100),
    })
    .refine(({ from }) => new Set(from).size === from.length, { error: 'expected each member once', path: ['from'] })
    .refine(({ into, from }) => !from.includes(into), { error: 'expected other members than the one who receives', path: ['from'] })
    .meta({ id: 'PoolRequest', description: 'Everything that these members can spend goes to one of them.' }),
  merge: z
    .strictObject({ from: memberIdSchema, into: memberIdSchema, by, reason: reason.optional() })
    .meta({ id: 'MergeRequest', description: 'Two accounts are one person: the history of `from` counts for `into`.' }),
  undoMerge: z
    .strictObject({ from: memberIdSchema.meta({ description: 'The member who was merged away.' }), by, reason: reason.optional() })
    .meta({ id: 'UndoMergeRequest' }),
} as const

export type DecisionRequests = { [Name in keyof typeof decisionRequests]: z.output<(typeof decisionRequests)[Name]> }

const worth = z
  .object({ amount: money, currency: z.string().nullable().meta({ description: 'null: the member has none yet.' }) })
  .meta({ id: 'Worth', description: 'What the points pay.' })

export const decisionSchema = z
  .object({
    id: z
      .string()
      .meta({ description: 'The key of the request; it names the hold, redemption, adjustment, transfer or merge from now on.' }),
    memberId: memberIdSchema,
    type: z.enum(Object.keys(decisionData) as [DecisionType, ...DecisionType[]]),
    at: instant,
    data: z.record(z.string(), z.unknown()).meta({ description: 'As it stands in the log; see schemas/json/stored.*.json.' }),
    worth: worth.optional(),
  })
  .meta({ id: 'Decision' })

export const decidedSchema = z
  .object({
    decision: decisionSchema,
    points: readModels.points.nullable().meta({
      description: "The member's points right after the decision. Of a merge and its undoing: those of the member merged into.",
    }),
    repeated: z.boolean().meta({ description: 'The decision had been made before under this key; nothing was done again.' }),
  })
  .meta({ id: 'Decided' })

export const pooledSchema = z
  .object({
    into: memberIdSchema,
    parts: z.array(
      z.object({
        from: memberIdSchema,
        decision: decisionSchema.nullable().meta({ description: 'The transfer; null where there was nothing to give.' }),
        why: z.string().optional().meta({ description: 'Why nothing was given.' }),
      }),
    ),
    points: readModels.points.nullable().meta({ description: 'Of the member who received.' }),
    repeated: z.boolean(),
  })
  .meta({ id: 'Pooled', description: 'Each part was given whole or not at all.' })

const openRows = { memberId: memberIdSchema, asOf: instant }

export const openHoldsSchema = z
  .object({
    ...openRows,
    rows: z.array(
      z.object({ hold: z.string(), points, at: instant, lapsesAt: instant, orderId: z.string().optional(), worth: worth.optional() }),
    ),
  })
  .meta({ id: 'OpenHolds', description: 'Holds that are neither captured, released nor lapsed; oldest first.' })

export const openRedemptionsSchema = z
  .object({
    ...openRows,
    rows: z.array(
      z.object({
        redemption: z.string(),
        points: points.meta({ description: 'Not given back.' }),
        at: instant,
        orderId: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'OpenRedemptions', description: 'Redemptions that can be cancelled; oldest first.' })

export const waitingAdjustmentsSchema = z
  .object({
    ...openRows,
    rows: z.array(z.object({ adjustment: z.string(), points: z.int(), reason: z.string(), by: z.string(), at: instant })),
  })
  .meta({ id: 'WaitingAdjustments', description: 'Adjustments that wait for a second person; oldest first.' })

export type MadeDecision = z.output<typeof decisionSchema>
export type Decided = z.output<typeof decidedSchema>
export type Pooled = z.output<typeof pooledSchema>
export type OpenHolds = z.output<typeof openHoldsSchema>
export type OpenRedemptions = z.output<typeof openRedemptionsSchema>
export type WaitingAdjustments = z.output<typeof waitingAdjustmentsSchema>
