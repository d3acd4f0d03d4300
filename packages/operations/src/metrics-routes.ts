import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics } from 'prom-client'
import type { OperationsDependencies } from './dependencies.ts'
import { type Figure, figuresOf } from './figures.ts'
import { gauge } from './gauge.ts'
import type { Lags } from './lags.ts'
import { createTroubles } from './troubles.ts'

/** Answers the registry of the process, after looking up what only the stores know of its services. */
export function metricsRoutes(app: FastifyInstance, running: OperationsDependencies, lags: Lags): void {
  const { metrics, logger } = running
  const { registry } = metrics
  const figures = figuresOf(running, lags)
  const tellTroubles = createTroubles(logger, 'figures')
  const unknown = gauge(registry, 'perennial_figures_unknown', 'Figures that no store answered for at this scrape')
  if (!registry.getSingleMetric('process_cpu_seconds_total')) collectDefaultMetrics({ register: registry })

  /** What is in the process is told also where a store cannot be read; what nobody knows is left out, and not as it was. */
  async function refresh({ name, series, look }: Figure, failures: Map<string, unknown>): Promise<number> {
    try {
      const values = await look()
      for (const [index, each] of series.entries()) each.set(values[index] as number)
      return 0
    } catch (error) {
      failures.set(name, error)
      for (const each of series) each.forget()
      return series.length
    }
  }

  app.get('/metrics', async (_request, reply) => {
    const failures = new Map<string, unknown>()
    const missing = await Promise.all(figures.map((figure) => refresh(figure, failures)))
    tellTroubles(failures)
    unknown.set(missing.reduce((total, count) => total + count, 0))
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}
