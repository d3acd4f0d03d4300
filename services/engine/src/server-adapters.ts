import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { hideSecrets } from '@perennial/configuration'
import { type Configuration, topics } from '@perennial/contracts'
import { openSqliteEventStore } from '@perennial/event-store'
import { openSqliteMessageBus } from '@perennial/message-bus'
import { createLogger, type Logger } from '@perennial/runtime'
import { type Adapters, closeAdapters, embeddedHomes, embeddedReadStores, fileIn, type Homes } from './adapters.ts'

/** Whether anything is kept outside of this process's files. */
export function usesServers({ bus, eventStore, readStore }: Configuration): boolean {
  return bus !== undefined || eventStore !== undefined || readStore !== undefined
}

/**
 * Opens the adapters that the configuration names. Their packages are loaded only where they are asked for: an embedded
 * engine brings no clients of servers along.
 *
 * @throws PerennialError `store-address`, `store-unavailable`, `store-refused`
 */
export async function openServerAdapters(
  configuration: Configuration,
  projectorNames: readonly string[],
  logger: Logger = createLogger(),
): Promise<Adapters> {
  mkdirSync(configuration.data, { recursive: true })
  const shared = configuration.readStore !== undefined
  const { publishRows, deadLetters: deadLetterTopic } = configuration.kafka
  const opened: Partial<Adapters> = {}
  try {
    opened.readStores = await openReadStores(configuration, projectorNames, logger)
    Object.assign(opened, await openHomes(configuration, logger))
    opened.eventStore = await openEventStore(configuration)
    opened.bus = await openBus(configuration, logger)
  } catch (error) {
    await closeAdapters(opened).catch(() => {})
    throw error
  }
  return {
    ...(opened as Required<Pick<Adapters, 'readStores' | 'eventStore' | 'bus'> & Homes>),
    sharing: {
      ...(shared && { partitions: { owner: ownerName(), ttlMs: configuration.share.ttlMs } }),
      // The embedded bus has one consumer of a group; the homes have to be seen by all.
      ingest: configuration.bus !== undefined && shared,
      api: shared,
      standBy: shared,
    },
    intake: {
      topics: configuration.bus ? configuration.kafka.topics : [topics.events],
      ...(configuration.bus && deadLetterTopic && { deadLetterTopic: topics.deadLetters }),
    },
    publishRows: configuration.bus !== undefined && publishRows,
  }
}

/** Names a process among those that share partitions and locks; never the same twice, also after a restart. */
function ownerName(): string {
  return `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`
}

export async function openEventStore({ data, eventStore, kurrentdb }: Configuration): Promise<Adapters['eventStore']> {
  if (!eventStore) return openSqliteEventStore(fileIn(data, 'log.db'))
  const { openKurrentEventStore } = await import('@perennial/kurrentdb')
  return openKurrentEventStore(eventStore, { index: fileIn(data, 'log-index.db'), namespace: kurrentdb.namespace })
}

export async function openBus({ data, bus, kafka }: Configuration, logger: Logger): Promise<Adapters['bus']> {
  if (!bus) return openSqliteMessageBus(fileIn(data, 'bus.db'))
  const { openKafkaMessageBus } = await import('@perennial/kafka')
  return openKafkaMessageBus(bus, {
    prefix: kafka.prefix,
    sessionMs: kafka.sessionMs,
    newTopics: { replicationFactor: kafka.replicationFactor },
    log: (message, details, level) => logger[level]({ ...details, part: `bus ${details.part}` }, message),
  })
}

function onTrouble(logger: Logger): (trouble: { kind: string; message: string }) => void {
  return ({ kind, message }) => logger.warn({ part: 'readStore', kind }, message)
}

export async function openReadStores(
  { data, bus, readStore, postgres, kafka }: Configuration,
  projectorNames: readonly string[],
  logger: Logger,
): Promise<Adapters['readStores']> {
  const trackRows = bus !== undefined && kafka.publishRows
  if (!readStore) return embeddedReadStores(data, projectorNames, { trackRows })
  const { openPostgresReadStores } = await import('@perennial/postgres')
  const { schema, connections } = postgres
  return openPostgresReadStores(readStore, projectorNames, { schema, poolMax: connections, trackRows, onTrouble: onTrouble(logger) })
}

async function openHomes({ data, readStore, postgres, share }: Configuration, logger: Logger): Promise<Homes> {
  if (!readStore) return embeddedHomes(data)
  const { openPostgresHomes } = await import('@perennial/postgres')
  return openPostgresHomes(readStore, { schema: postgres.schema, lockMs: share.ttlMs, onTrouble: onTrouble(logger) })
}

/** Where the data is, for people. */
export function placeOf({ data, bus, eventStore, readStore }: Configuration): string {
  const servers = [bus, eventStore, readStore].filter((address) => address !== undefined)
  return [data, ...servers.map(hideSecrets)].join(', ')
}
