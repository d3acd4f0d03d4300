import { type CohortReport, exampleAsOf, type FlowReport, type FunnelReport } from '@perennial/contracts'

/** The reports on a small shop in which the member of the other examples is one of four. The tests compare them. */

export const cohortExample: CohortReport = {
  asOf: exampleAsOf,
  by: 'month',
  timeZone: 'Europe/London',
  running: '2025-11',
  members: 4,
  leftOut: 0,
  cohorts: [
    { cohort: '2025-09', members: 2, active: [2, 1, 2], retention: [1, 0.5, 1] },
    { cohort: '2025-10', members: 1, active: [1, 0], retention: [1, 0] },
    { cohort: '2025-11', members: 1, active: [1], retention: [1] },
  ],
}

export const flowExample: FlowReport = {
  timeZone: 'Europe/London',
  leftOut: 0,
  spans: [
    {
      month: '2025-10',
      from: '2025-09-30T23:00:00.000Z',
      to: '2025-11-01T00:00:00.000Z',
      flows: [
        { before: 'new', after: 'new', members: 1 },
        { before: 'new', after: 'growing', members: 1 },
        { before: null, after: 'new', members: 1 },
      ],
    },
  ],
}

export const funnelExample: FunnelReport = {
  asOf: exampleAsOf,
  leftOut: 0,
  steps: [
    { step: 'known', shoppingDays: 0, members: 4, conversion: null, medianDays: null },
    { step: 'bought', shoppingDays: 1, members: 4, conversion: 1, medianDays: 0 },
    { step: 'came-back', shoppingDays: 2, members: 2, conversion: 0.5, medianDays: 37.5 },
    { step: 'loyal', shoppingDays: 5, members: 0, conversion: 0, medianDays: null },
  ],
}
