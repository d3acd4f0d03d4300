import { type AdoptedEvent, decisionTypes, factTypes, PerennialError, upcast } from '@perennial/contracts'
import {
  compareEvents,
  effectiveHistory,
  emptyHistory,
  type Fold,
  interpret,
  type MemberEvent,
  type MemberHistory,
  type Occurrence,
  type ProgrammeVersions,
} from '@perennial/domain'
import type { EventRecord } from '@perennial/event-store'

/** The event as the folds read it, brought to today's version. Throws where this code is older than the event. */
export function toMemberEvent(record: EventRecord): MemberEvent {
  const data = memberData(record)
  // Nearly every event is of today's version: then the record itself is the event.
  return (data === record.data ? record : { ...record, data }) as MemberEvent
}

function memberData({ type, version, data }: Pick<EventRecord, 'type' | 'version' | 'data'>): unknown {
  if (!factTypes.has(type) && !decisionTypes.has(type)) {
    throw new PerennialError('stored-event-unknown', { message: `Type ${type} in a member's stream.` })
  }
  return upcast(type, version, data)
}

/** The event that a fold could not take, and why. An event that was adopted is named by the one that brought it. */
export class FoldFailure extends Error {
  override readonly name = 'FoldFailure'
  readonly record: EventRecord

  constructor(record: EventRecord, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.record = record
  }
}

export interface FoldedMember {
  history: MemberHistory
  /** The last event in the order of the folds. */
  last: MemberEvent
  /** One state per fold, standing at the last event. */
  states: unknown[]
}

/**
 * state(member, ·, knownAt): folds a member's events from nothing, in the order of section 2 of the model, with
 * several folds at once. `upTo` leaves out what happened later.
 *
 * @param records the whole stream, in any order; at least one event
 * @returns undefined when no event happened up to `upTo`, or the member is merged into another one
 * @throws FoldFailure naming the event
 */
export function foldMember(
  records: readonly EventRecord[],
  folds: readonly Fold<unknown>[],
  versions: ProgrammeVersions,
  upTo = Number.POSITIVE_INFINITY,
): FoldedMember | undefined {
  const events = inOrder(records, upTo)
  const last = events.at(-1)
  if (!last) return undefined
  const history = emptyHistory()
  const states = folds.map((fold) => fold.initial())
  const emit = (occurrence: Occurrence) => {
    for (let index = 0; index < folds.length; index++) states[index] = step(folds[index] as Fold<unknown>, states[index], occurrence)
  }
  for (const event of events) {
    try {
      interpret(history, event, versions.currencyAt(event.occurredAt), emit)
    } catch (error) {
      throw new FoldFailure(records.find(({ position }) => position === event.position) as EventRecord, error)
    }
  }
  return { history, last, states }
}

/** Before an event is folded, the state is advanced to when it happened. */
export function step<State>(fold: Fold<State>, state: State, occurrence: Occurrence): State {
  return fold.evolve(fold.advance(state, occurrence.at), occurrence)
}

/**
 * The events that count for a member, decoded, in the order of the folds; none for a member who is merged into another
 * one. Most streams are in order already, and know of no merge.
 */
export function inOrder(records: readonly EventRecord[], upTo = Number.POSITIVE_INFINITY): MemberEvent[] {
  const events: MemberEvent[] = []
  let sorted = true
  let merged = false
  for (const record of records) {
    if (record.occurredAt > upTo) continue
    let event: MemberEvent
    try {
      event = toMemberEvent(record)
    } catch (error) {
      throw new FoldFailure(record, error)
    }
    const before = events.at(-1)
    if (before && compareEvents(before, event) > 0) sorted = false
    if (event.type === 'MergedInto' || event.type === 'HistoryAdopted') merged = true
    events.push(event)
  }
  if (merged) return effectiveHistory(events, upTo, (event, position) => adoptedData(event, position, records))
  return sorted ? events : events.sort(compareEvents)
}

function adoptedData(event: AdoptedEvent, position: number, records: readonly EventRecord[]): unknown {
  try {
    return memberData(event)
  } catch (error) {
    throw new FoldFailure(records.find((record) => record.position === position) as EventRecord, error)
  }
}
