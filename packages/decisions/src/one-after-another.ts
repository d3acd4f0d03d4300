import { PerennialError } from '@perennial/contracts'

/** Decisions about one member that may wait in this process; more are turned away. */
const waitingMax = 1_000

/**
 * Runs work about one member piece by piece, so that requests of one process do not make each other decide again.
 * Other processes are met by the stream's revision only.
 */
export function oneAfterAnother(): <T>(memberId: string, work: () => Promise<T>) => Promise<T> {
  const queues = new Map<string, { last: Promise<unknown>; waiting: number }>()
  return async (memberId, work) => {
    let queue = queues.get(memberId)
    if (!queue) queues.set(memberId, (queue = { last: Promise.resolve(), waiting: 0 }))
    if (queue.waiting >= waitingMax) throw new PerennialError('member-busy', { where: memberId })
    queue.waiting++
    const mine = queue.last.then(work)
    // One that fails lets the next one begin.
    queue.last = mine.catch(() => {})
    try {
      return await mine
    } finally {
      queue.waiting--
      if (queue.waiting === 0) queues.delete(memberId)
    }
  }
}
