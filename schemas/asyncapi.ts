import { announcementExamples, eventExamples } from '@perennial/api/openapi/examples'
import { toComponents } from '@perennial/api/openapi/json-schema'
import { announcementEvents, announcementSchema, cloudEventSchema, incomingEvents, partitionCount, topics } from '@perennial/contracts'
import type { z } from 'zod'

/** What goes over the message bus, in and out, as AsyncAPI 3.0. */
export function asyncApiDocument(): Record<string, unknown> {
  const incoming = messagesOf(incomingEvents, eventExamples, 'Member id, the same as "subject": events of one member keep their order.')
  const announced = messagesOf(announcementEvents, announcementExamples, 'Member id, the same as "subject".')
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Perennial',
      version: '1.0.0',
      description:
        'Retail systems publish what happened; Perennial publishes what changed. Every message is a CloudEvent in JSON (structured mode).',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/cloudevents+json',
    channels: {
      [topics.events]: channel(
        topics.events,
        'What happened in the shops. Delivered again it changes nothing; what cannot be taken becomes a dead letter.',
        incoming,
      ),
      [topics.announcements]: channel(
        topics.announcements,
        'What changed in the read models. Delivered at least once; an announcement keeps its id however often it comes.',
        announced,
      ),
    },
    operations: {
      takeRetailEvents: operation('receive', topics.events, 'Takes events from retail systems.', incoming),
      announceChanges: operation('send', topics.announcements, 'Announces changes to marketing tools.', announced),
    },
    components: {
      messages: { ...incoming, ...announced },
      schemas: toComponents([cloudEventSchema, announcementSchema], 'draft-07'),
    },
  }
}

type Messages = Record<string, { name: string; [other: string]: unknown }>

function messagesOf(schemas: Readonly<Record<string, z.ZodType>>, examples: Readonly<Record<string, unknown>>, key: string): Messages {
  return Object.fromEntries(
    Object.entries(schemas).map(([type, schema]) => {
      const id = String(schema.meta()?.id)
      return [
        id,
        {
          name: type,
          title: type,
          contentType: 'application/cloudevents+json',
          payload: { $ref: `#/components/schemas/${id}` },
          bindings: { kafka: { key: { type: 'string', description: key }, bindingVersion: '0.5.0' } },
          examples: [{ name: type, payload: examples[type] }],
        },
      ]
    }),
  )
}

function channel(topic: string, description: string, messages: Messages) {
  return {
    address: topic,
    description,
    messages: Object.fromEntries(Object.keys(messages).map((id) => [id, { $ref: `#/components/messages/${id}` }])),
    bindings: { kafka: { topic, partitions: partitionCount, bindingVersion: '0.5.0' } },
  }
}

function operation(action: 'send' | 'receive', topic: string, summary: string, messages: Messages) {
  return {
    action,
    summary,
    channel: { $ref: `#/channels/${topic}` },
    messages: Object.keys(messages).map((id) => ({ $ref: `#/channels/${topic}/messages/${id}` })),
  }
}
