import { z } from 'zod'

/** The rows of the four read models, as marketing tools see them over HTTP and in exports. */

const instant = z.iso.datetime({ precision: 3 }).meta({ description: 'UTC, to the millisecond.' })
const money = z.string().regex(/^-?\d+(\.\d+)?$/)
const points = z.int()

export const tierRowSchema = z
  .object({
    memberId: z.string(),
    tier: z.string(),
    since: instant,
    metric: z.enum(['spend', 'points', 'purchases']).meta({ description: 'What qualifies.' }),
    qualifying: money.meta({
      description: 'Net total in the window that decides the tier: money, or a whole number of points or purchases.',
    }),
    lifetimeSpend: money.meta({ description: 'Net spend ever.' }),
    currency: z.string().nullable().meta({ description: 'null until the first purchase.' }),
    nextTier: z.string().nullable(),
    toNextTier: money.nullable(),
    keptUntil: instant
      .nullable()
      .meta({ description: 'Until when the tier lasts even if it is earned no longer; null: as long as it is earned.' }),
    grantedUntil: instant.nullable().meta({ description: 'Until when a tier that was granted by hand counts.' }),
    ending: z
      .object({ at: instant, to: z.string() })
      .nullable()
      .meta({ description: 'The tier ends then, if nothing more is bought; told from warnBefore before.' }),
    benefits: z.array(z.string()),
    asOf: instant,
  })
  .meta({ id: 'TierStatus' })

export const pointsRowSchema = z
  .object({
    memberId: z.string(),
    balance: points.meta({ description: 'Available less debt: what the member has, below zero where something is owed.' }),
    available: points,
    pending: points,
    held: points.meta({ description: 'Set aside for orders that are being paid.' }),
    debt: points,
    earned: points.meta({ description: 'Ever, before returns.' }),
    redeemed: points,
    expired: points,
    clawedBack: points,
    adjusted: points.meta({ description: 'Given by hand, less taken by hand.' }),
    transferred: points.meta({ description: 'Received from other members, less given to them.' }),
    nextExpiry: z.object({ points, at: instant }).nullable(),
    expiring: z
      .object({ in30Days: points, in60Days: points, in90Days: points })
      .meta({ description: 'Points, available or pending, that expire within so many days from asOf.' }),
    asOf: instant,
  })
  .meta({ id: 'PointsBalance' })

export const lifecycleStages = ['prospect', 'new', 'growing', 'loyal', 'at-risk', 'lapsed', 'lost', 'won-back'] as const

export const lifecycleRowSchema = z
  .object({
    memberId: z.string(),
    stage: z.enum(lifecycleStages),
    since: instant,
    purchases: z.int().min(0),
    firstPurchaseAt: instant.nullable(),
    lastPurchaseAt: instant.nullable(),
    netSpend: money,
    currency: z.string().nullable(),
    asOf: instant,
  })
  .meta({ id: 'LifecycleStage' })

export const riskBands = ['unknown', 'low', 'medium', 'high'] as const

export const churnRiskRowSchema = z
  .object({
    memberId: z.string(),
    score: z.number().min(0).max(1).nullable().meta({ description: '0 is safe, 1 is gone; null before the first purchase.' }),
    band: z.enum(riskBands),
    recencyDays: z.number().min(0).nullable().meta({ description: 'Days since the last purchase.' }),
    rhythmDays: z.number().positive().nullable().meta({ description: "The member's own usual days between purchases." }),
    asOf: instant,
  })
  .meta({ id: 'ChurnRisk' })

export const readModels = {
  tier: tierRowSchema,
  points: pointsRowSchema,
  lifecycle: lifecycleRowSchema,
  'churn-risk': churnRiskRowSchema,
} as const

export type TierRow = z.infer<typeof tierRowSchema>
export type PointsRow = z.infer<typeof pointsRowSchema>
export type LifecycleRow = z.infer<typeof lifecycleRowSchema>
export type LifecycleStage = LifecycleRow['stage']
export type ChurnRiskRow = z.infer<typeof churnRiskRowSchema>
export type RiskBand = ChurnRiskRow['band']
