import type { ChurnRiskRow, LifecycleRow, PointsRow, Programme, ReadModelName, TierRow, ValueRow } from '@perennial/contracts'
import { effectiveHistory, emptyHistory, interpret, type MemberEvent, type ProgrammeVersions, programmeVersions } from '@perennial/domain'
import type { Projector } from '@perennial/projector'
import { projectors } from '@perennial/projectors'
import type { Shown } from '@perennial/read-store'
import { nothingLearnt } from '../reference/learnt.ts'
import { compiled } from './random-models.ts'

export interface RowOf extends Record<ReadModelName, object> {
  tier: TierRow
  points: PointsRow
  lifecycle: LifecycleRow
  'churn-risk': ChurnRiskRow
  value: ValueRow
}

/** The folds of all projectors over the versions of one programme, purely in memory. */
export interface Folding {
  /** The row at an instant; undefined for a member of whom nothing is known then. */
  row<M extends ReadModelName>(model: M, stream: readonly MemberEvent[], asOf: number, options?: FoldingOptions): RowOf[M] | undefined
  /** The named values at an instant, and when they change next if nothing happens. */
  shown(model: ReadModelName, stream: readonly MemberEvent[], asOf: number): { shown: Shown; nextDue: number | undefined } | undefined
}

interface FoldingOptions {
  /** Called with the state after every event. */
  look?: (state: unknown) => void
  /** Instants, in order, at which the clock is looked at on the way. */
  pauses?: readonly number[]
  /** Whether the state is stored and read again at each pause after the last event. */
  putAway?: boolean
}

export function projectorNamed(name: ReadModelName): Projector {
  const projector = projectors.find((candidate) => candidate.name === name)
  if (!projector) throw new Error(`no projector ${name}`)
  return projector
}

export function foldingOf(programmes: readonly Programme[], learnt = nothingLearnt): Folding {
  const versions = programmeVersions([...programmes], compiled(learnt))
  const stateAt = (projector: Projector, stream: readonly MemberEvent[], asOf: number, options: FoldingOptions = {}) => {
    const events = effectiveHistory(stream, asOf, ({ data }) => data)
    return events.length === 0 ? undefined : { state: stateOf(projector, versions, events, asOf, options) }
  }
  return {
    row<M extends ReadModelName>(model: M, stream: readonly MemberEvent[], asOf: number, options?: FoldingOptions) {
      const projector = projectorNamed(model)
      const end = stateAt(projector, stream, asOf, options)
      return end && (projector.row('ann', end.state, asOf, versions) as unknown as RowOf[M])
    },
    shown(model, stream, asOf) {
      const projector = projectorNamed(model)
      const end = stateAt(projector, stream, asOf)
      return end && { shown: projector.shown(end.state, asOf, versions), nextDue: projector.fold(versions).nextDue(end.state) }
    },
  }
}

function stateOf(
  projector: Projector,
  versions: ProgrammeVersions,
  events: readonly MemberEvent[],
  asOf: number,
  { look = () => {}, pauses = [], putAway = false }: FoldingOptions,
): unknown {
  const fold = projector.fold(versions)
  const history = emptyHistory()
  let state = fold.initial()
  let at = Number.POSITIVE_INFINITY
  const advance = (to: number) => {
    for (const pause of pauses.filter((pause) => pause > at && pause < to)) state = fold.advance(state, pause)
    state = fold.advance(state, to)
    at = to
  }
  for (const event of events) {
    interpret(history, event, versions.currencyAt(event.occurredAt), (occurrence) => {
      advance(occurrence.at)
      state = fold.evolve(state, occurrence)
    })
    look(state)
  }
  if (putAway) {
    for (const pause of pauses.filter((pause) => pause > at && pause < asOf)) {
      advance(pause)
      state = projector.restore(JSON.parse(JSON.stringify(projector.save(state))))
    }
  }
  advance(asOf)
  return state
}
