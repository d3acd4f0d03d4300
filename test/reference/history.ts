import { type CloudEvent, decisionTypes, type FactType } from '@perennial/contracts'
import type { MemberEvent, MemberEventOf } from '@perennial/domain'
import { minorUnits } from './money.ts'

/**
 * The events of a member's stream that count at an instant, in their order: by time; at the same instant facts by
 * source and id, then decisions by revision.
 */
export function eventsThatCount(stream: readonly MemberEvent[], asOf: number): MemberEvent[] {
  const known = stream.filter(({ occurredAt }) => occurredAt <= asOf)
  const undone = known.flatMap((event) => (event.type === 'MergeUndone' ? [event.data.merge] : []))
  if (known.some(({ type, id }) => type === 'MergedInto' && !undone.includes(id))) return []
  return withAdopted(known, asOf).sort(compare)
}

/** In place of what was adopted in a merge stand those events, and nothing where the adoption has ended. */
function withAdopted(events: readonly MemberEvent[], asOf: number): MemberEvent[] {
  const ended = events.flatMap((event) => (event.type === 'AdoptionEnded' ? [event.data.merge] : []))
  const adoptions = events.filter((event) => event.type === 'HistoryAdopted').filter(({ data }) => !ended.includes(data.merge))
  const merges = new Set(adoptions.map(({ data }) => data.merge))
  return [
    ...events.filter(({ type }) => type !== 'HistoryAdopted'),
    // What of the other stream came with one merge, at once or bit by bit, is one stream.
    ...[...merges].flatMap((merge) =>
      withAdopted(
        adoptions.filter(({ data }) => data.merge === merge).flatMap((adoption) => eventsOf(adoption, asOf)),
        asOf,
      ),
    ),
  ]
}

function eventsOf({ data, position }: MemberEventOf<'HistoryAdopted'>, asOf: number): MemberEvent[] {
  const adopted = data.events.map((own) => ({ ...own, position }) as unknown as MemberEvent)
  // That the other member went is why its events are here.
  return adopted.filter(({ type, occurredAt }) => occurredAt <= asOf && type !== 'MergedInto' && type !== 'MergeUndone')
}

function compare(a: MemberEvent, b: MemberEvent): number {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt - b.occurredAt
  const [aDecided, bDecided] = [decisionTypes.has(a.type), decisionTypes.has(b.type)]
  if (aDecided !== bDecided) return aDecided ? 1 : -1
  if (aDecided && a.revision !== b.revision) return a.revision - b.revision
  return byCodeUnit(a.source, b.source) || byCodeUnit(a.id, b.id)
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const factTypeOf: Record<CloudEvent['type'], FactType> = {
  'retail.member.enrolled.v1': 'MemberEnrolled',
  'retail.purchase.v1': 'PurchaseRecorded',
  'retail.return.v1': 'ReturnRecorded',
  'retail.engagement.v1': 'EngagementRecorded',
}

/** The stream of a member after these events were sent, each counted once: all that was ever known are facts. */
export function streamOf(memberId: string, sent: readonly CloudEvent[]): MemberEvent[] {
  const own = sent.filter(({ subject }) => subject === memberId)
  const once = own.filter((event, index) => own.findIndex(({ source, id }) => source === event.source && id === event.id) === index)
  return once.map((event, revision) => {
    const { type, source, id, time } = event
    const occurredAt = Date.parse(time)
    const data = stored(event.data)
    return { type: factTypeOf[type], source, id, occurredAt, recordedAt: occurredAt, revision, position: revision, data } as MemberEvent
  })
}

/** Amounts as the log has them: in minor units. */
function stored(data: CloudEvent['data']): unknown {
  if (!('currency' in data) || !('lines' in data)) return data
  const { currency, lines } = data as { currency: string; lines: { amount: string }[] }
  return { ...data, lines: lines.map((line) => ({ ...line, amount: Number(minorUnits(line.amount, currency)) })) }
}
