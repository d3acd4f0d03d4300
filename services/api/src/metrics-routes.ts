import { consumerGroups, topics } from '@perennial/contracts'
import type { FastifyInstance } from 'fastify'
import { Gauge, Histogram, type Registry } from 'prom-client'
import type { ApiDependencies } from './dependencies.ts'
import { statusOf } from './projector-status.ts'

/** Answers the registry of the process, after looking up what only the stores know. */
export function metricsRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const { projectors, eventStore, settlementProgress, bus, deadLetters, metrics, logger } = dependencies
  const { registry } = metrics
  const projectorLag = gauge(registry, 'perennial_projector_lag', 'Positions of the log that the projector has not folded', ['projector'])
  const parked = gauge(registry, 'perennial_parked_members', 'Members whose events wait for a fix', ['projector'])
  const outbox = gauge(registry, 'perennial_outbox_lag', 'Announcements that wait for the relay', ['projector'])
  const settlementLag = gauge(
    registry,
    'perennial_settlement_lag',
    'Positions of the log whose consequences for other members are not settled',
  )
  const open = gauge(registry, 'perennial_dead_letters_open', 'Refused events that wait for an operator')
  const busLag = gauge(registry, 'perennial_bus_lag', 'Messages that the group has not taken from the bus', ['group'])
  const requestSeconds = requestHistogram(registry)

  async function refresh(): Promise<void> {
    for (const projector of projectors) {
      const status = await statusOf(projector, dependencies)
      projectorLag.set({ projector: projector.name }, status.lag)
      parked.set({ projector: projector.name }, status.parked)
      outbox.set({ projector: projector.name }, status.outbox)
    }
    settlementLag.set(Math.max(0, (await eventStore.head()) - (await settlementProgress.position())))
    open.set(await deadLetters.countOpen())
    busLag.set({ group: consumerGroups.ingest }, await bus.lag(topics.events, consumerGroups.ingest))
  }

  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    const labels = { method, route: routeOptions.url ?? 'none', status: String(reply.statusCode) }
    requestSeconds.observe(labels, reply.elapsedTime / 1000)
  })

  app.get('/metrics', async (_request, reply) => {
    // What is in the process can be told even where a store cannot be read.
    await refresh().catch((error: unknown) => logger.error({ err: error }, 'metrics not refreshed'))
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}

/** A registry may serve several servers one after another, as in tests: what is there already is used again. */
function gauge<Label extends string>(registry: Registry, name: string, help: string, labelNames: Label[] = []): Gauge<Label> {
  return (registry.getSingleMetric(name) as Gauge<Label> | undefined) ?? new Gauge({ name, help, labelNames, registers: [registry] })
}

function requestHistogram(registry: Registry): Histogram<'method' | 'route' | 'status'> {
  const name = 'perennial_http_request_seconds'
  const found = registry.getSingleMetric(name) as Histogram<'method' | 'route' | 'status'> | undefined
  return (
    found ??
    new Histogram({
      name,
      help: 'Time from a request to the end of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers: [registry],
    })
  )
}
