import type { PointsRow, Programme, TierRow } from '@perennial/contracts'
import { effectiveHistory, emptyHistory, interpret, type MemberEvent, programmeVersions } from '@perennial/domain'
import { pointsProjector } from '@perennial/points'
import type { Projector } from '@perennial/projector'
import { tierProjector } from '@perennial/tier'

interface RowOf {
  tier: TierRow
  points: PointsRow
}
type FoldedModel = keyof RowOf

/** The folds of tiers and points over the versions of one programme, purely in memory. */
export interface Folding {
  /** The row at an instant; undefined for a member of whom nothing is known then. */
  row<M extends FoldedModel>(model: M, stream: readonly MemberEvent[], asOf: number, options?: FoldingOptions): RowOf[M] | undefined
}

interface FoldingOptions {
  /** Called with the state after every event. */
  look?: (state: unknown) => void
  /** Instants, in order, at which the clock is looked at on the way. */
  pauses?: readonly number[]
  /** Whether the state is stored and read again at each pause after the last event. */
  putAway?: boolean
}

export function foldingOf(programmes: readonly Programme[]): Folding {
  const versions = programmeVersions([...programmes])
  const projectors = { tier: tierProjector, points: pointsProjector }
  return {
    row<M extends FoldedModel>(model: M, stream: readonly MemberEvent[], asOf: number, options: FoldingOptions = {}) {
      const projector = projectors[model]
      const events = effectiveHistory(stream, asOf, ({ data }) => data)
      if (events.length === 0) return undefined
      const end = stateOf(projector, versions, events, asOf, options)
      return projector.row('ann', end, asOf, versions) as unknown as RowOf[M]
    },
  }
}

function stateOf(
  projector: Projector,
  versions: ReturnType<typeof programmeVersions>,
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
