import {
  acceptedSchema,
  announcementPageSchema,
  cloudEventSchema,
  cohortReportSchema,
  cursorSchema,
  decidedSchema,
  decisionKeySchema,
  decisionRequests,
  eventsRefusedSchema,
  flowReportSchema,
  funnelReportSchema,
  liveSchema,
  memberIdSchema,
  memberSchema,
  notReadySchema,
  openHoldsSchema,
  openRedemptionsSchema,
  pages,
  pooledSchema,
  problemSchema,
  readySchema,
  timelineSchema,
  waitingAdjustmentsSchema,
} from '@perennial/contracts'
import { pageLimit } from '../query.ts'
import { decisionParameters, decisionPaths } from './decision-paths.ts'
import { eventPaths } from './event-paths.ts'
import { exampleMember } from './examples.ts'
import { type JsonSchema, toComponents } from './json-schema.ts'
import { announcementPaths, operationPaths } from './other-paths.ts'
import { type DocumentedProjector, memberPaths, projectionPaths } from './read-paths.ts'
import { reportPaths } from './report-paths.ts'
import { problems, queryParameter, schemaRef } from './responses.ts'

export interface OpenApiDocument {
  openapi: string
  info: Record<string, unknown>
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, JsonSchema>; parameters: Record<string, unknown> }
  [other: string]: unknown
}

export interface Operation {
  operationId: string
  parameters?: unknown[]
  requestBody?: unknown
  responses: Record<string, unknown>
  [other: string]: unknown
}

/** The document of the API: made from the same schemas and the same list of projectors as the API itself. */
export function openApiDocument(projectors: readonly DocumentedProjector[]): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {
    ...eventPaths,
    ...memberPaths(projectors),
    ...decisionPaths,
    ...projectionPaths(projectors),
    ...reportPaths,
    ...announcementPaths,
    ...operationPaths,
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Perennial',
      version: '1.0.0',
      summary: 'Loyalty read models, and the front door for what happens in the shops',
      description:
        'Events come in as CloudEvents; tier, points, lifecycle and churn risk come out. Every error is an RFC 9457 problem with a code ' +
        'that never changes and a sentence on what to do. The API knows no users: put it behind a gateway before you open it to others.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    // No scheme of its own: said openly, so that tools do not take it for an oversight.
    security: [],
    tags: [
      { name: 'Events', description: 'What happened in the shops.' },
      { name: 'Members', description: 'One member, now or at an instant.' },
      { name: 'Decisions', description: 'What is decided about members: spending, correcting, moving points; tiers by hand; merging.' },
      { name: 'Segments', description: 'Many members, by what they are.' },
      { name: 'Reports', description: 'The whole shop, as figures or as pictures.' },
      { name: 'Announcements', description: 'What has changed.' },
      { name: 'Operation', description: 'For those who run it.' },
    ],
    paths: mapOperations(paths, (operation) => ({ ...operation, responses: { ...operation.responses, ...problems('internal') } })),
    components: {
      schemas: toComponents([
        acceptedSchema,
        announcementPageSchema,
        cloudEventSchema,
        cohortReportSchema,
        eventsRefusedSchema,
        flowReportSchema,
        funnelReportSchema,
        liveSchema,
        notReadySchema,
        memberSchema,
        ...Object.values(pages),
        problemSchema,
        readySchema,
        timelineSchema,
        memberIdSchema,
        cursorSchema,
        decidedSchema,
        decisionKeySchema,
        ...Object.values(decisionRequests),
        openHoldsSchema,
        openRedemptionsSchema,
        pooledSchema,
        waitingAdjustmentsSchema,
      ]),
      parameters: {
        memberId: {
          name: 'id',
          in: 'path',
          required: true,
          description: 'Member id, percent-encoded.',
          schema: schemaRef('MemberId'),
          example: exampleMember,
        },
        ...decisionParameters,
        asOf: queryParameter(
          'asOf',
          { type: 'string', format: 'date-time' },
          'As it was at this instant, folded from all that is known today. Without it, as it is now.',
          '2025-11-26T00:00:00Z',
        ),
        cursor: queryParameter('cursor', schemaRef('Cursor'), 'Where the page begins, from "next" of the one before.'),
        limit: queryParameter(
          'limit',
          { type: 'integer', minimum: 1, maximum: pageLimit.max, default: pageLimit.default },
          'Rows on the page at the most.',
        ),
      },
    },
  }
}

function mapOperations(paths: OpenApiDocument['paths'], change: (operation: Operation) => Operation): OpenApiDocument['paths'] {
  const changed = (operations: Record<string, Operation>) =>
    Object.fromEntries(Object.entries(operations).map(([method, operation]) => [method, change(operation)]))
  return Object.fromEntries(Object.entries(paths).map(([path, operations]) => [path, changed(operations)]))
}
