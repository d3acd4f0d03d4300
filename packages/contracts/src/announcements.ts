import { z } from 'zod'
import { announcementData } from './read-models/index.ts'

/**
 * What Perennial tells the world: one CloudEvent per change of a read model, with the data that the read model's own
 * file says. Delivered at least once under a stable id; a consumer that remembers ids sees each once.
 */

export type AnnouncementType = keyof typeof announcementData

function announcementOf<T extends AnnouncementType>(type: T) {
  return z
    .object({
      specversion: z.literal('1.0'),
      id: z.string(),
      source: z.string().meta({ description: 'The projector: /perennial/tier and so on.' }),
      type: z.literal(type),
      subject: z.string().meta({ description: 'The member.' }),
      time: z.iso.datetime({ precision: 3 }).meta({ description: 'When the engine saw the change.' }),
      datacontenttype: z.literal('application/json'),
      data: announcementData[type],
    })
    .meta({ id: String(announcementData[type].meta()?.id).replace(/Data$/, ''), title: type })
}

const types = Object.keys(announcementData) as AnnouncementType[]

export const announcementEvents = Object.fromEntries(types.map((type) => [type, announcementOf(type)])) as {
  readonly [T in AnnouncementType]: ReturnType<typeof announcementOf<T>>
}

type AnnouncementEvent = (typeof announcementEvents)[AnnouncementType]

export const announcementSchema = z
  .discriminatedUnion('type', Object.values(announcementEvents) as [AnnouncementEvent, ...AnnouncementEvent[]])
  .meta({ id: 'Announcement' })

export type Announcement = z.infer<typeof announcementSchema>
/** What a projector says of a change; the runtime adds the envelope. */
export type AnnouncementBody = { [T in AnnouncementType]: { type: T; data: z.infer<(typeof announcementData)[T]> } }[AnnouncementType]
