import { PerennialError } from '@perennial/contracts'
import { idle, type Lock, type Locks, type Service } from '@perennial/runtime'

export interface RunOptions {
  locks: Locks
  /** Whether a service may run in several processes at the same time; otherwise it runs under the lock of its name. */
  together(service: string): boolean
  /** Whether a service whose lock another process has waits for it, or everything is refused with `data-busy`. */
  standBy: boolean
  /** What the locks stand for, for whoever is refused. */
  where: string
  onStarted?(): void
}

/** How often who stands by asks whether the lock has become free. */
const standByMs = 1_000

/**
 * Runs services side by side until the signal aborts. One that fails stops the others, so that the process ends and
 * whoever watches over it notices.
 *
 * @throws PerennialError `data-busy`
 */
export async function runServices(services: readonly Service[], signal: AbortSignal, options: RunOptions): Promise<void> {
  const { locks, together, standBy, where, onStarted } = options
  const failed = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal])
  const alone = services.filter(({ name }) => !together(name)).map(({ name }) => name)
  const wanted = standBy ? [] : alone.map((name) => ({ lock: name, where: `${name} in ${where}` }))
  await underAllLocks(locks, wanted, async () => {
    onStarted?.()
    const running = services.map(async (service) => {
      try {
        await (standBy && alone.includes(service.name) ? runWhereFree(service, stop, locks) : service.run(stop))
      } finally {
        failed.abort()
      }
    })
    for (const result of await Promise.allSettled(running)) if (result.status === 'rejected') throw result.reason
  })
}

/** Runs a service whenever nobody else does: whoever loses the lock stops, and waits to get it again. */
async function runWhereFree(service: Service, signal: AbortSignal, locks: Locks): Promise<void> {
  while (!signal.aborted) {
    const ran = await underLock(locks, service.name, (lost) => service.run(AbortSignal.any([signal, lost])))
    if (!ran) await idle(standByMs, signal)
  }
}

/** Does work under a lock; false where another process has it, or has got it meanwhile: then `lost` aborts. */
export async function underLock(locks: Locks, name: string, work: (lost: AbortSignal) => Promise<void>): Promise<boolean> {
  const lock = await tryLock(locks, name)
  if (!lock) return false
  try {
    await work(lock.lost)
    return !lock.lost.aborted
  } finally {
    await lock.release()
  }
}

/** Does work under several locks: all of them, or none and `data-busy` with what the missing one stands for. */
export async function underAllLocks<T>(
  locks: Locks,
  wanted: readonly { lock: string; where: string }[],
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const held: Lock[] = []
  try {
    for (const { lock: name, where } of wanted) {
      const lock = await locks.tryLock(name)
      if (!lock) throw new PerennialError('data-busy', { where })
      held.push(lock)
    }
    return await work(AbortSignal.any(held.map(({ lost }) => lost)))
  } finally {
    for (const lock of held) await lock.release()
  }
}

/** Where the store of the locks does not answer, nobody can be sure to hold one: the same as if somebody else did. */
async function tryLock(locks: Locks, name: string): Promise<Lock | undefined> {
  try {
    return await locks.tryLock(name)
  } catch (error) {
    if (error instanceof PerennialError && error.code === 'store-unavailable') return undefined
    throw error
  }
}
