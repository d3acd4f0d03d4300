import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PerennialError } from '@perennial/contracts'

export interface DatabaseOptions {
  /** `user_version` that this code writes; a file with a higher one is refused. */
  version: number
  /** Creates everything in an empty file; must be repeatable. */
  schema: string
  readOnly?: boolean
  /**
   * `full` survives a power cut, for what cannot be made again; `normal` survives `kill -9` and may forget the last
   * transactions in a power cut, for what can.
   */
  durability: 'full' | 'normal'
  cacheMegabytes?: number
}

/**
 * Opens (or creates) a SQLite file in WAL mode, so that readers never wait for the writer. `:memory:` works too.
 * @throws PerennialError `data-version`, `data-missing` (read-only and not there)
 */
export function openDatabase(file: string, options: DatabaseOptions): DatabaseSync {
  const inMemory = file === ':memory:'
  if (!inMemory) {
    if (options.readOnly && !existsSync(file)) throw new PerennialError('data-missing', { where: file })
    mkdirSync(dirname(file), { recursive: true })
  }
  const database = new DatabaseSync(file, { readOnly: options.readOnly ?? false, timeout: 30_000 })
  const found = (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
  if (found > options.version) {
    database.close()
    throw new PerennialError('data-version', { where: file })
  }
  database.exec(`PRAGMA cache_size = -${(options.cacheMegabytes ?? 16) * 1024}; PRAGMA temp_store = MEMORY;`)
  if (!options.readOnly) {
    // 8 KiB pages and a larger WAL halve the cost of appending rows of a few hundred bytes.
    database.exec(`
      PRAGMA page_size = 8192;
      PRAGMA journal_mode = WAL;
      PRAGMA wal_autocheckpoint = 4000;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA synchronous = ${options.durability};
    `)
    if (found < options.version) {
      inTransaction(database, () => database.exec(`${options.schema}; PRAGMA user_version = ${options.version};`))
    }
  }
  return database
}

/** Runs `work` in one write transaction: all of it or, if it throws, nothing. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
