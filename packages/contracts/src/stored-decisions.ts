import { z } from 'zod'

/**
 * THE STORAGE FORMAT of decisions in members' streams. The same promise holds as in stored-events.ts: what stands in
 * the log is never rewritten.
 *
 * A decision's event id is the key that its caller gave; a hold, a redemption, a proposed adjustment, a transfer and a
 * merge are named by the id of the event that made them. Instants are UTC text, money is minor units.
 */

const instant = z.iso.datetime()
const points = z.int().positive()
/** What the points pay, by the programme of that time; without a currency the member had none yet. */
const worth = { worth: z.int().min(0).optional(), currency: z.string().optional() }

/** Points on their way to another member, with the expiry that they keep; null: never. */
const movedLotSchema = z.looseObject({ points, expiresAt: instant.nullable() })

/** An event of another stream, as it stands there. */
const adoptedEventSchema = z.looseObject({
  type: z.string(),
  version: z.int().min(1),
  source: z.string(),
  id: z.string(),
  occurredAt: z.int(),
  recordedAt: z.int(),
  revision: z.int().min(0),
  data: z.unknown(),
})

/** What somebody decided about a member. */
export const decisionData = {
  PointsHeld: z.looseObject({ points, lapsesAt: instant, orderId: z.string().optional(), ...worth }),
  HoldCaptured: z.looseObject({ hold: z.string(), points, ...worth }),
  HoldReleased: z.looseObject({ hold: z.string() }),
  PointsRedeemed: z.looseObject({ points, orderId: z.string().optional(), ...worth }),
  RedemptionCancelled: z.looseObject({ redemption: z.string(), points, reason: z.string().optional() }),
  AdjustmentProposed: z.looseObject({ points: z.int(), reason: z.string(), by: z.string() }),
  AdjustmentRejected: z.looseObject({ adjustment: z.string(), by: z.string() }),
  PointsAdjusted: z.looseObject({
    points: z.int(),
    reason: z.string(),
    by: z.string(),
    approvedBy: z.string().optional(),
    /** The proposal that was approved. */
    adjustment: z.string().optional(),
  }),
  TierGranted: z.looseObject({ tier: z.string(), until: instant, reason: z.string(), by: z.string() }),
  PointsTransferredOut: z.looseObject({ to: z.string(), points, lots: z.array(movedLotSchema) }),
  PointsTransferredIn: z.looseObject({ transfer: z.string(), from: z.string(), points, lots: z.array(movedLotSchema) }),
  MergedInto: z.looseObject({ into: z.string(), by: z.string(), reason: z.string().optional() }),
  MergeUndone: z.looseObject({ merge: z.string(), by: z.string(), reason: z.string().optional() }),
  HistoryAdopted: z.looseObject({ merge: z.string(), from: z.string(), events: z.array(adoptedEventSchema) }),
  AdoptionEnded: z.looseObject({ merge: z.string(), from: z.string() }),
} as const

export type DecisionType = keyof typeof decisionData
export type DecisionDataOf = { [T in DecisionType]: z.infer<(typeof decisionData)[T]> }
export type AdoptedEvent = z.infer<typeof adoptedEventSchema>

export const decisionTypes: ReadonlySet<string> = new Set(Object.keys(decisionData))

/** Where decisions come from: with the caller's key as id, it names a decision in the whole log. */
export const decisionSource = '/perennial/decisions'
/** What follows from a decision in another member's stream. */
export const settlementSource = '/perennial/settlement'
