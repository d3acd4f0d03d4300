import { type Announcement, type AnnouncementType, topics } from '@perennial/contracts'
import type { Message, MessageBus } from '@perennial/message-bus'

export interface AnnouncementPage {
  rows: { cursor: string; announcement: Announcement }[]
  /** Cursor of the last message that was looked at, whether it matched or not. */
  last: string
  /** Nothing stands after `last` yet. */
  end: boolean
}

/** Messages looked at for one page at the most, so that a type that never occurs cannot hold the server up. */
const scannedMax = 10_000

export async function readAnnouncements(
  bus: MessageBus,
  { after, limit, type }: { after: string; limit: number; type: AnnouncementType | undefined },
): Promise<AnnouncementPage> {
  const rows: AnnouncementPage['rows'] = []
  let last = after
  for (let scanned = 0; scanned < scannedMax; ) {
    const messages = await bus.read({ topic: topics.announcements, after: last, limit })
    for (const message of messages) {
      scanned++
      last = message.cursor
      const announcement = readAnnouncement(message)
      if (announcement && (type === undefined || announcement.type === type)) rows.push({ cursor: message.cursor, announcement })
      if (rows.length === limit) return { rows, last, end: false }
    }
    if (messages.length < limit) return { rows, last, end: true }
  }
  return { rows, last, end: false }
}

/** The topic is open to others too: what is not JSON there is not ours to show. */
function readAnnouncement({ value }: Message): Announcement | undefined {
  if (typeof value !== 'string') return undefined
  try {
    return JSON.parse(value) as Announcement
  } catch {
    return undefined
  }
}
