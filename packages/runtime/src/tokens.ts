import type { ServiceIdentifier } from 'inversify'
import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'
import type { Service } from './service.ts'

/** Names under which the composition roots find what every service needs. */
export const runtimeTokens = {
  clock: Symbol.for('perennial.clock') as ServiceIdentifier<Clock>,
  logger: Symbol.for('perennial.logger') as ServiceIdentifier<Logger>,
  metrics: Symbol.for('perennial.metrics') as ServiceIdentifier<Metrics>,
  /** Bound once per service. */
  service: Symbol.for('perennial.service') as ServiceIdentifier<Service>,
}
