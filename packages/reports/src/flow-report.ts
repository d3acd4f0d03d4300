import { type FlowReport, type LifecycleStage, lifecycleStages } from '@perennial/contracts'
import { formatInstant } from '@perennial/domain'
import { loadProgrammes, type Projector, statesAt } from '@perennial/projector'
import { eachMember, type Shop } from './each-member.ts'
import type { FlowSpan } from './flow-instants.ts'

type Stage = LifecycleStage | null

/**
 * How many members went from which lifecycle stage to which within each span: the stages are those that the lifecycle
 * read model had, or would have had, as of its two instants, from all that is known today.
 *
 * @param spans one after the other: each ends where the next one begins
 * @param lifecycle the projector of that name
 */
export async function flowReport(
  options: Shop & { spans: readonly FlowSpan[]; timeZone: string; lifecycle: Projector },
): Promise<FlowReport> {
  const { spans, timeZone, lifecycle, ...shop } = options
  const versions = await loadProgrammes(shop.eventStore, shop.upTo)
  const folds = [lifecycle.fold(versions)]
  const instants = [...spans.map(({ from }) => from), ...spans.slice(-1).map(({ to }) => to)]
  const counts = spans.map(() => new Map<Stage, Map<Stage, number>>())
  const leftOut = await eachMember(shop, (events) => {
    const stages = instants.map((): Stage => null)
    statesAt(events, folds, versions, instants, (index, [state]) => {
      stages[index] = lifecycle.shown(state, instants[index] as number, versions).stage as LifecycleStage
    })
    counts.forEach((count, index) => {
      add(count, stages[index] as Stage, stages[index + 1] as Stage)
    })
  })
  return {
    timeZone,
    leftOut,
    spans: spans.map(({ month, from, to }, index) => ({
      month,
      from: formatInstant(from),
      to: formatInstant(to),
      flows: inOrderOfStages(counts[index] as Map<Stage, Map<Stage, number>>),
    })),
  }
}

function add(count: Map<Stage, Map<Stage, number>>, before: Stage, after: Stage): void {
  // Who was known at neither of the two went nowhere.
  if (before === null && after === null) return
  let ways = count.get(before)
  if (!ways) count.set(before, (ways = new Map()))
  ways.set(after, (ways.get(after) ?? 0) + 1)
}

const order: readonly Stage[] = [...lifecycleStages, null]

function inOrderOfStages(count: ReadonlyMap<Stage, ReadonlyMap<Stage, number>>): FlowReport['spans'][number]['flows'] {
  return order.flatMap((before) =>
    order.flatMap((after) => {
      const members = count.get(before)?.get(after)
      return members === undefined ? [] : [{ before, after, members }]
    }),
  )
}
