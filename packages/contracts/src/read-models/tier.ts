import { z } from 'zod'
import { exampleAsOf, exampleMember, instant, moment, money } from './fields.ts'
import type { ReadModelContract } from './read-model.ts'

const row = z
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

export const tier = {
  row,
  announcements: {
    'perennial.tier.changed.v1': z
      .object({
        before: z.string().nullable().meta({ description: 'null: the member was not known before.' }),
        after: z.string(),
        since: moment,
      })
      .meta({ id: 'TierChangedData' }),
    'perennial.tier.ending.v1': z
      .object({ tier: z.string(), at: moment.meta({ description: 'When it ends, if nothing more is bought.' }), to: z.string() })
      .meta({ id: 'TierEndingData' }),
  },
  example: {
    row: {
      memberId: exampleMember,
      tier: 'member',
      since: '2025-11-20T08:00:00.000Z',
      metric: 'spend',
      qualifying: '18.50',
      lifetimeSpend: '18.50',
      currency: 'GBP',
      nextTier: 'silver',
      toNextTier: '481.50',
      keptUntil: null,
      grantedUntil: null,
      ending: null,
      benefits: [],
      asOf: exampleAsOf,
    },
    announcements: {
      'perennial.tier.changed.v1': { before: 'member', after: 'silver', since: '2025-12-06T14:20:00.000Z' },
      'perennial.tier.ending.v1': { tier: 'silver', at: '2026-12-31T00:00:00.000Z', to: 'member' },
    },
  },
} as const satisfies ReadModelContract

export type TierRow = z.infer<typeof row>
