import { Readable } from 'node:stream'
import { type AnnouncementType, announcementEvents, PerennialError } from '@perennial/contracts'
import { beginning } from '@perennial/message-bus'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { readAnnouncements } from './announcement-page.ts'
import { announcementStream } from './announcement-stream.ts'
import { readCursor, toCursor } from './cursor.ts'
import type { ApiDependencies, ApiLimits } from './dependencies.ts'
import { pageParameters, readQuery } from './query.ts'

const types = Object.keys(announcementEvents) as [AnnouncementType, ...AnnouncementType[]]
const parameters = { ...pageParameters, type: z.enum(types, { error: `expected one of ${types.join(', ')}` }).optional() }

/** What Perennial has announced: page by page, or as it happens. */
export function announcementRoutes(app: FastifyInstance, { bus }: ApiDependencies, { streamsMax }: ApiLimits): void {
  const open = new Set<AbortController>()
  app.addHook('preClose', async () => {
    for (const stream of open) stream.abort()
  })

  app.get('/v1/announcements', async (request, reply) => {
    const { cursor, limit, type } = readQuery(request, parameters)
    reply.header('vary', 'accept')
    const streaming = request.method === 'GET' && request.headers.accept?.includes('text/event-stream')
    // A client that comes back says how far it got; that is later than the cursor it first asked with.
    const from = (streaming && (request.headers['last-event-id'] as string | undefined)) || cursor
    const after = from === undefined ? beginning : readCursor('offset', from)
    if (!streaming) {
      const { rows, last } = await readAnnouncements(bus, { after, limit, type })
      return { rows: rows.map(({ announcement }) => announcement), next: toCursor('offset', last) }
    }

    // A cursor of another bus is refused while there is still an answer to put that into.
    await readAnnouncements(bus, { after, limit: 1, type: undefined })
    if (open.size >= streamsMax) throw new PerennialError('overloaded', { message: `${streamsMax} streams are open.` })
    const gone = new AbortController()
    open.add(gone)
    reply.raw.once('close', () => {
      gone.abort()
      open.delete(gone)
    })
    return (
      reply
        .header('content-type', 'text/event-stream; charset=utf-8')
        .header('x-accel-buffering', 'no')
        // When the server stops, the end of the stream is the end of the connection: nothing keeps it open.
        .header('connection', 'close')
        .send(Readable.from(announcementStream({ bus, after, type, signal: gone.signal })))
    )
  })
}
