import { problemOf } from '@perennial/contracts'
import type { Service } from '@perennial/runtime'
import { type FastifyInstance, fastify } from 'fastify'
import type { OperationsDependencies } from './dependencies.ts'
import { type OperationRoutesOptions, operationRoutes } from './operation-routes.ts'
import { closeConnectionsOnStop, type ServeOptions, serve } from './serve.ts'

export interface OperationsOptions extends OperationRoutesOptions, ServeOptions {}

/** How long a client may take to send its request, which has no body. */
const requestTimeoutMs = 10_000

/**
 * A small server that tells how a process is doing that runs without the API. Not one of the services that do the work:
 * it is started beside them, runs until they stop, and never has anything to drain.
 */
export function createOperations(dependencies: OperationsDependencies, options: OperationsOptions): Service {
  return {
    name: 'operations',
    async drain() {},
    run: (signal) => serve(buildOperations(dependencies, options), options, signal),
  }
}

/** The server, not listening yet. */
export function buildOperations(dependencies: OperationsDependencies, options: OperationRoutesOptions): FastifyInstance {
  const { logger } = dependencies
  const app = fastify({ requestTimeout: requestTimeoutMs, return503OnClosing: false })
  app.setErrorHandler((error, { method, url }, reply) => {
    logger.error({ err: error, method, url }, 'request failed')
    const problem = problemOf('internal')
    return reply.code(problem.status).type('application/problem+json').send(problem)
  })
  app.setNotFoundHandler(({ method, url }, reply) => {
    const problem = problemOf('not-found', { detail: `${method} ${url}` })
    return reply.code(problem.status).type('application/problem+json').send(problem)
  })
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store')
  })
  closeConnectionsOnStop(app)
  operationRoutes(app, dependencies, options)
  return app
}
