import kafkajs, { type Kafka, type logLevel, type SASLOptions } from 'kafkajs'
import type { KafkaAddress } from './kafka-address.ts'

/** @param level `info` for what happens whenever processes come and go, and mends itself */
export type KafkaLog = (message: string, details: Record<string, unknown>, level: 'info' | 'warn') => void

/** Groups that share out their partitions anew, topics that were made a moment ago, and what is meant to be so. */
const routine = /rebalanc|rejoin|not the leader|does not host this topic|coordinator is not|not coordinator|Limiting retries/i

export interface ClientOptions {
  /** How Perennial calls itself towards the brokers: in their logs and quotas. */
  clientId: string
  /** Tries after the first one: after 0.3 s, and twice as long each time. */
  retries: number
  /** Hears what the client warns of, such as brokers that do not answer. */
  log?: KafkaLog
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
      const level = routine.test(`${message} ${String(details.error ?? '')}`) ? 'info' : 'warn'
      log?.(message, { part: entry.namespace, ...details }, level)
    },
  })
}

interface LogEntry {
  namespace: string
  level: logLevel
  log: { message: string; timestamp: string } & Record<string, unknown>
}
