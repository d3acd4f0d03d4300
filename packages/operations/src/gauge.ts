import { Gauge, type Registry } from 'prom-client'

/** A registry may serve several servers one after another, as in tests: what is there already is used again. */
export function gauge<Label extends string>(registry: Registry, name: string, help: string, labelNames: Label[] = []): Gauge<Label> {
  return (registry.getSingleMetric(name) as Gauge<Label> | undefined) ?? new Gauge({ name, help, labelNames, registers: [registry] })
}

/** A gauge under certain labels. */
export interface Series {
  set(value: number): void
  /** Leaves it out until it is set again. */
  forget(): void
}

export function seriesOf<Label extends string>(of: Gauge<Label>, labels: Record<Label, string>): Series {
  return { set: (value) => of.set(labels, value), forget: () => of.remove(labels) }
}
