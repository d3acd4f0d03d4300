import { setTimeout as sleep } from 'node:timers/promises'
import { PerennialError } from '@perennial/contracts'

/** Of the client's own errors, those that say that nobody answers. */
const unavailable = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSTimeout',
  'KafkaJSLockTimeout',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSGroupCoordinatorNotFound',
])

/**
 * What a broker answers that has lost what it knew of a producer, such as one that was killed: the publisher throws that
 * producer away, so that the next try is another one's first.
 */
const ofTheProducer = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH'])

interface ClientError extends Error {
  /** What the broker calls it, such as `MESSAGE_TOO_LARGE`. */
  type?: string
  retriable?: boolean
  cause?: unknown
  /** Of a request about several topics. */
  errors?: readonly unknown[]
}

/** What was wrong in the first place: the client wraps an error when it has tried often enough. */
function root(error: ClientError): ClientError {
  const inner = error.errors?.[0] ?? error.cause
  return isOfClient(inner) ? root(inner) : error
}

function isOfClient(error: unknown): error is ClientError {
  return error instanceof Error && error.name.startsWith('KafkaJS')
}

export function isTransient(error: unknown): boolean {
  if (!isOfClient(error)) return false
  const { name, type, retriable } = root(error)
  return unavailable.has(name) || (type !== undefined && (retriable === true || ofTheProducer.has(type)))
}

/** In our words, as far as it is a fault of Kafka or the way to it; anything else stays what it is. */
export function asPerennialError(error: unknown): unknown {
  if (!isOfClient(error)) return error
  const code = isTransient(error) ? 'store-unavailable' : 'store-refused'
  return new PerennialError(code, { where: 'Kafka', message: sentence(root(error).message), cause: error })
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

const tries = { max: 6, firstPauseMs: 50 }

/**
 * Does again what a broker could not do in passing: a partition of a new topic has its leader a moment later, and a
 * connection that broke is another one the next time.
 *
 * @throws PerennialError `store-unavailable`, `store-refused`
 */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work()
    } catch (error) {
      // Where nobody answered, the client has tried often enough by itself.
      const last = tried === tries.max || (tried > 1 && isOfClient(error) && unavailable.has(root(error).name))
      if (last || !isTransient(error)) throw asPerennialError(error)
      await sleep(tries.firstPauseMs * 2 ** (tried - 1))
    }
  }
}
