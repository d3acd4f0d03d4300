import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics } from 'prom-client'
import type { OperationsDependencies } from './dependencies.ts'
import { type Figure, figuresOf } from './figures.ts'
import { gauge } from './gauge.ts'
import type { Lags } from './lags.ts'

/** Answers the registry of the process, after looking up what only the stores know of its services. */
export function metricsRoutes(app: FastifyInstance, running: OperationsDependencies, lags: Lags): void {
  const { metrics, logger } = running
  const { registry } = metrics
  const figures = figuresOf(running, lags)
  const unknown = gauge(registry, 'perennial_figures_unknown', 'Figures that no store answered for at this scrape')
  if (!registry.getSingleMetric('process_cpu_seconds_total')) collectDefaultMetrics({ register: registry })

  /** What is in the process is told also where a store cannot be read; what nobody knows is left out, and not as it was. */
  async function refresh({ name, series, look }: Figure): Promise<number> {
    try {
      const values = await look()
      for (const [index, each] of series.entries()) each.set(values[index] as number)
      return 0
    } catch (error) {
      logger.error({ err: error, figure: name }, 'metric not refreshed')
      for (const each of series) each.forget()
      return series.length
    }
  }

  app.get('/metrics', async (_request, reply) => {
    const missing = await Promise.all(figures.map(refresh))
    unknown.set(missing.reduce((total, count) => total + count, 0))
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}
