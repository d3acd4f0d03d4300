import { type Fault, PerennialError, type Ready } from '@perennial/contracts'
import type { FastifyInstance } from 'fastify'
import type { ApiDependencies } from './dependencies.ts'
import { statusOf } from './projector-status.ts'

/** Live: the process answers. Ready: every read model can be read and was made by this version. */
export function healthRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const { projectors, eventStore, logger } = dependencies

  app.get('/health/live', async () => ({ status: 'live' }))

  app.get('/health/ready', async (): Promise<Ready> => {
    const faults: Fault[] = []
    const found: Ready['projectors'] = {}
    for (const projector of projectors) {
      const { name } = projector
      try {
        const { version, lag, parked } = await statusOf(projector, dependencies)
        found[name] = { version, lag, parked }
        if (version !== projector.version) {
          faults.push({ field: name, message: `expected a read model of version ${projector.version}, found ${version}` })
        }
      } catch (error) {
        logger.error({ err: error, projector: name }, 'read model cannot be read')
        faults.push({ field: name, message: 'cannot be read' })
      }
    }
    if (faults.length > 0) throw new PerennialError('not-ready', { faults })
    return { status: 'ready', head: await eventStore.head(), projectors: found }
  })
}
