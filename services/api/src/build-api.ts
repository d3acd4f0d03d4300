import { problemOf } from '@perennial/contracts'
import { closeConnectionsOnStop, operationRoutes } from '@perennial/operations'
import { createReader } from '@perennial/projector'
import { type FastifyInstance, fastify } from 'fastify'
import { announcementRoutes } from './announcement-routes.ts'
import { decisionRoutes } from './decision-routes.ts'
import { type ApiDependencies, type ApiLimits, defaultLimits } from './dependencies.ts'
import { docsRoutes } from './docs-routes.ts'
import { eventRoutes } from './event-routes.ts'
import { memberRoutes } from './member-routes.ts'
import { sendProblem, toProblem } from './problem.ts'
import { projectionRoutes } from './projection-routes.ts'
import { reportRoutes } from './report-routes.ts'
import { observeRequests } from './request-seconds.ts'

/** A member id has up to 128 characters of up to 4 bytes, each of which may be percent-encoded. */
const paramLengthMax = 128 * 4 * 3

/** How long a client may take to send its request. */
const requestTimeoutMs = 60_000

/** The whole API, not listening yet: `inject` requests in tests, or `listen`. */
export function buildApi(dependencies: ApiDependencies, limits: Partial<ApiLimits> = {}): FastifyInstance {
  const { logger } = dependencies
  const allLimits = { ...defaultLimits, ...limits }
  const app = fastify({
    bodyLimit: allLimits.bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    // While stopping, what is on its way is still answered.
    return503OnClosing: false,
    routerOptions: { maxParamLength: paramLengthMax },
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply, toProblem(error))
    },
  })
  // Only what a route asks for is parsed.
  app.removeAllContentTypeParsers()

  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error)
    if (problem.code === 'internal') logger.error({ err: error, method: request.method, url: request.url }, 'request failed')
    return sendProblem(reply, problem)
  })
  app.setNotFoundHandler((request, reply) => sendProblem(reply, problemOf('not-found', { detail: `${request.method} ${request.url}` })))
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store')
  })
  closeConnectionsOnStop(app)

  const reader = createReader(dependencies)
  // Hooks hold for the routes that come after them, so what observes requests comes first.
  observeRequests(app, dependencies.metrics)
  eventRoutes(app, dependencies, allLimits)
  memberRoutes(app, dependencies, reader)
  decisionRoutes(app, dependencies)
  projectionRoutes(app, dependencies, reader)
  reportRoutes(app, dependencies)
  announcementRoutes(app, dependencies, allLimits)
  operationRoutes(app, { ...dependencies, services: ['api', ...(dependencies.beside ?? [])] }, { maxLag: allLimits.maxLag })
  docsRoutes(app, dependencies)
  return app
}
