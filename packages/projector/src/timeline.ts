import { emptyHistory, formatInstant, interpret, type Occurrence, type ProgrammeVersions } from '@perennial/domain'
import type { EventRecord } from '@perennial/event-store'
import { inOrder } from './fold-member.ts'
import type { Projector } from './projector.ts'

/** One moment of a member's story: an event, or time that has come, and what it changed. */
export interface TimelineEntry {
  at: string
  /** Absent where only time has passed. */
  event?: { type: string; source: string; id: string; recordedAt: string; data: unknown }
  /** Whose event it was before a merge, and what was odd about it: kept and shown, never credited. */
  notes: string[]
  changes: { projector: string; field: string; before: unknown; after: unknown }[]
}

/**
 * What made a member what it is: every event in the order of the folds, and every instant at which time alone changed
 * something, up to `asOf`.
 */
export function timeline(
  projectors: readonly Projector[],
  versions: ProgrammeVersions,
  records: readonly EventRecord[],
  asOf: number,
): TimelineEntry[] {
  const tellers = projectors.map((projector) => {
    const fold = projector.fold(versions)
    return { projector, fold, state: fold.initial(), told: {} as Record<string, unknown> }
  })
  const entries: TimelineEntry[] = []
  let known = false

  function tellChanges(at: number): TimelineEntry['changes'] {
    return tellers.flatMap((teller) => {
      const row = teller.projector.row('', teller.state, at, versions) as unknown as Record<string, unknown>
      return teller.projector.tells.flatMap((field) => {
        const before = teller.told[field]
        const after = row[field]
        teller.told[field] = after
        // A member starts with nothing: "from nothing to 0 points" is no news.
        return before === after || (before === undefined && after === 0)
          ? []
          : [{ projector: teller.projector.name, field, before: before ?? null, after }]
      })
    })
  }

  function letTimePass(to: number): void {
    if (!known) return
    for (;;) {
      const due = Math.min(...tellers.map(({ fold, state }) => fold.nextDue(state) ?? Number.POSITIVE_INFINITY))
      if (due > to) return
      for (const teller of tellers) teller.state = teller.fold.advance(teller.state, due)
      const changes = tellChanges(due)
      if (changes.length > 0) entries.push({ at: formatInstant(due), notes: [], changes })
    }
  }

  const adoptedFrom = new Map(records.flatMap((record) => (record.type === 'HistoryAdopted' ? [[record.position, fromWhom(record)]] : [])))
  const history = emptyHistory()
  for (const event of inOrder(records, asOf)) {
    letTimePass(event.occurredAt)
    const from = adoptedFrom.get(event.position)
    const notes = from === undefined ? [] : [`of ${from}, who was merged into this member`]
    interpret(history, event, versions.currencyAt(event.occurredAt), (occurrence) => {
      for (const teller of tellers) teller.state = teller.fold.evolve(teller.fold.advance(teller.state, occurrence.at), occurrence)
      notes.push(...notesOn(occurrence))
    })
    known = true
    const { type, source, id, occurredAt, recordedAt, data } = event
    entries.push({
      at: formatInstant(occurredAt),
      event: { type, source, id, recordedAt: formatInstant(recordedAt), data },
      notes,
      changes: tellChanges(occurredAt),
    })
  }
  letTimePass(asOf)
  return entries
}

function fromWhom({ data }: EventRecord): string {
  return (data as { from: string }).from
}

const anomalies = {
  'order-repeated': 'the same order again; not credited a second time',
  'order-conflict': 'another order under an order id that was used before; not credited',
  'return-repeated': 'the same return again; not counted a second time',
  'return-conflict': 'another return under a return id that was used before; not counted',
  'other-currency': "not in the member's currency; not counted",
} as const

function notesOn(occurrence: Occurrence): string[] {
  switch (occurrence.kind) {
    case 'anomaly':
      return [`${occurrence.detail}: ${anomalies[occurrence.reason]}`]
    case 'return':
      return occurrence.unmatched.map(({ sku, quantity }) => `${quantity} of ${sku}: no purchase found that this gives back`)
    case 'purchase':
      return occurrence.waited.map(() => 'an earlier return belongs to this order')
    default:
      return []
  }
}
