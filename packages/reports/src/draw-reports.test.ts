import { describe, expect, test } from '@jest/globals'
import type { CohortReport, FlowReport } from '@perennial/contracts'
import { drawCohorts, drawFlows, drawFunnel } from './draw-reports.ts'

const cohorts: CohortReport = {
  asOf: '2011-12-10T00:00:00.000Z',
  by: 'month',
  timeZone: 'Europe/London',
  running: '2011-12',
  members: 1_005,
  leftOut: 0,
  cohorts: [
    { cohort: '2011-11', members: 1_000, active: [1_000, 125], retention: [1, 0.125] },
    { cohort: '2011-12', members: 5, active: [5], retention: [1] },
  ],
}

const wordsIn = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text)

describe('pictures of reports', () => {
  test('cohorts: each with its size, and who came back', async () => {
    const words = wordsIn(await drawCohorts(cohorts))
    expect(words).toEqual(
      expect.arrayContaining(['Members who come back, by month of the first shopping day', '2011-11  (1,000)', '2011-12  (5)', '13%']),
    )
    expect(words).toContain('The last figure of each line is of 2011-12, which is not over.')
  })

  test('of very many cohorts, the last ones', async () => {
    const [first] = cohorts.cohorts as [CohortReport['cohorts'][number]]
    const many = Array.from({ length: 60 }, (_, index) => ({ ...first, cohort: `20${10 + index}-W01` }))
    const words = wordsIn(await drawCohorts({ ...cohorts, by: 'week', cohorts: many }))
    expect(words.filter((word) => /^\d{4}-W01/.test(word ?? ''))).toHaveLength(53)
    expect(words.join()).toContain('The last 53 of 60 cohorts.')
  })

  test('flows: the instants by their local date, and members who come from nowhere', async () => {
    const flows: FlowReport = {
      timeZone: 'Europe/London',
      leftOut: 0,
      spans: [
        {
          month: '2011-10',
          from: '2011-09-30T23:00:00.000Z',
          to: '2011-10-31T12:30:00.000Z',
          flows: [
            { before: 'new', after: 'at-risk', members: 1_200 },
            { before: null, after: 'new', members: 30 },
          ],
        },
      ],
    }
    expect(wordsIn(await drawFlows(flows))).toEqual(
      expect.arrayContaining(['2011-10-01', '2011-10-31 12:30Z', 'new 1,200', 'at-risk 1,200', '(none) 30']),
    )
  })

  test('the funnel: steps with what they ask for', async () => {
    const funnel = await drawFunnel({
      asOf: '2011-12-10T00:00:00.000Z',
      leftOut: 0,
      steps: [
        { step: 'known', shoppingDays: 0, members: 10, conversion: null, medianDays: null },
        { step: 'bought', shoppingDays: 1, members: 8, conversion: 0.8, medianDays: 2.5 },
        { step: 'came-back', shoppingDays: 2, members: 0, conversion: 0, medianDays: null },
      ],
    })
    const words = wordsIn(funnel)
    expect(words).toEqual(expect.arrayContaining(['known', 'came back', '8, 80% of known, after 2.5 days']))
    expect(words.join()).toContain('bought: from 1 shopping day, came back: from 2 shopping days.')
  })
})
