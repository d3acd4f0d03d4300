import { z } from 'zod'
import { lifecycleStages, riskBands } from './read-models.ts'

/**
 * What Perennial tells the world: one CloudEvent per change of a read model.
 * Delivered at least once under a stable id; a consumer that remembers ids sees each once.
 */

const instant = z.iso.datetime({ precision: 3 })

export const announcementData = {
  'perennial.tier.changed.v1': z
    .object({
      before: z.string().nullable().meta({ description: 'null: the member was not known before.' }),
      after: z.string(),
      since: instant,
    })
    .meta({ id: 'TierChangedData' }),
  'perennial.lifecycle.changed.v1': z
    .object({ before: z.enum(lifecycleStages).nullable(), after: z.enum(lifecycleStages), since: instant })
    .meta({ id: 'LifecycleChangedData' }),
  'perennial.churn-risk.changed.v1': z
    .object({ before: z.enum(riskBands).nullable(), after: z.enum(riskBands), since: instant })
    .meta({ id: 'ChurnRiskChangedData' }),
  'perennial.tier.ending.v1': z
    .object({ tier: z.string(), at: instant.meta({ description: 'When it ends, if nothing more is bought.' }), to: z.string() })
    .meta({ id: 'TierEndingData' }),
  'perennial.points.expiring.v1': z
    .object({
      points: z.int().positive(),
      at: instant.meta({ description: 'When they expire.' }),
      warning: z.string().meta({ description: "Which of the programme's warnings this is: P30D, for instance." }),
    })
    .meta({ id: 'PointsExpiringData' }),
} as const

export type AnnouncementType = keyof typeof announcementData

function announcementOf<T extends AnnouncementType>(type: T, id: string) {
  return z
    .object({
      specversion: z.literal('1.0'),
      id: z.string(),
      source: z.string().meta({ description: 'The projector: /perennial/tier and so on.' }),
      type: z.literal(type),
      subject: z.string().meta({ description: 'The member.' }),
      time: instant.meta({ description: 'When the engine saw the change.' }),
      datacontenttype: z.literal('application/json'),
      data: announcementData[type],
    })
    .meta({ id, title: type })
}

export const announcementEvents = {
  'perennial.tier.changed.v1': announcementOf('perennial.tier.changed.v1', 'TierChanged'),
  'perennial.lifecycle.changed.v1': announcementOf('perennial.lifecycle.changed.v1', 'LifecycleChanged'),
  'perennial.churn-risk.changed.v1': announcementOf('perennial.churn-risk.changed.v1', 'ChurnRiskChanged'),
  'perennial.tier.ending.v1': announcementOf('perennial.tier.ending.v1', 'TierEnding'),
  'perennial.points.expiring.v1': announcementOf('perennial.points.expiring.v1', 'PointsExpiring'),
} as const

export const announcementSchema = z
  .discriminatedUnion('type', [
    announcementEvents['perennial.tier.changed.v1'],
    announcementEvents['perennial.lifecycle.changed.v1'],
    announcementEvents['perennial.churn-risk.changed.v1'],
    announcementEvents['perennial.tier.ending.v1'],
    announcementEvents['perennial.points.expiring.v1'],
  ])
  .meta({ id: 'Announcement' })

export type Announcement = z.infer<typeof announcementSchema>
/** What a projector says of a change; the runtime adds the envelope. */
export type AnnouncementBody = { [T in AnnouncementType]: { type: T; data: z.infer<(typeof announcementData)[T]> } }[AnnouncementType]
