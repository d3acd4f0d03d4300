import { pascalName, readModels } from '@perennial/contracts'
import { rowFilters } from '../row-filters.ts'
import { exampleMember, rowExamples, timelineExample } from './examples.ts'
import { jsonContent, parameterRef, problems, queryParameter } from './responses.ts'

export interface DocumentedProjector {
  name: string
  filters: readonly string[]
}

const notFound = problems('invalid-request', 'member-unknown', 'read-model-version')

/** `TierStatus` and so on: the id under which the rows' schema is published. */
function rowId(name: string): string {
  return String((readModels as Record<string, { meta(): { id?: string } | undefined }>)[name]?.meta()?.id)
}

export function memberPaths(projectors: readonly DocumentedProjector[]) {
  const of = (operationId: string, summary: string, schemaId: string, example: unknown) => ({
    get: {
      operationId,
      tags: ['Members'],
      summary,
      parameters: [parameterRef('memberId'), parameterRef('asOf')],
      responses: { 200: { description: 'The member.', content: jsonContent(schemaId, example) }, ...notFound },
    },
  })
  return {
    '/v1/members/{id}': of('getMember', 'A member in every read model', 'Member', { memberId: exampleMember, ...rowExamples }),
    ...Object.fromEntries(
      projectors.map(({ name }) => [
        `/v1/members/{id}/${name}`,
        of(`getMember${pascalName(name)}`, `A member's ${words(name)}`, rowId(name), rowExamples[name]),
      ]),
    ),
    '/v1/members/{id}/timeline': of('getMemberTimeline', 'What made the member what it is', 'Timeline', timelineExample),
  }
}

export function projectionPaths(projectors: readonly DocumentedProjector[]) {
  return Object.fromEntries(
    projectors.map((projector) => {
      const { name } = projector
      const row = rowExamples[name]
      return [
        `/v1/${name}`,
        {
          get: {
            operationId: `list${pascalName(name)}`,
            tags: ['Segments'],
            summary: `All members by ${words(name)}`,
            parameters: [...filterParameters(projector), parameterRef('cursor'), parameterRef('limit')],
            responses: {
              200: {
                description: 'A page of members.',
                content: jsonContent(`${pascalName(name)}Page`, { rows: [row], next: 'bTptLTEwNDI' }),
              },
              ...problems('invalid-request', 'read-model-version'),
            },
          },
        },
      ]
    }),
  )
}

function filterParameters(projector: DocumentedProjector) {
  const { filters, bounds } = rowFilters(projector)
  return [
    ...filters.map(({ name, values }) =>
      queryParameter(name, { type: 'string', ...(values && { enum: values }) }, `Only members whose ${name} this is.`),
    ),
    ...bounds.map(({ name, field }) =>
      queryParameter(
        name,
        { type: 'number' },
        name.endsWith('Min') ? `Only members whose ${field} is at least this.` : `Only members whose ${field} is at most this.`,
      ),
    ),
  ]
}

function words(name: string): string {
  return name.replaceAll('-', ' ')
}
