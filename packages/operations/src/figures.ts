import { consumerGroups, ingestGroup } from '@perennial/contracts'
import { intakeTopics, type OperationsDependencies, projectorsToTellOf, tellsOf } from './dependencies.ts'
import { gauge, type Series, seriesOf } from './gauge.ts'
import type { Lags } from './lags.ts'

/** What is looked up together, and the series in which it is told. */
export interface Figure {
  name: string
  series: readonly Series[]
  /** One number for each of the series. */
  look(): Promise<readonly number[]>
}

/** The figures of the services of this process; where it runs the API, of all of them. */
export function figuresOf(running: OperationsDependencies, lags: Lags): Figure[] {
  return [
    ...(tellsOf('ingest', running) ? ingestFigures(running, lags) : []),
    ...(tellsOf('settlement', running) ? settlementFigures(running, lags) : []),
    ...projectorFigures(running, lags),
    ...(tellsOf('relay', running) ? relayFigures(running, lags) : []),
  ]
}

function ingestFigures(running: OperationsDependencies, lags: Lags): Figure[] {
  const { registry } = running.metrics
  const lag = gauge(registry, 'perennial_ingest_lag', 'Messages on the bus that ingest has not taken')
  const ofGroup = gauge(registry, 'perennial_bus_lag', 'Messages that the group has not taken from the bus', ['group'])
  const open = gauge(registry, 'perennial_dead_letters_open', 'Refused events that wait for an operator')
  const groups = intakeTopics(running).map(ingestGroup)
  return [
    {
      name: consumerGroups.ingest,
      series: [seriesOf(lag, {}), ...groups.map((group) => seriesOf(ofGroup, { group }))],
      async look() {
        const byGroup = await lags.ofIngest()
        const each = groups.map((group) => byGroup.get(group) ?? 0)
        return [each.reduce((total, count) => total + count, 0), ...each]
      },
    },
    { name: 'dead letters', series: [seriesOf(open, {})], look: async () => [await lags.openDeadLetters()] },
  ]
}

function settlementFigures({ metrics }: OperationsDependencies, lags: Lags): Figure[] {
  const lag = gauge(metrics.registry, 'perennial_settlement_lag', 'Events whose consequences for other members are not settled')
  return [{ name: 'settlement', series: [seriesOf(lag, {})], look: async () => [await lags.ofSettlement()] }]
}

function projectorFigures(running: OperationsDependencies, lags: Lags): Figure[] {
  const { registry } = running.metrics
  const lag = gauge(registry, 'perennial_projector_lag', 'Events that the projector has not folded', ['projector'])
  const parked = gauge(registry, 'perennial_parked_members', 'Members whose events wait for a fix', ['projector'])
  return projectorsToTellOf(running).map((projector) => {
    const labels = { projector: projector.name }
    return {
      name: projector.name,
      series: [seriesOf(lag, labels), seriesOf(parked, labels)],
      async look() {
        const status = await lags.ofProjector(projector)
        return [status.lag, status.parked]
      },
    }
  })
}

function relayFigures({ projectors, metrics }: OperationsDependencies, lags: Lags): Figure[] {
  const { registry } = metrics
  const lag = gauge(registry, 'perennial_relay_lag', 'Announcements and rows that wait for the relay', ['projector', 'kind'])
  const outbox = gauge(registry, 'perennial_outbox_lag', 'Announcements that wait for the relay', ['projector'])
  return projectors.map(({ name: projector }) => ({
    name: `relay of ${projector}`,
    series: [
      seriesOf(lag, { projector, kind: 'announcements' }),
      seriesOf(lag, { projector, kind: 'rows' }),
      seriesOf(outbox, { projector }),
    ],
    async look() {
      const { announcements, rows } = await lags.ofRelay(projector)
      return [announcements, rows, announcements]
    },
  }))
}
