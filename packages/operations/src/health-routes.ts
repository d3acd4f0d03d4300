import { type NotReady, problemOf, type Ready } from '@perennial/contracts'
import type { FastifyInstance } from 'fastify'
import type { OperationsDependencies } from './dependencies.ts'
import type { Lags } from './lags.ts'
import { readinessOf } from './readiness.ts'

/**
 * Live: the process answers; a service that ends takes the process with it. Ready: what it runs is done up to `maxLag`,
 * and its stores answer.
 */
export function healthRoutes(app: FastifyInstance, running: OperationsDependencies, lags: Lags, maxLag: number): void {
  app.get('/health/live', async () => ({ status: 'live' }))

  app.get('/health/ready', async (_request, reply): Promise<Ready | NotReady> => {
    const { faults, ...readiness } = await readinessOf(running, lags, maxLag)
    if (faults.length === 0) return { status: 'ready', ...readiness }
    const problem = problemOf('not-ready', { faults })
    reply.code(problem.status).type('application/problem+json')
    return { ...problem, services: readiness.services }
  })
}
