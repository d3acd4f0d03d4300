import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for work, but no longer than so many milliseconds; the work goes on. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const early = new AbortController()
  try {
    await Promise.race([work, sleep(ms, undefined, { signal: early.signal }).catch(() => {})])
  } finally {
    early.abort()
  }
}
