import { incomingEvents, problemOf } from '@perennial/contracts'
import { eventExamples } from './examples.ts'
import { jsonContent, problems, schemaRef } from './responses.ts'

const faults = [{ field: 'data.lines[0].amount', message: 'expected a decimal string such as "12.50", not negative, got 18.5' }]
const refused = {
  index: 0,
  id: 'o-77120',
  code: 'invalid-data',
  message: problemOf('invalid-data').title,
  faults,
  deadLetter: '9f3c1a7e5b2d4c60',
}

const unreadable = problems('invalid-request', 'too-large', 'unsupported-media-type', 'overloaded')

export const eventPaths = {
  '/v1/events': {
    post: {
      operationId: 'publishEvents',
      tags: ['Events'],
      summary: 'Publish one event, or a batch',
      description:
        'Answers once the events are safe on the bus. Sending an event again is harmless: the same source and id are stored once. ' +
        'Events that are refused are kept as dead letters with their original bytes; the others of a batch are taken all the same. ' +
        `Types: ${Object.keys(incomingEvents).join(', ')}.`,
      requestBody: {
        required: true,
        content: {
          'application/cloudevents+json': {
            schema: schemaRef('CloudEvent'),
            examples: Object.fromEntries(Object.entries(eventExamples).map(([type, value]) => [type, { value }])),
          },
          'application/cloudevents-batch+json': {
            schema: { type: 'array', items: schemaRef('CloudEvent'), maxItems: 1000 },
            examples: { all: { value: Object.values(eventExamples) } },
          },
        },
      },
      responses: {
        ...unreadable,
        202: { description: 'All events are safe.', content: jsonContent('Accepted', { accepted: 1 }) },
        400: {
          description: 'The only event, or some of a batch, were refused.',
          content: {
            'application/problem+json': {
              schema: { anyOf: [schemaRef('EventsRefused'), schemaRef('Problem')] },
              examples: {
                one: { value: { ...problemOf('invalid-data', { faults }), accepted: 0, refused: [refused] } },
                batch: {
                  value: { ...problemOf('events-refused', { detail: '1 refused, 2 accepted.' }), accepted: 2, refused: [refused] },
                },
              },
            },
          },
        },
      },
    },
  },
}
