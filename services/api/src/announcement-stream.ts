import type { AnnouncementType } from '@perennial/contracts'
import type { MessageBus } from '@perennial/message-bus'
import { idle } from '@perennial/runtime'
import { readAnnouncements } from './announcement-page.ts'
import { toCursor } from './cursor.ts'

export interface StreamOptions {
  bus: MessageBus
  after: string
  type: AnnouncementType | undefined
  /** Aborts when the client has gone or the server stops. */
  signal: AbortSignal
  pollMs?: number
  heartbeatMs?: number
}

/** Announcements in one chunk: what a slow client can make us hold. */
const chunkMax = 100

/**
 * Announcements as server-sent events, for as long as the signal lasts. The next page is read only when the last one
 * has been taken, so a client that is slow or asleep costs one page of memory, not a queue.
 */
export async function* announcementStream({
  bus,
  after,
  type,
  signal,
  pollMs = 250,
  heartbeatMs = 15_000,
}: StreamOptions): AsyncGenerator<string> {
  // Sent at once, so that the client knows that it is connected, and how soon to come back.
  yield 'retry: 2000\n: announcements\n\n'
  let position = after
  let quietSince = performance.now()
  while (!signal.aborted) {
    const { rows, last, end } = await readAnnouncements(bus, { after: position, limit: chunkMax, type })
    position = last
    if (rows.length > 0) {
      yield rows
        .map(
          ({ cursor, announcement }) =>
            `id: ${toCursor('offset', cursor)}\nevent: ${announcement.type}\ndata: ${JSON.stringify(announcement)}\n\n`,
        )
        .join('')
      quietSince = performance.now()
    } else if (performance.now() - quietSince >= heartbeatMs) {
      // An id without data moves the client's Last-Event-ID on, past announcements of other types.
      yield `: still here\nid: ${toCursor('offset', position)}\n\n`
      quietSince = performance.now()
    }
    if (end) await idle(pollMs, signal)
  }
}
