import { z } from 'zod'
import { announcementSchema } from './announcements.ts'
import { memberIdSchema } from './cloud-event.ts'
import { describeError, type ErrorCode, errorCodes, type Fault } from './errors.ts'
import { type ReadModelName, readModels } from './read-models/index.ts'

/** What Perennial answers over HTTP. The read models' rows are in read-models/, what it takes is in cloud-event.ts. */

const instant = z.iso.datetime({ precision: 3 })
const count = z.int().min(0)

export const cursorSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,2048}$/, { error: 'expected a cursor as it was given in "next"' })
  .meta({ id: 'Cursor', description: 'Where a page begins. Opaque: hand it back as it was given. It stays good as long as the data does.' })

export const faultSchema = z
  .object({
    field: z.string().meta({ description: 'Path of the field, such as data.lines[0].amount; empty for the whole.' }),
    message: z.string().meta({ description: 'What was expected there, and what was found.' }),
    line: z.int().min(1).optional().meta({ description: 'Line in the file, where there is a file.' }),
  })
  .meta({ id: 'Fault' })

const problemTypePrefix = 'urn:perennial:problem:'

const problemFields = {
  type: z.string().meta({ description: `${problemTypePrefix} and the code.` }),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().optional(),
  code: z.enum(errorCodes).meta({ description: 'Never changes its meaning; programs go by it.' }),
  next: z.string().meta({ description: 'What to do about it.' }),
  faults: z.array(faultSchema),
}

/** RFC 9457. */
export const problemSchema = z.object(problemFields).meta({ id: 'Problem', description: 'RFC 9457 problem details.' })

export const refusedEventSchema = z
  .object({
    index: count.meta({ description: 'Place in the request; 0 is the first.' }),
    id: z.string().nullable().meta({ description: 'Id of the event, where it could be read.' }),
    code: z.enum(errorCodes),
    message: z.string(),
    faults: z.array(faultSchema),
    deadLetter: z.string().meta({ description: 'Under which it is kept, with its original bytes, until it is mended and sent again.' }),
  })
  .meta({ id: 'RefusedEvent' })

export const eventsRefusedSchema = z
  .object({
    ...problemFields,
    accepted: count.meta({ description: 'Events of the request that were taken; send only the refused ones again.' }),
    refused: z.array(refusedEventSchema),
  })
  .meta({ id: 'EventsRefused', description: 'Some events, or the only one, were not taken. The others were.' })

export const acceptedSchema = z
  .object({ accepted: count })
  .meta({ id: 'Accepted', description: 'The events are safe on the bus. They reach the read models within moments.' })

/** `ChurnRisk` of `churn-risk`: how a read model is called where names have no hyphens. */
export function pascalName(name: string): string {
  return name.replaceAll(/(?:^|-)(.)/g, (_match, letter: string) => letter.toUpperCase())
}

function pageOf(name: ReadModelName) {
  return z
    .object({
      rows: z.array(readModels[name]),
      next: cursorSchema.optional().meta({ description: 'Where the next page begins; absent on the last.' }),
    })
    .meta({
      id: `${pascalName(name)}Page`,
      description: 'Members by id in byte order. A page may hold fewer rows than asked for and still have a next one.',
    })
}

const names = Object.keys(readModels) as ReadModelName[]

/** A page of rows, by read model. */
export const pages = Object.fromEntries(names.map((name) => [name, pageOf(name)])) as Readonly<
  Record<ReadModelName, ReturnType<typeof pageOf>>
>

export const announcementPageSchema = z
  .object({
    rows: z.array(announcementSchema),
    next: cursorSchema.meta({ description: 'Where to go on. Without rows there is nothing new: ask again later with the same cursor.' }),
  })
  .meta({ id: 'AnnouncementPage', description: 'Announcements in the order in which they were published, at least for each member.' })

export const memberSchema = z
  .object({ memberId: memberIdSchema, ...Object.fromEntries(names.map((name) => [name, readModels[name].nullable()])) })
  .meta({ id: 'Member', description: "A member's row of every read model; null where that projector has not seen the member yet." })

export const timelineEntrySchema = z
  .object({
    at: instant,
    event: z
      .object({ type: z.string(), source: z.string(), id: z.string(), recordedAt: instant, data: z.unknown() })
      .optional()
      .meta({ description: 'Absent where only time has passed.' }),
    notes: z
      .array(z.string())
      .meta({ description: 'Whose event it was before a merge, and what was odd about it: kept and shown, never credited.' }),
    changes: z.array(z.object({ projector: z.string(), field: z.string(), before: z.unknown(), after: z.unknown() })),
  })
  .meta({ id: 'TimelineEntry' })

export const timelineSchema = z.object({ memberId: memberIdSchema, asOf: instant, entries: z.array(timelineEntrySchema) }).meta({
  id: 'Timeline',
  description: 'What made the member what it is: every event, and every instant at which time alone changed something.',
})

export const liveSchema = z.object({ status: z.literal('live') }).meta({ id: 'Live' })

export const serviceStatusSchema = z
  .object({
    lag: count.optional().meta({
      description:
        'What it still has to do: events; messages for ingest; announcements and rows for the relay. Absent for services that are never behind, and where it is unknown.',
    }),
    fault: z.string().optional().meta({ description: 'Why it is not ready.' }),
  })
  .meta({ id: 'ServiceStatus' })

const services = z.record(z.string(), serviceStatusSchema).meta({
  description: 'The services that run in the process, by name; where it runs the API, also the projectors of all read models.',
})

export const readySchema = z
  .object({
    status: z.literal('ready'),
    head: count.optional().meta({ description: 'Position of the last event in the log. Positions are no numbers of events.' }),
    services,
    projectors: z.record(
      z.string(),
      z.object({
        version: z.int().min(1),
        lag: count.meta({ description: 'Events that the projector has not folded.' }),
        parked: count.meta({ description: 'Members whose events wait for a fix.' }),
      }),
    ),
  })
  .meta({ id: 'Ready' })

export const notReadySchema = z
  .object({ ...problemFields, services })
  .meta({ id: 'NotReady', description: 'Which services are not ready, and why: in the faults, and beside those that are.' })

export type Problem = z.infer<typeof problemSchema>
export type RefusedEvent = z.infer<typeof refusedEventSchema>
export type EventsRefused = z.infer<typeof eventsRefusedSchema>
export type Ready = z.infer<typeof readySchema>
export type NotReady = z.infer<typeof notReadySchema>
export type ServiceStatus = z.infer<typeof serviceStatusSchema>

/** The catalogue's error as a problem. */
export function problemOf(code: ErrorCode, details: { detail?: string | undefined; faults?: readonly Fault[] } = {}): Problem {
  const { status, sentence, next } = describeError(code)
  const { detail, faults = [] } = details
  return { type: problemTypePrefix + code, title: sentence, status, ...(detail && { detail }), code, next, faults: [...faults] }
}
