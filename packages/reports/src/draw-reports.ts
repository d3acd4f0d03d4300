import { type CohortReport, type FlowReport, type FunnelReport, lifecycleStages } from '@perennial/contracts'
import { calendarOf } from '@perennial/domain'

/** Nobody reads more columns or lines than this in a picture; the figures themselves have all of them. */
const cohortsDrawnMax = 53

/** The reports as pictures, each one SVG element. What draws is heavy, so it is loaded when there is something to draw. */

export async function drawCohorts({ cohorts, by, asOf, timeZone, running, members }: CohortReport): Promise<string> {
  const { cohortHeatMap } = await import('@perennial/charts')
  const drawn = cohorts.slice(-cohortsDrawnMax)
  const which = drawn.length < cohorts.length ? ` The last ${drawn.length} of ${cohorts.length} cohorts.` : ''
  return cohortHeatMap(
    drawn.map(({ cohort, members, retention }) => ({ name: cohort, members, shares: retention.slice(1) })),
    {
      title: `Members who come back, by ${by} of the first shopping day`,
      subtitle:
        `Share of each cohort with a shopping day in the ${by}; ${members.toLocaleString('en-GB')} members as of ${localName(asOf, timeZone)}.${which}\n` +
        `The last figure of each line is of ${running}, which is not over.`,
      columns: `${by}s after the first`,
      rows: 'first bought in',
    },
  )
}

export async function drawFlows({ spans, timeZone }: FlowReport): Promise<string> {
  const { stageFlowDiagram } = await import('@perennial/charts')
  const first = spans[0] as FlowReport['spans'][number]
  const last = spans.at(-1) as FlowReport['spans'][number]
  const name = (instant: string) => localName(instant, timeZone)
  return stageFlowDiagram(
    spans.map(({ flows }) => flows.map(({ before, after, members }) => ({ from: before ?? nowhere, to: after ?? nowhere, members }))),
    {
      title: 'Members on their way between lifecycle stages',
      subtitle: `From ${name(first.from)} to ${name(last.to)}, ${timeZone}; ${nowhere}: not known yet, or merged into another member.`,
      instants: [...spans.map(({ from }) => from), last.to].map(name),
      stages: lifecycleStages,
    },
  )
}

export async function drawFunnel({ steps, asOf }: FunnelReport): Promise<string> {
  const { funnelChart } = await import('@perennial/charts')
  return funnelChart(
    steps.map(({ step, members, medianDays }) => ({ name: step.replace('-', ' '), members, medianDays })),
    {
      title: 'How far members came',
      subtitle: `As of ${asOf.slice(0, 16).replace('T', ' ')} UTC; ${steps
        .slice(1)
        .map(({ step, shoppingDays }) => `${step.replace('-', ' ')}: from ${shoppingDays} shopping ${shoppingDays === 1 ? 'day' : 'days'}`)
        .join(', ')}. Days are medians.`,
    },
  )
}

/** The other end of a way that begins or ends outside. */
const nowhere = '(none)'

/** The local date where a day begins, else to the minute in UTC. */
export function localName(instant: string, timeZone: string): string {
  const calendar = calendarOf(timeZone)
  const at = Date.parse(instant)
  const day = calendar.dayOf(at)
  if (calendar.startOf(day) !== at) return `${instant.slice(0, 16).replace('T', ' ')}Z`
  return new Date(day * 86_400_000).toISOString().slice(0, 10)
}
