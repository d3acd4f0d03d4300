import { PerennialError } from '@perennial/contracts'
import { idle, type Logger, outlast, type Service, untilAborted } from '@perennial/runtime'
import type { Adapters } from './adapters.ts'

/** How often a log without an event is asked whether it has one. */
const lookMs = 1_000

/**
 * Whether the log is the one that everything in the shared store was made from. Checkpoints are positions: in another
 * log they would count as folded what nobody has seen. A log is known by its first event, which never changes.
 *
 * @returns false while there is no event by which to know it
 * @throws PerennialError `log-changed`
 */
export async function isSameLog({ eventStore, logMemory }: Pick<Adapters, 'eventStore' | 'logMemory'>): Promise<boolean> {
  if (!logMemory) return true
  // Asked before the log: what others remembered a moment ago was in it by then.
  const known = await logMemory.remember(undefined)
  const [first] = await eventStore.readAll({ after: 0, limit: 1 })
  const identity = first && [first.stream, first.source, first.id, first.position, first.recordedAt].join(' ')
  const remembered = known ?? (identity === undefined ? undefined : await logMemory.remember(identity))
  if (remembered === identity) return identity !== undefined
  throw new PerennialError('log-changed', {
    where: 'readStore',
    message: 'What is kept in PostgreSQL was made from another log.',
  })
}

export const logGuardName = 'log guard'

/** Looks beside the services whether the log is the right one, where that could not be told before they began. */
export function createLogGuard(adapters: Pick<Adapters, 'eventStore' | 'logMemory'>, logger: Logger): Service {
  return {
    name: logGuardName,
    async drain() {},
    async run(signal) {
      while (!signal.aborted && !(await outlast(() => isSameLog(adapters), { signal, logger }))) await idle(lookMs, signal)
      await untilAborted(signal)
    },
  }
}
