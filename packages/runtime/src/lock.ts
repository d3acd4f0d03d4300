import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface FileLock {
  release(): void
}

/**
 * Takes a lock that other processes see, or answers undefined where one of them has it. The lock is a SQLite
 * transaction that is never committed: the operating system frees it even after `kill -9`.
 */
export function tryLock(dataDirectory: string, name: string): FileLock | undefined {
  if (dataDirectory === ':memory:') return { release: () => {} }
  const directory = join(dataDirectory, 'locks')
  mkdirSync(directory, { recursive: true })
  const database = new DatabaseSync(join(directory, `${name}.lock`), { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch {
    database.close()
    return undefined
  }
  return { release: () => database.close() }
}
