import { join } from 'node:path'
import { openSqliteDeadLetters } from '@perennial/dead-letters'
import { openSqliteEventStore } from '@perennial/event-store'
import { openKafkaMessageBus } from '@perennial/kafka'
import { createLogger, createMetrics } from '@perennial/runtime'
import { openSqliteWaitingRoom } from '@perennial/waiting-room'
import { createIngest } from '../ingest.ts'

/** A process that runs ingest on Kafka until it is told to stop. */
const { address, prefix, directory, topics, deadLetterTopic } = JSON.parse(process.argv[2] ?? '{}') as {
  address: string
  prefix: string
  directory: string
  topics: string[]
  deadLetterTopic: string
}
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
const bus = await openKafkaMessageBus(address, { prefix })
const eventStore = openSqliteEventStore(join(directory, 'log.db'))
const service = createIngest({
  bus,
  eventStore,
  deadLetters: openSqliteDeadLetters(join(directory, 'dead-letters.db')),
  waitingRoom: openSqliteWaitingRoom(join(directory, 'waiting-room.db')),
  clock: Date.now,
  metrics: createMetrics(),
  logger: createLogger('silent'),
  topics,
  deadLetterTopic,
})
await service.run(stop.signal)
await bus.close()
