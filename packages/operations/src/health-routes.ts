import { type NotReady, problemOf, type Ready } from '@perennial/contracts'
import type { FastifyInstance } from 'fastify'
import type { OperationsDependencies } from './dependencies.ts'
import type { Lags } from './lags.ts'
import { readinessOf } from './readiness.ts'
import { createTroubles } from './troubles.ts'

/**
 * Live: the process answers; a service that ends takes the process with it. Ready: what it runs is done up to `maxLag`,
 * and its stores answer.
 */
export function healthRoutes(app: FastifyInstance, running: OperationsDependencies, lags: Lags, maxLag: number): void {
  const tellTroubles = createTroubles(running.logger, 'services')

  app.get('/health/live', async () => ({ status: 'live' }))

  app.get('/health/ready', async (_request, reply): Promise<Ready | NotReady> => {
    const { faults, failures, ...readiness } = await readinessOf(running, lags, maxLag)
    tellTroubles(failures)
    if (faults.length === 0) return { status: 'ready', ...readiness }
    const problem = problemOf('not-ready', { faults })
    reply.code(problem.status).type('application/problem+json')
    return { ...problem, services: readiness.services }
  })
}
