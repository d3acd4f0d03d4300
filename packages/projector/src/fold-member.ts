import { factTypes, PerennialError, upcast } from '@perennial/contracts'
import {
  compareEvents,
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
  const data = upcast(record.type, record.version, record.data)
  if (!factTypes.has(record.type)) {
    throw new PerennialError('stored-event-unknown', { message: `Type ${record.type} in a member's stream.` })
  }
  // Nearly every event is of today's version: then the record itself is the event.
  return (data === record.data ? record : { ...record, data }) as MemberEvent
}

/** The event that a fold could not take, and why. */
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
 * @returns undefined when no event happened up to `upTo`
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

/** Decodes and sorts a stream. Most streams are in order already. */
export function inOrder(records: readonly EventRecord[], upTo = Number.POSITIVE_INFINITY): MemberEvent[] {
  const events: MemberEvent[] = []
  let sorted = true
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
    events.push(event)
  }
  return sorted ? events : events.sort(compareEvents)
}
