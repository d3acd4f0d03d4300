import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { CloudEvent } from '@perennial/contracts'
import type { Command } from '@perennial/domain'
import { readOnlineRetail } from '@perennial/importers'
import type { NewMessage } from '@perennial/message-bus'
import { benchEvents } from '@perennial/sample-shop'
import { temporaryDirectory } from '../end-to-end/support/command-line.ts'
import { onlineRetailFile } from '../end-to-end/support/real-data.ts'
import { diceOf } from '../support/dice.ts'

/** Where the engine's clock stands while events flow, and an hour later, when everything is compared. */
export const clocks = { behind: '2011-12-09T23:00:00Z', right: '2011-12-10T00:00:00Z', ahead: '2011-12-10T01:00:00Z' }

export interface Decision {
  memberId: string
  key: string
  command: Command
}

/** What flows, in this order. */
export interface World {
  /** Where the events come from, in a sentence. */
  said: string
  /** All that the log holds of who is decided about, when it is decided: what is decided depends on it. */
  first: CloudEvent[]
  decisions: Decision[]
  /** In pieces; decisions are made within the first two thirds of them. */
  pieces: CloudEvent[][]
  /** As many of what came before are sent again with every piece. */
  again: CloudEvent[][]
  /** What nobody can take, a piece each. */
  bad: NewMessage[]
}

const decidedMembers = 24
const share = { again: 0.25 }

/** Events of a real shop, where they are, or of a made-up one. */
export async function makeWorld(count: number, pieces: number): Promise<World> {
  const { events, said } = await someEvents(count)
  const decided = busiest(events, decidedMembers)
  const seen = new Map<string, number>()
  const first: CloudEvent[] = []
  const between: CloudEvent[] = []
  const last: CloudEvent[] = []
  const ofMember = Map.groupBy(events, ({ subject }) => subject)
  for (const event of events) {
    if (!decided.includes(event.subject)) {
      between.push(event)
      continue
    }
    const nth = (seen.get(event.subject) ?? 0) + 1
    seen.set(event.subject, nth)
    ;(nth * 2 <= (ofMember.get(event.subject)?.length ?? 0) + 1 ? first : last).push(event)
  }
  // Ahead of a clock that is an hour slow.
  last.push(...decided.slice(0, 6).map((memberId, index) => lateVisit(memberId, index)))
  const rest = spread(between, last, pieces)
  return { said, first, decisions: decisionsAbout(decided), pieces: rest, again: repeats([first, ...rest]), bad: badOnes(pieces) }
}

async function someEvents(count: number): Promise<{ events: CloudEvent[]; said: string }> {
  if (!existsSync(onlineRetailFile)) {
    const events = [...benchEvents({ seed: 1, members: Math.ceil(count / 10), events: count, from: '2009-12-01' })]
    return { events: events.map(({ json }) => JSON.parse(json) as CloudEvent), said: `${count} events of a made-up shop` }
  }
  // An invoice has 24 rows on average, with those of nobody's: more than enough, and a fraction of the file.
  const rows = gunzipSync(readFileSync(onlineRetailFile))
    .toString('latin1')
    .split('\n')
    .slice(0, 60 * count)
  const file = join(temporaryDirectory(), 'online-retail.csv')
  writeFileSync(file, `${rows.join('\n')}\n`, 'latin1')
  const { events } = await readOnlineRetail(file)
  if (events.length < count) throw new Error(`only ${events.length} events`)
  return { events: events.slice(0, count), said: `the first ${count} events of Online Retail` }
}

function busiest(events: readonly CloudEvent[], count: number): string[] {
  const counts = new Map<string, number>()
  for (const { subject } of events) counts.set(subject, (counts.get(subject) ?? 0) + 1)
  return [...counts]
    .sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1))
    .slice(0, count)
    .map(([memberId]) => memberId)
}

function lateVisit(memberId: string, index: number): CloudEvent {
  const time = new Date(Date.parse(clocks.behind) + (index + 1) * 7 * 60_000).toISOString()
  return {
    specversion: '1.0',
    id: `late-${index}`,
    source: '/test/faults',
    type: 'retail.engagement.v1',
    subject: memberId,
    time,
    data: { activity: 'visit' },
  }
}

/** Points given by hand, given away, and two accounts that become one: of every four members. */
function decisionsAbout(members: readonly string[]): Decision[] {
  const decisions: Decision[] = []
  for (let at = 0; at + 4 <= members.length; at += 4) {
    const [one, two, away, stays] = members.slice(at, at + 4) as [string, string, string, string]
    decisions.push(
      { memberId: one, key: `gift-${at}`, command: { command: 'adjust', points: 500 + at, reason: 'goodwill', by: 'desk' } },
      { memberId: one, key: `transfer-${at}`, command: { command: 'transfer', to: two, points: 150 + at } },
      { memberId: away, key: `merge-${at}`, command: { command: 'merge', into: stays, by: 'desk', reason: 'same-person' } },
      { memberId: stays, key: `taken-${at}`, command: { command: 'adjust', points: -3, reason: 'correction', by: 'desk' } },
    )
  }
  return decisions
}

/** What belongs to the members decided about comes in the last third, behind all decisions. */
function spread(between: readonly CloudEvent[], last: readonly CloudEvent[], count: number): CloudEvent[][] {
  const pieces = Array.from({ length: count }, (): CloudEvent[] => [])
  const from = Math.ceil((count * 2) / 3)
  for (const [index, event] of between.entries()) pieces[Math.floor((index * count) / between.length)]?.push(event)
  for (const [index, event] of last.entries()) pieces[from + Math.floor((index * (count - from)) / last.length)]?.push(event)
  return pieces
}

/** A quarter of everything a second time, some pieces later. */
function repeats(pieces: readonly (readonly CloudEvent[])[]): CloudEvent[][] {
  const dice = diceOf(7)
  const sent: CloudEvent[] = []
  return pieces.slice(1).map((piece, index) => {
    sent.push(...(pieces[index] as CloudEvent[]))
    return Array.from({ length: Math.ceil(piece.length * share.again) }, () => dice.pick(sent))
  })
}

function badOnes(count: number): NewMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `bad-${index}`,
    value:
      index % 2
        ? `{"specversion":"1.0","id":"bad-${index}"`
        : JSON.stringify({ specversion: '1.0', id: `bad-${index}`, type: 'retail.nothing.v1' }),
  }))
}

export function toMessages(events: readonly CloudEvent[]): NewMessage[] {
  return events.map((event) => ({ key: event.subject, value: JSON.stringify(event) }))
}
