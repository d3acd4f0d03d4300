import { emptyHistory, type Fold, interpret, type MemberEvent, type Occurrence, type ProgrammeVersions } from '@perennial/domain'
import type { EventRecord } from '@perennial/event-store'
import { FoldFailure, foldMember, inOrder, step } from './fold-member.ts'

/** A member's states at one of the instants, one per fold; they go on changing afterwards, so copy what is kept. */
export type LookAtStates = (instantIndex: number, states: readonly unknown[]) => void

/**
 * Follows a member through time: state(member, instant) at each of several instants, with several folds at once, in one
 * pass over the history. What happens at an instant belongs to it.
 *
 * @param records the whole stream, in any order
 * @param instants in milliseconds, in ascending order
 * @param look called for each instant, in their order, at which something of the member was known, and the member was
 *   not merged into another one
 * @throws FoldFailure naming the event
 */
export function statesAt(
  records: readonly EventRecord[],
  folds: readonly Fold<unknown>[],
  versions: ProgrammeVersions,
  instants: readonly number[],
  look: LookAtStates,
): void {
  if (records.some(({ type }) => type === 'MergedInto' || type === 'HistoryAdopted'))
    return foldForEach(records, folds, versions, instants, look)

  const events = inOrder(records, instants.at(-1))
  const history = emptyHistory()
  const states = folds.map((fold) => fold.initial())
  const emit = (occurrence: Occurrence) => {
    for (let index = 0; index < folds.length; index++) states[index] = step(folds[index] as Fold<unknown>, states[index], occurrence)
  }
  let folded = 0
  for (let index = 0; index < instants.length; index++) {
    const instant = instants[index] as number
    for (; folded < events.length && (events[folded] as MemberEvent).occurredAt <= instant; folded++) {
      const event = events[folded] as MemberEvent
      try {
        interpret(history, event, versions.currencyAt(event.occurredAt), emit)
      } catch (error) {
        throw new FoldFailure(records.find(({ position }) => position === event.position) as EventRecord, error)
      }
    }
    if (folded === 0) continue
    // How often somebody looks cannot change what comes after: the state may go on from here.
    for (let at = 0; at < folds.length; at++) states[at] = (folds[at] as Fold<unknown>).advance(states[at], instant)
    look(index, states)
  }
}

/** A merge changes which events count, also of earlier times: as of each instant, another history may be the member's. */
function foldForEach(
  records: readonly EventRecord[],
  folds: readonly Fold<unknown>[],
  versions: ProgrammeVersions,
  instants: readonly number[],
  look: LookAtStates,
): void {
  instants.forEach((instant, index) => {
    const folded = foldMember(records, folds, versions, instant)
    if (!folded) return
    look(
      index,
      folds.map((fold, at) => fold.advance(folded.states[at], instant)),
    )
  })
}
