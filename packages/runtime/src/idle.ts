import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until the time is over or the signal aborts, whichever comes first. */
export async function idle(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch {
    // Told to stop: the caller looks at the signal.
  }
}
