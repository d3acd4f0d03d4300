import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Lets everything else in the process have its turn: timers, sockets, Ctrl-C. Work on an embedded store never waits
 * for anything, so without this a long catch-up would keep the API silent.
 */
export function yieldTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Waits until the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Waits until the time is over or the signal aborts, whichever comes first. */
export async function idle(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { ...(signal && { signal }) })
  } catch {
    // Told to stop: the caller looks at the signal.
  }
}
