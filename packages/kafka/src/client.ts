import kafkajs, { type Kafka, type logLevel, type SASLOptions } from 'kafkajs'
import type { KafkaAddress } from './kafka-address.ts'

export interface ClientOptions {
  /** How Perennial calls itself towards the brokers: in their logs and quotas. */
  clientId: string
  /** Tries after the first one: after 0.3 s, and twice as long each time. */
  retries: number
  /** Hears what the client warns of: brokers that do not answer, groups that share out their partitions anew. */
  log?: (message: string, details: Record<string, unknown>) => void
}

/** All that the client does by itself stands here, because some of it is another under a test runner. */
export function createClient({ brokers, ssl, sasl }: KafkaAddress, { clientId, retries, log }: ClientOptions): Kafka {
  return new kafkajs.Kafka({
    clientId,
    brokers,
    ssl,
    ...(sasl && { sasl: sasl as SASLOptions }),
    connectionTimeout: 5_000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 300, multiplier: 2, factor: 0.2, maxRetryTime: 30_000, retries },
    logLevel: log ? kafkajs.logLevel.WARN : kafkajs.logLevel.NOTHING,
    logCreator: () => (entry: LogEntry) => {
      const { message, timestamp, ...details } = entry.log
      log?.(message, { part: entry.namespace, ...details })
    },
  })
}

interface LogEntry {
  namespace: string
  level: logLevel
  log: { message: string; timestamp: string } & Record<string, unknown>
}
