import { z } from 'zod'
import { exampleAsOf, exampleMember, instant, moment, money } from './fields.ts'
import type { ReadModelContract } from './read-model.ts'

export const lifecycleStages = ['prospect', 'new', 'growing', 'loyal', 'at-risk', 'lapsed', 'lost', 'won-back'] as const
/** What brought a member into a stage. */
export const lifecycleReasons = ['joined', 'purchase', 'came-back', 'silence', 'return'] as const

const stage = z.enum(lifecycleStages)
const reason = z.enum(lifecycleReasons).meta({ description: 'What brought the member there.' })
const because = z.string().meta({ description: 'The reason in a sentence for people; its wording may change.' })
const action = z
  .string()
  .nullable()
  .meta({ description: "What the programme names for this stage, under lifecycle.actions: a campaign's name, for instance." })

const row = z
  .object({
    memberId: z.string(),
    stage,
    since: instant,
    reason,
    because,
    action,
    shoppingDays: z.int().min(0).meta({ description: 'Days with a purchase that was not brought back in full.' }),
    rhythmDays: z.number().positive().nullable().meta({ description: "The usual days between two of them, drawn towards the shop's." }),
    purchases: z.int().min(0).meta({ description: 'Orders ever.' }),
    firstPurchaseAt: instant.nullable().meta({ description: 'Of the shopping days.' }),
    lastPurchaseAt: instant.nullable().meta({ description: 'Of the shopping days.' }),
    netSpend: money,
    currency: z.string().nullable(),
    asOf: instant,
  })
  .meta({ id: 'LifecycleStage' })

export const lifecycle = {
  row,
  announcements: {
    'perennial.lifecycle.changed.v1': z
      .object({
        before: stage.nullable(),
        after: stage,
        since: moment,
        reason,
        because,
        action: action.meta({
          description:
            'What the programme names for this stage, under lifecycle.actions; null also where the stage was over before it could be told of.',
        }),
      })
      .meta({ id: 'LifecycleChangedData' }),
  },
  example: {
    row: {
      memberId: exampleMember,
      stage: 'new',
      since: '2025-11-21T02:15:00.000Z',
      reason: 'purchase',
      because: 'bought on 1 day',
      action: 'welcome',
      shoppingDays: 1,
      rhythmDays: 60,
      purchases: 1,
      firstPurchaseAt: '2025-11-21T02:15:00.000Z',
      lastPurchaseAt: '2025-11-21T02:15:00.000Z',
      netSpend: '18.50',
      currency: 'GBP',
      asOf: exampleAsOf,
    },
    announcements: {
      'perennial.lifecycle.changed.v1': {
        before: 'loyal',
        after: 'at-risk',
        since: '2025-12-06T14:20:00.000Z',
        reason: 'silence',
        because: 'silent for 45 days; usual would be every 30 days',
        action: 'we-miss-you',
      },
    },
  },
} as const satisfies ReadModelContract

export type LifecycleRow = z.infer<typeof row>
export type LifecycleStage = LifecycleRow['stage']
export type LifecycleReason = LifecycleRow['reason']
