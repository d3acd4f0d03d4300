import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { hideSecrets } from '@perennial/configuration'
import { type Configuration, topics } from '@perennial/contracts'
import { openSqliteEventStore } from '@perennial/event-store'
import type { KafkaMessageBusOptions } from '@perennial/kafka'
import { openSqliteMessageBus } from '@perennial/message-bus'
import { createLogger, type Logger } from '@perennial/runtime'
import { type Adapters, closeAdapters, embeddedHomes, embeddedReadStores, fileIn, type Homes } from './adapters.ts'
import { busWhenAsked } from './bus-when-asked.ts'
import { sparingly } from './sparingly.ts'

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
    ...(opened as Pick<Adapters, 'readStores' | 'eventStore' | 'bus'> & Homes),
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
  const warn = sparingly(logger)
  const options: KafkaMessageBusOptions = {
    prefix: kafka.prefix,
    sessionMs: kafka.sessionMs,
    newTopics: { replicationFactor: kafka.replicationFactor },
    log(message, { stack: _, ...details }, level) {
      // A connection that broke is no fault of ours: where in the client that was noticed helps nobody.
      const fields = { ...details, part: `bus ${details.part}` }
      if (level === 'warn') warn(fields, message)
      else logger[level](fields, message)
    },
  }
  return busWhenAsked(() => openKafkaMessageBus(bus, options))
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

function onTrouble(logger: Logger): (trouble: { kind: string; message: string }) => void {
  const warn = sparingly(logger)
  return ({ kind, message }) => warn({ part: 'readStore', kind }, message)
}

async function openHomes({ data, readStore, postgres, share }: Configuration, logger: Logger): Promise<Homes> {
  if (!readStore) return embeddedHomes(data)
  const { openPostgresHomes } = await import('@perennial/postgres')
  return openPostgresHomes(readStore, { schema: postgres.schema, lockMs: share.ttlMs, onTrouble: onTrouble(logger) })
}

/** Where the data is, for people; several installations may share a server. */
export function placeOf({ data, bus, eventStore, readStore, kafka, kurrentdb, postgres }: Configuration): string {
  const part = (address: string | undefined, what: string, name: string) =>
    address === undefined ? [] : [name === '' ? hideSecrets(address) : `${hideSecrets(address)} (${what} ${name})`]
  return [
    data,
    ...part(bus, 'prefix', kafka.prefix),
    ...part(eventStore, 'namespace', kurrentdb.namespace),
    ...part(readStore, 'schema', postgres.schema),
  ].join(', ')
}
