import { PerennialError } from '@perennial/contracts'
import { idle } from './idle.ts'
import type { Logger } from './logger.ts'

const pauseMs = { first: 50, longest: 2_000 }

/**
 * Does work again for as long as a server does not answer (`store-unavailable`), with pauses that grow up to 2 s. It
 * says so once when that begins, and once when it is over. Anything else that goes wrong is not waited for; nor is
 * anything once the signal has aborted.
 */
export async function outlast<T>(work: () => Promise<T>, { signal, logger }: { signal: AbortSignal; logger: Logger }): Promise<T> {
  for (let failures = 0, pause = pauseMs.first; ; failures++, pause = Math.min(pause * 2, pauseMs.longest)) {
    try {
      const result = await work()
      if (failures > 0) logger.info({ failures }, 'the server answers again')
      return result
    } catch (error) {
      if (!isUnavailable(error)) throw error
      if (failures === 0) logger.warn({ where: error.where, reason: error.message }, 'a server does not answer; trying again')
      await idle(pause, signal)
      if (signal.aborted) throw error
    }
  }
}

/** Who is told to stop while it waits for a server has not failed: what it had begun is begun again next time. */
export async function unlessStopped(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(signal.aborted && isUnavailable(error))) throw error
  }
}

export function isUnavailable(error: unknown): error is PerennialError {
  return error instanceof PerennialError && error.code === 'store-unavailable'
}
