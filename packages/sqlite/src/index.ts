import { existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type ErrorCode, PerennialError } from '@perennial/contracts'

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
  /** Bytes; large pages for files that are appended to, small ones where single rows change all over the file. */
  pageSize?: 4096 | 8192
}

/**
 * Opens (or creates) a SQLite file in WAL mode, so that readers never wait for the writer. `:memory:` works too.
 * @throws PerennialError `data-version`, `data-missing` (read-only and not there)
 */
export function openDatabase(file: string, options: DatabaseOptions): DatabaseSync {
  const inMemory = file === ':memory:'
  if (!inMemory) {
    if (options.readOnly && !existsSync(file)) throw new PerennialError('data-missing', { where: file })
    makeDirectory(dirname(resolve(file)))
  }
  const database = new DatabaseSync(file, { readOnly: options.readOnly ?? false, timeout: 30_000 })
  try {
    prepare(database, file, options)
    return database
  } catch (error) {
    database.close()
    throw sqliteFault(error, file) ?? error
  }
}

function prepare(database: DatabaseSync, file: string, options: DatabaseOptions): void {
  const found = (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
  if (found > options.version) throw new PerennialError('data-version', { where: file })
  database.exec(`PRAGMA cache_size = -${(options.cacheMegabytes ?? 16) * 1024}; PRAGMA temp_store = MEMORY;`)
  if (!options.readOnly) {
    // Pages of 8 KiB and a larger WAL halve the cost of appending rows of a few hundred bytes.
    database.exec(`
      PRAGMA page_size = ${options.pageSize ?? 8192};
      PRAGMA journal_mode = WAL;
      PRAGMA wal_autocheckpoint = 4000;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA synchronous = ${options.durability};
    `)
    if (found < options.version) {
      inTransaction(database, () => database.exec(`${options.schema}; PRAGMA user_version = ${options.version};`))
    }
  }
}

const codes: Readonly<Record<number, ErrorCode>> = {
  8: 'data-not-writable',
  10: 'data-not-writable',
  11: 'data-damaged',
  13: 'disk-full',
  14: 'data-not-writable',
  26: 'data-damaged',
}

/** What SQLite says about the file or the disk, in our words; undefined for anything else, which is a mistake of ours. */
function sqliteFault(error: unknown, file?: string): PerennialError | undefined {
  const { code, errcode = 0 } = error as { code?: string; errcode?: number }
  if (code !== 'ERR_SQLITE_ERROR') return undefined
  // The low byte is the error, the rest its variety.
  const fault = codes[errcode & 0xff]
  return fault && new PerennialError(fault, { cause: error, ...(file !== undefined && { where: file }) })
}

/** One level at a time: `mkdirSync` with `recursive` never returns where a file system takes no directories, such as /proc. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return
  makeDirectory(dirname(directory))
  try {
    mkdirSync(directory)
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/**
 * Runs `work` in one write transaction: all of it or, if it throws, nothing.
 * @throws PerennialError `disk-full`, `data-not-writable`, `data-damaged`; else what `work` throws
 */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw sqliteFault(error) ?? error
  }
}

/** Prepared statements by their text, made once. Rows come as arrays, which is twice as fast as objects. */
export interface Statements {
  (sql: string): StatementSync
  /** Drops the statements whose text contains this, for tables that are about to go. */
  forget(text: string): void
}

export function statementsOf(database: DatabaseSync): Statements {
  const prepared = new Map<string, StatementSync>()
  const statement = (sql: string): StatementSync => {
    let found = prepared.get(sql)
    if (!found) {
      found = database.prepare(sql)
      found.setReturnArrays(true)
      prepared.set(sql, found)
    }
    return found
  }
  const forget = (text: string) => {
    for (const sql of prepared.keys()) if (sql.includes(text)) prepared.delete(sql)
  }
  return Object.assign(statement, { forget })
}
