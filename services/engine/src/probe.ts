import { hideSecrets } from '@perennial/configuration'
import { type Configuration, PerennialError, topics } from '@perennial/contracts'
import { projectors } from '@perennial/projectors'
import { createLogger } from '@perennial/runtime'
import { closeAdapters } from './adapters.ts'
import { openBus, openEventStore, openReadStores } from './server-adapters.ts'

export interface Probed {
  part: 'bus' | 'eventStore' | 'readStore'
  /** Without its secrets. */
  address: string
  ok: boolean
  /** What is wrong, or how much is there. */
  detail: string
}

/** Connects to every server that the configuration names and asks each for one thing, as the services would. */
export async function probe(configuration: Configuration): Promise<Probed[]> {
  const logger = createLogger('silent')
  const { bus, eventStore, readStore } = configuration
  return Promise.all([
    ...(bus ? [probed('bus', bus, () => askBus(configuration, logger))] : []),
    ...(eventStore ? [probed('eventStore', eventStore, () => askEventStore(configuration))] : []),
    ...(readStore ? [probed('readStore', readStore, () => askReadStore(configuration, logger))] : []),
  ])
}

async function probed(part: Probed['part'], address: string, ask: () => Promise<string>): Promise<Probed> {
  const shown = hideSecrets(address)
  try {
    return { part, address: shown, ok: true, detail: await ask() }
  } catch (error) {
    if (!(error instanceof PerennialError)) throw error
    return { part, address: shown, ok: false, detail: `${error.code}: ${error.message}` }
  }
}

type Log = ReturnType<typeof createLogger>
const projectorNames = projectors.map(({ name }) => name)

async function askBus(configuration: Configuration, logger: Log): Promise<string> {
  const bus = await openBus(configuration, logger)
  try {
    // Looked at, not read: a topic that is missing is made, with the partitions that it is to have.
    await Promise.all(configuration.kafka.topics.map((topic) => bus.read({ topic, limit: 1 })))
    await bus.read({ topic: topics.announcements, limit: 1 })
    return `${configuration.kafka.topics.map((topic) => `${configuration.kafka.prefix}${topic}`).join(', ')} can be read`
  } finally {
    await closeAdapters({ bus })
  }
}

async function askEventStore(configuration: Configuration): Promise<string> {
  const eventStore = await openEventStore({ ...configuration, data: ':memory:' })
  try {
    const { events, members } = await eventStore.counts()
    const { namespace } = configuration.kurrentdb
    return `${events} events of ${members} members${namespace === '' ? '' : ` in namespace ${namespace}`}`
  } finally {
    await closeAdapters({ eventStore })
  }
}

async function askReadStore(configuration: Configuration, logger: Log): Promise<string> {
  const readStores = await openReadStores(configuration, projectorNames, logger)
  try {
    for (const store of readStores.values()) await store.outboxLag()
    return `schema ${configuration.postgres.schema} can be written`
  } finally {
    await closeAdapters({ readStores })
  }
}
