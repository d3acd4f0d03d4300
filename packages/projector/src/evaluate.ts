import type { ProgrammeVersions } from '@perennial/domain'
import type { MemberRecords } from '@perennial/event-store'
import { type ExplainedMovement, explain } from './explain.ts'
import { foldMember } from './fold-member.ts'
import type { Projector } from './projector.ts'
import { namingTheEvent, type Row } from './reader.ts'
import { timeline } from './timeline.ts'

/** What rules come to for one member. */
export interface EvaluatedMember {
  memberId: string
  /** By name of the projector. */
  rows: Record<string, Row>
  movements: ExplainedMovement[]
  /** What was odd about an event: kept and shown, never credited. */
  notes: { at: string; source: string; id: string; note: string }[]
}

/**
 * Judges a member's history by some rules alone, without a store.
 * @returns undefined when nothing happened up to `asOf`
 */
export function evaluateMember(
  projectors: readonly Projector[],
  versions: ProgrammeVersions,
  { memberId, events }: MemberRecords,
  asOf: number,
): EvaluatedMember | undefined {
  return namingTheEvent(() => {
    const folds = projectors.map((projector) => projector.fold(versions))
    const folded = foldMember(events, folds, versions, asOf)
    if (!folded) return undefined
    const rows = projectors.map((projector, index) => {
      const state = folds[index]?.advance(folded.states[index], asOf)
      return [projector.name, projector.row(memberId, state, asOf, versions) as Row]
    })
    const notes = timeline([], versions, events, asOf).flatMap(({ at, event, notes }) =>
      event ? notes.map((note) => ({ at, source: event.source, id: event.id, note })) : [],
    )
    return { memberId, rows: Object.fromEntries(rows), movements: explain(versions, events, asOf), notes }
  })
}
