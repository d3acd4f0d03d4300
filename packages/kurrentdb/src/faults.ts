import { setTimeout as sleep } from 'node:timers/promises'
import { PerennialError } from '@perennial/contracts'

/** What the client calls errors that may be gone at the next try. */
const transientTypes = new Set(['unavailable', 'cancelled', 'not-leader', 'deadline-exceeded', 'timeout'])
/** gRPC: RESOURCE_EXHAUSTED, and INTERNAL, which is also a connection that broke in the middle. */
const transientCodes = new Set([8, 13])
/** The client's plain errors: no node answers, or another call has just found the channel broken and closed it. */
const transientMessages = ['Failed to discover', 'Channel has been']

interface ClientError {
  type?: string
  code?: number
  message?: string
}

export function isTransient(error: unknown): boolean {
  const { type, code, message = '' } = error as ClientError
  if (type !== undefined && type !== 'unknown') return transientTypes.has(type)
  return transientCodes.has(code ?? -1) || transientMessages.some((begin) => message.startsWith(begin))
}

export function hasType(error: unknown, type: string): boolean {
  return (error as ClientError).type === type
}

/** In our words, as far as it is a fault of the server or the way to it; anything else is a mistake of ours. */
export function asPerennialError(error: unknown): unknown {
  if (error instanceof PerennialError) return error
  if (isTransient(error)) return new PerennialError('store-unavailable', { where: 'KurrentDB', cause: error })
  if (hasType(error, 'stream-deleted')) return new PerennialError('log-changed', { where: 'KurrentDB', cause: error })
  if (hasType(error, 'access-denied')) return new PerennialError('store-refused', { where: 'KurrentDB', cause: error })
  if (hasType(error, 'maximum-append-size-exceeded')) {
    return new PerennialError('store-refused', {
      where: 'KurrentDB',
      message: 'An event is larger than its MaxAppendSize.',
      cause: error,
    })
  }
  return error
}

export const triesMax = 6
const firstPauseMs = 100

/** Longer each time, 3 seconds in all; not the same for everybody who waits for the same server. */
export async function pause(tries: number): Promise<void> {
  await sleep(firstPauseMs * 2 ** (tries - 1) * (0.5 + Math.random()))
}

/**
 * Tries again what can be done twice.
 * @throws PerennialError `store-unavailable` when it was tried `triesMax` times, `store-refused`
 */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!isTransient(error) || tries === triesMax) throw asPerennialError(error)
      await pause(tries)
    }
  }
}
