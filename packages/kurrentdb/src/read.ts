import { PerennialError } from '@perennial/contracts'
import { type EventHeading, type EventRecord, type MemberRecords, memberOfStream, memberStream } from '@perennial/event-store'
import { withRetries } from './faults.ts'
import type { EventPlace, LogIndex } from './log-index.ts'
import type { Place, Server } from './server.ts'
import { toRecord } from './wire.ts'

const pageMax = 1_000
/** Members at a time, and how many of their streams are read at once. */
const membersPerPage = 64
const readersMax = 16

/**
 * The events of headings that follow each other in the log, in its order. Read from $all, with everybody else's events
 * between them.
 */
export async function readEvents(server: Server, headings: readonly EventHeading[]): Promise<EventRecord[]> {
  const records: EventRecord[] = []
  let from: Place
  for (let next = headings[0]; next; next = headings[records.length]) {
    const start: Place = from ?? { commit: BigInt(next.position), prepare: BigInt(next.position) }
    // As many as are wanted, if nobody else's are between them.
    const count = from ? pageMax : Math.min(pageMax, headings.length)
    const { events, last } = await withRetries(() => server.readLog(start, count))
    const before = records.length
    for (const event of events) {
      if (event.position === headings[records.length]?.position) records.push(toRecord(event, event.position))
    }
    // A page begins with the event that the one before it ended with.
    if (records.length === before && (last === undefined || last.commit === start.commit)) throw gone(next)
    from = last
  }
  return records
}

/** Those events of a stream whose places are known, by revision. */
export async function readPlaces(server: Server, stream: string, places: readonly EventPlace[]): Promise<EventRecord[]> {
  const first = places.at(0)?.revision ?? 0
  const last = places.at(-1)?.revision ?? -1
  if (last < first) return []
  const positions = new Map(places.map(({ revision, position }) => [revision, position]))
  const events = await withRetries(() => server.readStream(stream, first, last - first + 1))
  const records: EventRecord[] = []
  for (const event of events) {
    const position = positions.get(event.revision)
    if (position !== undefined) records.push(toRecord(event, position))
  }
  if (records.length < places.length) throw gone({ stream, revision: places[records.length]?.revision ?? last })
  return records
}

/** Of streams that are few. */
export async function readCategory(server: Server, headings: readonly EventHeading[]): Promise<EventRecord[]> {
  const records: EventRecord[] = []
  for (const [stream, places] of Map.groupBy(headings, ({ stream }) => stream)) records.push(...(await readPlaces(server, stream, places)))
  return records.sort((a, b) => a.position - b.position)
}

/** Events of a stream whose places are known, from its first on. */
export type ReadWhole = (stream: string, places: readonly EventPlace[]) => Promise<EventRecord[]>

export async function* readHistories(
  readWhole: ReadWhole,
  index: LogIndex,
  { upTo, partitions, after: afterMember = '' }: { upTo: number; partitions?: readonly number[]; after?: string },
): AsyncGenerator<MemberRecords[]> {
  const begin = (after: string) => {
    const streams = index.memberStreams(after, membersPerPage, partitions)
    const last = streams.at(-1)
    if (last === undefined) return undefined
    const members = readMembers(readWhole, index, streams, upTo)
    // Its failure is heard of when its turn comes, or never where nobody reads on.
    members.catch(() => {})
    return { members, last }
  }
  for (let page = begin(memberStream(afterMember)); page; ) {
    const members = await page.members
    // While the caller works on one page, the next is on its way.
    page = begin(page.last)
    yield members
  }
}

async function readMembers(readWhole: ReadWhole, index: LogIndex, streams: readonly string[], upTo: number): Promise<MemberRecords[]> {
  const members: MemberRecords[] = streams.map((stream) => ({ memberId: memberOfStream(stream) as string, events: [] }))
  let next = 0
  const reader = async () => {
    for (let at = next++; at < streams.length; at = next++) {
      const stream = streams[at] as string
      ;(members[at] as MemberRecords).events = await readWhole(stream, index.ofStream(stream, upTo))
    }
  }
  await Promise.all(Array.from({ length: Math.min(readersMax, streams.length) }, reader))
  return members.filter(({ events }) => events.length > 0)
}

function gone({ stream, revision }: { stream: string; revision: number }): PerennialError {
  return new PerennialError('log-changed', { where: stream, message: `Revision ${revision} is not there any more.` })
}
