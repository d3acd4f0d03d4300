import { announcementEvents, problemOf } from '@perennial/contracts'
import { announcementExamples } from './examples.ts'
import { jsonContent, parameterRef, problems, queryParameter, schemaRef } from './responses.ts'

const tierChanged = announcementExamples['perennial.tier.changed.v1'] as (typeof announcementExamples)[string]
const streamed = `retry: 2000\n: announcements\n\nid: bzox\nevent: ${tierChanged.type}\ndata: ${JSON.stringify(tierChanged)}\n\n`

export const announcementPaths = {
  '/v1/announcements': {
    get: {
      operationId: 'listAnnouncements',
      tags: ['Announcements'],
      summary: 'What has changed, page by page or as it happens',
      description:
        'With "Accept: text/event-stream" the answer is a stream of server-sent events that goes on until the client leaves. ' +
        'Without a cursor it begins with the oldest announcement that is kept. Announcements are delivered at least once, ' +
        'each under an id that never changes.',
      parameters: [
        queryParameter('type', { type: 'string', enum: Object.keys(announcementEvents) }, 'Only announcements of this type.'),
        parameterRef('cursor'),
        parameterRef('limit'),
        {
          name: 'Last-Event-ID',
          in: 'header',
          required: false,
          description: 'For a stream: go on after this event. Browsers send it by themselves; it counts before the cursor.',
          schema: { type: 'string' },
        },
      ],
      responses: {
        200: {
          description: 'Announcements, oldest first.',
          content: {
            ...jsonContent('AnnouncementPage', { rows: [tierChanged], next: 'bzox' }),
            'text/event-stream': { schema: { type: 'string' }, example: streamed },
          },
        },
        ...problems('invalid-request', 'overloaded'),
      },
    },
  },
}

const fault = '48210 behind, ready up to 10000'
const notReadyExample = {
  ...problemOf('not-ready', { faults: [{ field: 'tier', message: fault }] }),
  services: { tier: { lag: 48_210, fault }, api: {} },
}

export const operationPaths = {
  '/health/live': {
    get: {
      operationId: 'getLive',
      tags: ['Operation'],
      summary: 'Does the process answer?',
      responses: { 200: { description: 'It does.', content: jsonContent('Live', { status: 'live' }) } },
    },
  },
  '/health/ready': {
    get: {
      operationId: 'getReady',
      tags: ['Operation'],
      summary: 'Are all read models there, and the services of the process not too far behind?',
      responses: {
        200: {
          description: 'They are.',
          content: jsonContent('Ready', {
            status: 'ready',
            head: 1204,
            services: { tier: { lag: 0 }, api: {} },
            projectors: { tier: { version: 1, lag: 0, parked: 0 } },
          }),
        },
        503: {
          description: problemOf('not-ready').title,
          content: { 'application/problem+json': { schema: schemaRef('NotReady'), example: notReadyExample } },
        },
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'getMetrics',
      tags: ['Operation'],
      summary: 'Figures for Prometheus',
      responses: {
        200: {
          description: 'In the text format of Prometheus.',
          content: { 'text/plain': { schema: { type: 'string' }, example: 'perennial_projector_lag{projector="tier"} 0\n' } },
        },
      },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'getOpenApi',
      tags: ['Operation'],
      summary: 'This document',
      responses: { 200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: { type: 'object' } } } } },
    },
  },
  '/docs': {
    get: {
      operationId: 'getDocs',
      tags: ['Operation'],
      summary: 'A page to read this document and to try it',
      responses: { 200: { description: 'HTML.', content: { 'text/html': { schema: { type: 'string' } } } } },
    },
  },
}
