import { z } from 'zod'
import { PerennialError } from './errors.ts'
import { type Programme, programmeSchema } from './programme.ts'
import { type DecisionDataOf, decisionData } from './stored-decisions.ts'
import { type ModelDataOf, modelData } from './stored-models.ts'

/**
 * THE STORAGE FORMAT. What stands in the log is never rewritten: a change of a shape here is
 * a new version of that event, with an upcaster from the old one in `upcasters` below.
 *
 * Money is a whole number of the currency's minor unit; unknown extra fields of the sender are kept.
 */

const minor = z.int().min(0)

export const storedEnrolmentSchema = z.looseObject({
  channel: z.string().optional(),
  acquisition: z.string().optional(),
  birthday: z.string().optional(),
  attributes: z.record(z.string(), z.string()).optional(),
})

const storedPurchaseLineSchema = z.looseObject({
  lineId: z.string().optional(),
  sku: z.string(),
  category: z.string().optional(),
  quantity: z.number().positive(),
  amount: minor,
})

export const storedPurchaseSchema = z.looseObject({
  orderId: z.string(),
  channel: z.string().optional(),
  storeId: z.string().optional(),
  currency: z.string(),
  lines: z.array(storedPurchaseLineSchema).min(1),
})

export const storedReturnSchema = z.looseObject({
  returnId: z.string(),
  orderId: z.string().optional(),
  currency: z.string(),
  lines: z.array(storedPurchaseLineSchema.omit({ category: true })).min(1),
})

export const storedEngagementSchema = z.looseObject({
  activity: z.string(),
  reference: z.string().optional(),
  value: z.union([z.string(), z.number()]).optional(),
})

export const storedProgrammeSchema = z.looseObject({ programme: programmeSchema })

/** Facts about members: what happened in the shop. */
export const factData = {
  MemberEnrolled: storedEnrolmentSchema,
  PurchaseRecorded: storedPurchaseSchema,
  ReturnRecorded: storedReturnSchema,
  EngagementRecorded: storedEngagementSchema,
} as const

export const storedData = { ...factData, ...decisionData, ...modelData, ProgrammePublished: storedProgrammeSchema } as const

export type FactType = keyof typeof factData
export const factTypes: ReadonlySet<string> = new Set(Object.keys(factData))
export type StoredType = keyof typeof storedData

/** The version that is written today, per type. */
export const currentVersions: Readonly<Record<StoredType, number>> = {
  MemberEnrolled: 1,
  PurchaseRecorded: 1,
  ReturnRecorded: 1,
  EngagementRecorded: 1,
  PointsHeld: 1,
  HoldCaptured: 1,
  HoldReleased: 1,
  PointsRedeemed: 1,
  RedemptionCancelled: 1,
  AdjustmentProposed: 1,
  AdjustmentRejected: 1,
  PointsAdjusted: 1,
  TierGranted: 1,
  PointsTransferredOut: 1,
  PointsTransferredIn: 1,
  MergedInto: 1,
  MergeUndone: 1,
  HistoryAdopted: 1,
  AdoptionEnded: 1,
  ProgrammePublished: 3,
  ChurnModelFitted: 1,
  RhythmMeasured: 1,
  ValueModelFitted: 1,
}

export type EnrolmentData = z.infer<typeof storedEnrolmentSchema>
export type PurchaseData = z.infer<typeof storedPurchaseSchema>
export type PurchaseLine = PurchaseData['lines'][number]
export type ReturnData = z.infer<typeof storedReturnSchema>
export type ReturnLine = ReturnData['lines'][number]
export type EngagementData = z.infer<typeof storedEngagementSchema>
export type ProgrammePublishedData = z.infer<typeof storedProgrammeSchema>

export interface DataOf extends DecisionDataOf, ModelDataOf {
  MemberEnrolled: EnrolmentData
  PurchaseRecorded: PurchaseData
  ReturnRecorded: ReturnData
  EngagementRecorded: EngagementData
  ProgrammePublished: ProgrammePublishedData
}

/** Turns the data of one version into the next version's. Pure; must never fail on data that was once written. */
export type Upcaster = (data: unknown) => unknown

/** `upcasters[type][0]` reads version 1 as version 2, `[1]` version 2 as version 3, and so on. */
export type Upcasters = Readonly<Record<string, readonly Upcaster[]>>

export const upcasters: Upcasters = {
  // Version 2 has the full rules of points and tiers, version 3 those of lifecycle, churn risk and value: what an older
  // version could not say, its rules had as the defaults have it.
  ProgrammePublished: [withDefaults, withDefaults],
}

function withDefaults(data: unknown): unknown {
  return { ...(data as object), programme: programmeSchema.parse((data as { programme: Programme }).programme) }
}

/**
 * Brings stored data to the version that the code of today reads.
 * @throws PerennialError `stored-event-unknown` for a type or version that is newer than this code.
 */
export function upcast(
  type: string,
  version: number,
  data: unknown,
  registry: Upcasters = upcasters,
  versions: Readonly<Record<string, number>> = currentVersions,
): unknown {
  const current = versions[type]
  if (current === undefined) throw new PerennialError('stored-event-unknown', { message: `Type ${type}.` })
  if (version === current) return data
  const steps = registry[type] ?? []
  if (version > current || version < 1 || steps.length < current - 1) {
    throw new PerennialError('stored-event-unknown', { message: `Type ${type}, version ${version}; this code reads up to ${current}.` })
  }
  let upgraded = data
  for (const step of steps.slice(version - 1, current - 1)) upgraded = step(upgraded)
  return upgraded
}

/** One event of the log as it is shown to people and programs. */
export const storedEventSchema = z
  .object({
    position: z.int().meta({ description: 'Place in the whole log.' }),
    stream: z.string(),
    revision: z.int().meta({ description: 'Place in its stream; 0 is the first.' }),
    type: z.enum(Object.keys(storedData) as [StoredType, ...StoredType[]]),
    version: z.int().min(1),
    source: z.string(),
    id: z.string(),
    occurredAt: z.iso.datetime().meta({ description: 'When it happened in the shop.' }),
    recordedAt: z.iso.datetime().meta({ description: 'When the store took it.' }),
    data: z.unknown(),
    metadata: z.record(z.string(), z.unknown()).optional().meta({ description: 'Extra attributes of the envelope, kept as they came.' }),
  })
  .meta({ id: 'StoredEvent' })

export type StoredEvent = z.infer<typeof storedEventSchema>
