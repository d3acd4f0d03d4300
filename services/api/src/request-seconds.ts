import type { Metrics } from '@perennial/runtime'
import type { FastifyInstance } from 'fastify'
import { Histogram, type Registry } from 'prom-client'

/** Measures every request of the routes that come after this. */
export function observeRequests(app: FastifyInstance, { registry }: Metrics): void {
  const requestSeconds = requestHistogram(registry)
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    const labels = { method, route: routeOptions.url ?? 'none', status: String(reply.statusCode) }
    requestSeconds.observe(labels, reply.elapsedTime / 1000)
  })
}

type RequestHistogram = Histogram<'method' | 'route' | 'status'>

/** A registry may serve several servers one after another, as in tests: what is there already is used again. */
function requestHistogram(registry: Registry): RequestHistogram {
  const name = 'perennial_http_request_seconds'
  return (
    (registry.getSingleMetric(name) as RequestHistogram | undefined) ??
    new Histogram({
      name,
      help: 'Time from a request to the end of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers: [registry],
    })
  )
}
