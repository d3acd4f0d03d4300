import type { FastifyInstance } from 'fastify'
import type { OperationsDependencies } from './dependencies.ts'
import { healthRoutes } from './health-routes.ts'
import { createLags } from './lags.ts'
import { createLookUps } from './look-ups.ts'
import { metricsRoutes } from './metrics-routes.ts'

export interface OperationRoutesOptions {
  /** How far behind (in events) a service may be and still be ready. */
  maxLag: number
  /** How long a store may take to answer; 2 seconds without it. */
  answerMs?: number
}

/** `/health/live`, `/health/ready` and `/metrics`, the same on every server. */
export function operationRoutes(app: FastifyInstance, dependencies: OperationsDependencies, options: OperationRoutesOptions): void {
  const lags = createLags(dependencies, createLookUps(options.answerMs))
  healthRoutes(app, dependencies, lags, options.maxLag)
  metricsRoutes(app, dependencies, lags)
}
