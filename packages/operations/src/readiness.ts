import { type Fault, PerennialError, type Ready, type ServiceStatus } from '@perennial/contracts'
import { type MonitoredProjector, type OperationsDependencies, projectorsToTellOf } from './dependencies.ts'
import type { Lags } from './lags.ts'
import type { Failures } from './troubles.ts'

/** How a process is doing, and what keeps it from being ready. */
export interface Readiness extends Omit<Ready, 'status'> {
  faults: Fault[]
  /** Services whose stores could not be asked, and why. */
  failures: Failures
}

/**
 * Ready is a process whose services are all within `maxLag` (events; messages for ingest, announcements and rows for the
 * relay), and whose stores answer. Where it runs the API, that goes for every read model.
 */
export async function readinessOf(running: OperationsDependencies, lags: Lags, maxLag: number): Promise<Readiness> {
  const { services } = running
  const failures = new Map<string, unknown>()
  const readiness: Readiness = { services: {}, projectors: {}, faults: [], failures }

  async function check(name: string, look: () => Promise<ServiceStatus>): Promise<void> {
    // Its place in the list does not depend on who answers first.
    readiness.services[name] = {}
    try {
      readiness.services[name] = await look()
    } catch (error) {
      failures.set(name, error)
      readiness.services[name] = { fault: told(error) }
    }
  }

  function within(lag: number): ServiceStatus {
    return lag > maxLag ? { lag, fault: `${lag} behind, ready up to ${maxLag}` } : { lag }
  }

  async function ofProjector(projector: MonitoredProjector): Promise<ServiceStatus> {
    const { version, lag, parked } = await lags.ofProjector(projector)
    readiness.projectors[projector.name] = { version, lag, parked }
    if (version === projector.version) return within(lag)
    return { lag, fault: `expected a read model of version ${projector.version}, found ${version}` }
  }

  async function ofService(name: string): Promise<ServiceStatus> {
    if (name === 'relay') {
      // Ingest's lag not for the number: the bus has to answer as well.
      const [waiting] = await Promise.all([
        Promise.all(running.projectors.map((projector) => lags.ofRelay(projector.name))),
        lags.ofIngest(),
      ])
      return within(sum(waiting.flatMap(({ announcements, rows }) => [announcements, rows])))
    }
    if (name === 'settlement') return within(await lags.ofSettlement())
    const [byGroup, head] = await Promise.all([name === 'ingest' ? lags.ofIngest() : undefined, lags.head()])
    readiness.head = head
    return byGroup ? within(sum([...byGroup.values()])) : {}
  }

  const projectors = projectorsToTellOf(running)
  const others = services.filter((name) => projectors.every((projector) => projector.name !== name))
  await Promise.all([
    ...projectors.map((projector) => check(projector.name, () => ofProjector(projector))),
    ...others.map((name) => check(name, () => ofService(name))),
  ])
  for (const [field, { fault }] of Object.entries(readiness.services)) if (fault) readiness.faults.push({ field, message: fault })
  return readiness
}

/** Nothing of what is inside is told to strangers; the log has the rest. */
function told(error: unknown): string {
  return error instanceof PerennialError ? error.message : 'cannot be read'
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
