import { z } from 'zod'
import { lifecycleStages } from './read-models/lifecycle.ts'

/** What the reports on the whole shop answer, on the command line and over HTTP. What they mean stands in docs/reports.md. */

const instant = z.iso.datetime({ precision: 3 })
const count = z.int().min(0)
const share = z.number().min(0).max(1)

export const cohortPeriods = ['month', 'quarter', 'week'] as const
export type CohortPeriod = (typeof cohortPeriods)[number]

const asOf = instant.meta({ description: 'What happened later does not count.' })
const timeZone = z.string().meta({ description: 'In which periods begin and end.' })
const leftOut = count.meta({ description: 'Members whose events cannot be folded, as in the read models that have them parked.' })
const periodName = z.string().regex(/^-?\d{4,6}-(?:\d{2}|Q[1-4]|W\d{2})$/)

export const cohortReportSchema = z
  .object({
    asOf,
    by: z.enum(cohortPeriods),
    timeZone,
    running: periodName.meta({ description: 'The period in which asOf lies: it is not over, so its figures may still grow.' }),
    members: count.meta({ description: 'With a shopping day.' }),
    leftOut,
    cohorts: z.array(
      z.object({
        cohort: periodName.meta({ description: 'The period of the first shopping day: 2011-03, 2011-Q1 or, by ISO 8601, 2011-W09.' }),
        members: z.int().min(1),
        active: z.array(count).meta({ description: 'Members with a shopping day in the k-th period after, k from 0 to the running one.' }),
        retention: z.array(share).meta({ description: 'The same as shares of the cohort.' }),
      }),
    ),
  })
  .meta({ id: 'CohortReport', description: 'Who came back, by when they came first. Cohorts without a member are left out.' })

const stage = z.enum(lifecycleStages).nullable()

export const flowReportSchema = z
  .object({
    timeZone,
    leftOut,
    spans: z
      .array(
        z.object({
          month: z
            .string()
            .regex(/^-?\d{4,6}-\d{2}$/)
            .nullable()
            .meta({ description: 'Where the span is a month, or as much of it as is over.' }),
          from: instant,
          to: instant,
          flows: z.array(
            z.object({
              before: stage.meta({ description: 'As of `from`; null for members who were not known then.' }),
              after: stage.meta({ description: 'As of `to`; null for members who were merged into others by then.' }),
              members: z.int().min(1),
            }),
          ),
        }),
      )
      .min(1)
      .meta({ description: 'One after the other, the oldest first.' }),
  })
  .meta({ id: 'FlowReport', description: 'Lifecycle stages at two instants, and how many members went from which to which.' })

export const funnelSteps = ['known', 'bought', 'came-back', 'loyal'] as const
export type FunnelStepName = (typeof funnelSteps)[number]

export const funnelReportSchema = z
  .object({
    asOf,
    leftOut,
    steps: z.array(
      z.object({
        step: z.enum(funnelSteps),
        shoppingDays: count.meta({ description: 'That a member has at least who came this far.' }),
        members: count,
        conversion: share.nullable().meta({ description: 'Of those of the step before; null for the first, and where there were none.' }),
        medianDays: z.number().min(0).nullable().meta({
          description: 'Days that those who came this far took from the step before; null for the first, and where there are none.',
        }),
      }),
    ),
  })
  .meta({ id: 'FunnelReport', description: 'How far members came, from being known to being loyal.' })

export type CohortReport = z.infer<typeof cohortReportSchema>
export type FlowReport = z.infer<typeof flowReportSchema>
export type FunnelReport = z.infer<typeof funnelReportSchema>
