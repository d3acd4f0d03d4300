import { announcementExamples, eventExamples, exampleMember, rowExamples } from '@perennial/api/openapi/examples'
import { toComponents } from '@perennial/api/openapi/json-schema'
import {
  announcementEvents,
  announcementSchema,
  cloudEventSchema,
  deadLetterHeaders,
  incomingEvents,
  isCompacted,
  partitionCount,
  type ReadModelName,
  rowEvents,
  rowEventType,
  rowsTopic,
  structuredModeHeaders,
  topics,
} from '@perennial/contracts'
import type { z } from 'zod'

/** What goes over the message bus, in and out, as AsyncAPI 3.0. */
export function asyncApiDocument(): Record<string, unknown> {
  const incoming = messagesOf(incomingEvents, eventExamples, {
    key: 'Member id, the same as "subject": events of one member keep their order.',
  })
  const announced = messagesOf(announcementEvents, announcementExamples, {
    key: 'Member id, the same as "subject".',
    headers: structuredModeHeaders,
  })
  const rows = new Map(readModelNames.map((name) => [name, rowMessages(name)]))
  const allRows = Object.assign({}, ...rows.values()) as Messages
  const refused = { DeadLetter: deadLetter }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Perennial',
      version: '1.0.0',
      description:
        'Retail systems publish what happened; Perennial publishes what changed. Messages are CloudEvents in JSON (structured mode), except dead letters.',
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
      ...Object.fromEntries(
        [...rows].map(([name, messages]) => [
          rowsTopic(name),
          channel(
            rowsTopic(name),
            `The row of every member in the read model ${name}, on a bus of servers: the last message of a member is its row, ` +
              'one without a value, with the position in a header, says that there is none any longer. Delivered at least once; those of a member in order, but for an older one that may come again after a failure: the highest position counts.',
            messages,
          ),
        ]),
      ),
      [topics.deadLetters]: channel(
        topics.deadLetters,
        'On a bus of servers, what was refused, as it came, with the reason in its headers. Delivered at least once.',
        refused,
      ),
    },
    operations: {
      takeRetailEvents: operation('receive', topics.events, 'Takes events from retail systems.', incoming),
      announceChanges: operation('send', topics.announcements, 'Announces changes to marketing tools.', announced),
      ...Object.fromEntries(
        [...rows].map(([name, messages]) => [
          `publish${camelCase(name)}Rows`,
          operation('send', rowsTopic(name), `Publishes the rows of the read model ${name}.`, messages),
        ]),
      ),
      publishDeadLetters: operation('send', topics.deadLetters, 'Publishes what was refused.', refused),
    },
    components: {
      messages: { ...incoming, ...announced, ...allRows, ...refused },
      schemas: toComponents(
        [cloudEventSchema, announcementSchema, ...Object.values(rowEvents), structuredModeHeaders, deadLetterHeaders],
        'draft-07',
      ),
    },
  }
}

const readModelNames = Object.keys(rowEvents) as ReadModelName[]

function camelCase(name: string): string {
  return name.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase())
}

type Messages = Record<string, { name: string; [other: string]: unknown }>

function messagesOf(
  schemas: Readonly<Record<string, z.ZodType>>,
  examples: Readonly<Record<string, unknown>>,
  { key, headers }: { key: string; headers?: z.ZodType },
): Messages {
  return Object.fromEntries(
    Object.entries(schemas).map(([type, schema]) => {
      const id = idOf(schema)
      return [
        id,
        {
          name: type,
          title: type,
          contentType: 'application/cloudevents+json',
          ...(headers && { headers: reference(headers) }),
          payload: reference(schema),
          bindings: { kafka: { key: { type: 'string', description: key }, bindingVersion: '0.5.0' } },
          examples: [{ name: type, payload: examples[type] }],
        },
      ]
    }),
  )
}

function rowMessages(name: ReadModelName): Messages {
  const type = rowEventType(name)
  const data = rowExamples[name]
  const example = {
    specversion: '1.0',
    id: `${exampleMember}-4711`,
    source: `/perennial/${name}`,
    type,
    subject: exampleMember,
    time: data?.asOf,
    datacontenttype: 'application/json',
    position: '18220',
    data,
  }
  return messagesOf(
    { [type]: rowEvents[name] },
    { [type]: example },
    { key: 'Member id, the same as "subject".', headers: structuredModeHeaders },
  )
}

const deadLetter = {
  name: 'dead letter',
  title: 'What was refused',
  contentType: 'application/octet-stream',
  headers: reference(deadLetterHeaders),
  payload: { description: 'The bytes of the message that was refused, none of them changed; often, but not always, JSON.' },
  bindings: { kafka: { key: { type: 'string', description: 'That of the message, if it had one.' }, bindingVersion: '0.5.0' } },
}

function reference(schema: z.ZodType): { $ref: string } {
  return { $ref: `#/components/schemas/${idOf(schema)}` }
}

function idOf(schema: z.ZodType): string {
  return String(schema.meta()?.id)
}

function channel(topic: string, description: string, messages: Messages) {
  return {
    address: topic,
    description,
    messages: Object.fromEntries(Object.keys(messages).map((id) => [id, { $ref: `#/components/messages/${id}` }])),
    bindings: {
      kafka: {
        topic,
        partitions: partitionCount,
        ...(isCompacted(topic) && { topicConfiguration: { 'cleanup.policy': ['compact'] } }),
        bindingVersion: '0.5.0',
      },
    },
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
