import { tryLock } from './lock.ts'

/** What one process at a time may do, such as to run a service that does not share its work. */
export interface Locks {
  /** The lock of this name; undefined where somebody else has it, or this process itself. */
  tryLock(name: string): Promise<Lock | undefined>
}

export interface Lock {
  /** Lets others have it. More than once is no fault, and neither is releasing one that was lost. */
  release(): Promise<void>
  /**
   * Aborts when somebody else may have it, at the latest then: whoever holds the lock must stop. Never aborts because
   * it was released.
   */
  readonly lost: AbortSignal
}

/**
 * Locks that the processes of one machine see: files in the data directory. They end with their
 * process, never before. In memory (`:memory:`) there is nobody else, so everybody gets them.
 */
export function fileLocks(dataDirectory: string): Locks {
  return {
    async tryLock(name) {
      const lock = tryLock(dataDirectory, name)
      if (!lock) return undefined
      let held = true
      return {
        lost: new AbortController().signal,
        async release() {
          if (held) lock.release()
          held = false
        },
      }
    },
  }
}
