import { cohortPeriods } from '@perennial/contracts'
import { flowMonthsMax } from '@perennial/reports'
import { cohortExample, flowExample, funnelExample } from './report-examples.ts'
import { jsonContent, parameterRef, problems, queryParameter } from './responses.ts'

const drawn = { 'image/svg+xml': { schema: { type: 'string' } } }

function report(
  operationId: string,
  summary: string,
  description: string,
  { parameters, schemaId, example }: { parameters: unknown[]; schemaId: string; example: unknown },
) {
  return {
    get: {
      operationId,
      tags: ['Reports'],
      summary,
      description: `${description} With "Accept: image/svg+xml" the answer is a picture.`,
      parameters,
      responses: {
        200: { description: 'The report.', content: { ...jsonContent(schemaId, example), ...drawn } },
        ...problems('invalid-request', 'not-yet', 'overloaded'),
      },
    },
  }
}

const instantSchema = { type: 'string', format: 'date-time' }

export const reportPaths = {
  '/v1/reports/cohorts': report(
    'getCohorts',
    'Who came back, by when they came first',
    'Members by the period of their first shopping day, and the share of them with a shopping day in each period after.',
    {
      parameters: [
        queryParameter('by', { type: 'string', enum: cohortPeriods, default: 'month' }, 'How long the periods are.', 'quarter'),
        parameterRef('asOf'),
      ],
      schemaId: 'CohortReport',
      example: cohortExample,
    },
  ),
  '/v1/reports/flows': report(
    'getFlows',
    'How many members went from which lifecycle stage to which',
    'Between the beginning and the end of a month, of several months, or between two instants.',
    {
      parameters: [
        queryParameter('month', { type: 'string' }, 'The last month; without it, the last one that is over.', '2025-10'),
        queryParameter('months', { type: 'integer', minimum: 1, maximum: flowMonthsMax, default: 1 }, 'So many months up to that one.', 2),
        queryParameter(
          'from',
          instantSchema,
          'Instead of months: the first instant; without it, a month before the second.',
          '2025-11-01T00:00:00Z',
        ),
        queryParameter('to', instantSchema, 'The second instant; without it, now.', '2025-11-22T00:00:00Z'),
      ],
      schemaId: 'FlowReport',
      example: flowExample,
    },
  ),
  '/v1/reports/funnel': report(
    'getFunnel',
    'How far members came',
    'Who is known, who bought, who came back, who is loyal: by the number of shopping days.',
    { parameters: [parameterRef('asOf')], schemaId: 'FunnelReport', example: funnelExample },
  ),
}
