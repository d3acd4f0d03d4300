import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What operators watch. One set per process. */
export interface Metrics {
  registry: Registry
  eventsIn: Counter<'outcome'>
  refused: Counter<'code'>
  foldSeconds: Histogram<'projector'>
  folded: Counter<'projector' | 'kind'>
  position: Gauge<'projector'>
  partitionsHeld: Gauge<'projector'>
  announcementsRelayed: Counter<'projector'>
  rowsPublished: Counter<'projector'>
  settled: Counter
  settlementPosition: Gauge
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  return {
    registry,
    eventsIn: new Counter({
      name: 'perennial_events_in_total',
      help: 'Events read from the bus, by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    refused: new Counter({ name: 'perennial_events_refused_total', help: 'Events refused, by reason', labelNames: ['code'], registers }),
    foldSeconds: new Histogram({
      name: 'perennial_fold_seconds',
      help: 'Time of one batch of folding and committing',
      labelNames: ['projector'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
    folded: new Counter({
      name: 'perennial_folded_total',
      help: 'Events folded, and members advanced or retried',
      labelNames: ['projector', 'kind'],
      registers,
    }),
    position: new Gauge({
      name: 'perennial_projector_position',
      help: 'Position of the last event folded',
      labelNames: ['projector'],
      registers,
    }),
    partitionsHeld: new Gauge({
      name: 'perennial_partitions_held',
      help: 'Partitions of the read model that this process folds, where several share them',
      labelNames: ['projector'],
      registers,
    }),
    announcementsRelayed: new Counter({
      name: 'perennial_announcements_relayed_total',
      help: 'Announcements relayed to the bus',
      labelNames: ['projector'],
      registers,
    }),
    rowsPublished: new Counter({
      name: 'perennial_rows_published_total',
      help: 'Rows of read models published to the bus, those that have gone among them',
      labelNames: ['projector'],
      registers,
    }),
    settled: new Counter({
      name: 'perennial_settled_total',
      help: "Events appended to a member's stream because of a decision about another member",
      registers,
    }),
    settlementPosition: new Gauge({
      name: 'perennial_settlement_position',
      help: 'Position of the last event whose consequences are in the log',
      registers,
    }),
  }
}
