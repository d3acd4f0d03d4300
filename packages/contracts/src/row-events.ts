import { z } from 'zod'
import { type ReadModelName, readModels } from './read-models/index.ts'

/**
 * On a bus of servers, the rows of the read models: one CloudEvent per row that a projector has written, on the topic of
 * its read model, keyed by member. The topic is compacted, so that its last event of a member is the member's row; a
 * member who has no row any longer has a message without a value there.
 */

export type RowEventType = `perennial.row.${ReadModelName}`

export function rowEventType(readModel: string): RowEventType {
  return `perennial.row.${readModel}` as RowEventType
}

function rowEventOf(name: ReadModelName) {
  const row = readModels[name]
  return z
    .object({
      specversion: z.literal('1.0'),
      id: z.string().meta({ description: 'The same whenever this change of the row is delivered.' }),
      source: z.literal(`/perennial/${name}`).meta({ description: 'The projector.' }),
      type: z.literal(rowEventType(name)),
      subject: z.string().meta({ description: 'The member.' }),
      time: z.iso.datetime({ precision: 3 }).meta({
        description:
          'The instant as of which the row was computed. A row is published when the projector has written it: values that ' +
          'change all the time, such as days of silence and scores, are those of this instant.',
      }),
      datacontenttype: z.literal('application/json'),
      position: z
        .string()
        .regex(/^\d+$/)
        .meta({
          description:
            'A position of the log. The row reflects the events of the member up to it, and may reflect later ones; ' +
            'those of a parked member wait.',
        }),
      data: row,
    })
    .meta({ id: `${row.meta()?.id}Event`, title: rowEventType(name), description: 'The row of a member, as the HTTP API shows it.' })
}

const names = Object.keys(readModels) as ReadModelName[]

/** By read model. */
export const rowEvents = Object.fromEntries(names.map((name) => [name, rowEventOf(name)])) as {
  readonly [Name in ReadModelName]: ReturnType<typeof rowEventOf>
}

export type RowEvent = z.infer<(typeof rowEvents)[ReadModelName]>
