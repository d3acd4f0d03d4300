import type { AnnouncementBody, ModelType } from '@perennial/contracts'
import type { Fold, ProgrammeVersions } from '@perennial/domain'
import type { Layout, Shown } from '@perennial/read-store'

/**
 * A projector: one opinion about each member. Everything else (reading the log, order, crashes, time, rebuilds,
 * parking) is done by the runtime, the same way for all of them.
 */
export interface ProjectorDefinition<State, Row extends { memberId: string }> {
  /** Also the name of its service, its tables and its address under `/v1`. */
  name: string
  /** Goes up whenever the state's shape or the rules of the fold change: the read model is then rebuilt. */
  version: number
  /** What was learnt from the shop that the fold goes by: when one of these is recorded, all members are folded again. */
  models?: readonly ModelType[]
  fold(versions: ProgrammeVersions): Fold<State>
  /** The part of the state that is stored, as JSON can hold it. Without it, all of it. */
  save?(state: State): unknown
  /** The state from what `save` gave. */
  restore?(saved: unknown): State
  /** What a reader sees. The state stands at `asOf`; what changes continuously is computed here. */
  row(memberId: string, state: State, asOf: number, versions: ProgrammeVersions): Row
  /** The named values that the projector announces and is asked by. The state stands at `asOf`. */
  shown(state: State, asOf: number, versions: ProgrammeVersions): Shown
  /** Which shown values a reader can ask by. */
  filters: readonly string[]
  /** Fields of the row that a member's time line tells of when they change. */
  tells: readonly (keyof Row & string)[]
  /** What to announce when the shown values change. `before` is undefined for a new member. */
  transitions(before: Shown | undefined, after: Shown): AnnouncementBody[]
}

/** A projector whose state only the projector itself knows. */
export interface Projector extends Layout {
  readonly name: string
  readonly models?: readonly ModelType[]
  fold(versions: ProgrammeVersions): Fold<unknown>
  save(state: unknown): unknown
  restore(saved: unknown): unknown
  row(memberId: string, state: unknown, asOf: number, versions: ProgrammeVersions): { memberId: string }
  shown(state: unknown, asOf: number, versions: ProgrammeVersions): Shown
  readonly tells: readonly string[]
  transitions(before: Shown | undefined, after: Shown): AnnouncementBody[]
}

export function defineProjector<State, Row extends { memberId: string }>(definition: ProjectorDefinition<State, Row>): Projector {
  const { save = (state: State): unknown => state, restore = (saved: unknown) => saved as State } = definition
  // The runtime only hands back states that this projector's own fold has made.
  return { ...definition, save, restore, projector: definition.name } as unknown as Projector
}
