import { isDeepStrictEqual } from 'node:util'
import type { ProgrammeVersions } from '@perennial/domain'
import type { EventRecord, EventStore } from '@perennial/event-store'
import { FoldFailure, foldMember } from './fold-member.ts'
import type { Projector } from './projector.ts'

export interface ProgrammeComparison {
  members: number
  /** Members of whom at least one row changes. */
  changed: number
  /** By name of the projector. */
  changedByProjector: Record<string, number>
}

/** Folds every member under two sets of rules and counts whose rows differ as of an instant. Nothing is written. */
export async function compareProgrammes(options: {
  eventStore: EventStore
  projectors: readonly Projector[]
  before: ProgrammeVersions
  after: ProgrammeVersions
  asOf: number
  onProgress?(members: number): void
}): Promise<ProgrammeComparison> {
  const { eventStore, projectors, before, after, asOf, onProgress } = options
  const rowsBefore = rowsUnder(projectors, before, asOf)
  const rowsAfter = rowsUnder(projectors, after, asOf)
  const result: ProgrammeComparison = {
    members: 0,
    changed: 0,
    changedByProjector: Object.fromEntries(projectors.map(({ name }) => [name, 0])),
  }
  for await (const members of eventStore.readHistories({ upTo: await eventStore.head() })) {
    for (const { memberId, events } of members) {
      const [old, next] = [rowsBefore(memberId, events), rowsAfter(memberId, events)]
      const differing = projectors.filter((_, index) => !isDeepStrictEqual(old?.[index], next?.[index]))
      for (const { name } of differing) result.changedByProjector[name] = (result.changedByProjector[name] ?? 0) + 1
      result.members++
      if (differing.length > 0) result.changed++
    }
    onProgress?.(members.length)
  }
  return result
}

function rowsUnder(projectors: readonly Projector[], versions: ProgrammeVersions, asOf: number) {
  const folds = projectors.map((projector) => projector.fold(versions))
  return (memberId: string, events: readonly EventRecord[]): object[] | undefined => {
    try {
      const folded = foldMember(events, folds, versions, asOf)
      return folded?.states.map((state, index) =>
        (projectors[index] as Projector).row(memberId, folds[index]?.advance(state, asOf), asOf, versions),
      )
    } catch (error) {
      // A member who cannot be folded is parked under either set of rules.
      if (error instanceof FoldFailure) return undefined
      throw error
    }
  }
}
