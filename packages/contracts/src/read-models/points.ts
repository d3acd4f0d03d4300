import { z } from 'zod'
import { exampleAsOf, exampleMember, instant, moment, points as wholePoints } from './fields.ts'
import type { ReadModelContract } from './read-model.ts'

const row = z
  .object({
    memberId: z.string(),
    balance: wholePoints.meta({ description: 'Available less debt: what the member has, below zero where something is owed.' }),
    available: wholePoints,
    pending: wholePoints,
    held: wholePoints.meta({ description: 'Set aside for orders that are being paid.' }),
    debt: wholePoints,
    earned: wholePoints.meta({ description: 'Ever, before returns.' }),
    redeemed: wholePoints,
    expired: wholePoints,
    clawedBack: wholePoints,
    adjusted: wholePoints.meta({ description: 'Given by hand, less taken by hand.' }),
    transferred: wholePoints.meta({ description: 'Received from other members, less given to them.' }),
    nextExpiry: z.object({ points: wholePoints, at: instant }).nullable(),
    expiring: z
      .object({ in30Days: wholePoints, in60Days: wholePoints, in90Days: wholePoints })
      .meta({ description: 'Points, available or pending, that expire within so many days from asOf.' }),
    asOf: instant,
  })
  .meta({ id: 'PointsBalance' })

export const points = {
  row,
  announcements: {
    'perennial.points.expiring.v1': z
      .object({
        points: z.int().positive(),
        at: moment.meta({ description: 'When they expire.' }),
        warning: z.string().meta({ description: "Which of the programme's warnings this is: P30D, for instance." }),
      })
      .meta({ id: 'PointsExpiringData' }),
  },
  example: {
    row: {
      memberId: exampleMember,
      balance: 0,
      available: 0,
      pending: 37,
      held: 0,
      debt: 0,
      earned: 38,
      redeemed: 0,
      expired: 0,
      clawedBack: 1,
      adjusted: 0,
      transferred: 0,
      nextExpiry: { points: 37, at: '2026-12-01T00:00:00.000Z' },
      expiring: { in30Days: 0, in60Days: 0, in90Days: 0 },
      asOf: exampleAsOf,
    },
    announcements: {
      'perennial.points.expiring.v1': { points: 37, at: '2026-12-01T00:00:00.000Z', warning: 'P30D' },
    },
  },
} as const satisfies ReadModelContract

export type PointsRow = z.infer<typeof row>
