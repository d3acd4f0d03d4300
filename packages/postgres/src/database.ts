import { setTimeout as sleep } from 'node:timers/promises'
import { PerennialError } from '@perennial/contracts'
import { Pool, type PoolClient, types } from 'pg'
import { checkAddress } from './address.ts'
import { asPerennialError, isConnectionLost, isTransient, messageOf } from './faults.ts'
import type { PostgresOptions } from './options.ts'

/** Rows come as arrays; 64-bit integers as numbers, since positions and instants lie below 2^53. */
export interface Session {
  query<Row extends readonly unknown[]>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** Answers how many rows a statement wrote. */
  write(sql: string, values?: readonly unknown[]): Promise<number>
}

export interface Database {
  /** One statement, which may be sent again when the server was away: it has to mean the same twice. */
  query: Session['query']
  write: Session['write']

  /**
   * All of `work` or nothing. It is done again after a lost connection, a deadlock and the like. That may have
   * happened after the server had committed, so `work` has to see for itself whether it was done before.
   * @throws PerennialError `store-unavailable` (tried until `retryMsMax`), `store-refused`, `disk-full`,
   * `data-damaged`; else what `work` throws
   */
  transaction<T>(work: (session: Session) => Promise<T>, options?: { retry?: boolean }): Promise<T>

  close(): Promise<void>
}

const firstPauseMs = 50
const pauseMsMax = 1_000
/**
 * In a transaction, one statement follows the other at once. Whoever stops between two of them was stopped, or cut off from
 * the network, and holds locks: no longer than others wait before they take over, so that they can.
 */
const silentMsMax = 5_000

export function openDatabase(address: string, options: Required<PostgresOptions>): Database {
  const { onTrouble, retryMsMax } = options
  const where = `PostgreSQL, schema ${options.schema}`
  const pool = openPool(address, options)
  pool.on('error', (error) => onTrouble({ kind: 'idle-connection-lost', message: messageOf(error) }))

  async function connect(): Promise<PoolClient> {
    try {
      return await pool.connect()
    } catch (error) {
      if (isTransient(error) || asPerennialError(error, where) !== error) throw error
      // TLS above all: certificates that do not fit, or a server without.
      throw new PerennialError('store-refused', { where, message: messageOf(error), cause: error })
    }
  }

  async function withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await connect()
    // Between two statements nobody else listens, and an error that nobody hears ends the process.
    const ignore = () => {}
    client.on('error', ignore)
    let broken = false
    try {
      return await work(client)
    } catch (error) {
      broken = isConnectionLost(error)
      throw error
    } finally {
      client.release(broken)
      client.off('error', ignore)
    }
  }

  async function tryFor<T>(work: () => Promise<T>, msMax: number): Promise<T> {
    const start = performance.now()
    for (let tries = 0; ; tries++) {
      try {
        return await work()
      } catch (error) {
        // Not the same for everybody who waits for the same server.
        const pauseMs = Math.min(firstPauseMs * 2 ** tries, pauseMsMax) * (0.5 + Math.random())
        if (!isTransient(error) || performance.now() - start + pauseMs > msMax) throw asPerennialError(error, where)
        onTrouble({ kind: 'retry', message: messageOf(error) })
        await sleep(pauseMs)
      }
    }
  }

  const once = <T>(work: (session: Session) => Promise<T>) => tryFor(() => withClient((client) => work(sessionOf(client))), retryMsMax)

  return {
    query: (sql, values) => once((session) => session.query(sql, values)),
    write: (sql, values) => once((session) => session.write(sql, values)),
    transaction: (work, { retry = true } = {}) => tryFor(() => withClient((client) => inTransaction(client, work)), retry ? retryMsMax : 0),
    close: () => pool.end(),
  }
}

const getTypeParser: typeof types.getTypeParser = (oid: number, format?: string) =>
  oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format as 'text')

function openPool(address: string, { poolMax, connectMsMax, statementMsMax }: Required<PostgresOptions>): Pool {
  return new Pool({
    ...checkAddress(address),
    application_name: 'perennial',
    max: poolMax,
    connectionTimeoutMillis: connectMsMax,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    // The server ends a statement in time; this is for one that does not answer at all.
    query_timeout: statementMsMax + 5_000,
    types: { getTypeParser },
    onConnect: (client) => prepareSession(client, statementMsMax),
  })
}

/**
 * Whatever holds locks lets go of them in bounded time, also where the process that held them is not there any longer.
 * A commit is on disk before it is answered, whatever the server is set to otherwise: else an announcement that was
 * relayed could be forgotten in a crash, and its id given to another, and an epoch to two writers. Nor may it forget
 * states, which could be made again: their writer need not notice that the server was away, and would go on behind them.
 */
async function prepareSession(client: { query(sql: string): Promise<unknown> }, statementMsMax: number): Promise<void> {
  await client.query(`
    SELECT set_config('statement_timeout', '${statementMsMax}', false),
           set_config('lock_timeout', '${Math.ceil(statementMsMax / 3)}', false),
           set_config('idle_in_transaction_session_timeout', '${Math.min(statementMsMax, silentMsMax)}', false),
           set_config('client_min_messages', 'warning', false),
           set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)
  `)
}

function sessionOf(client: PoolClient): Session {
  return {
    async query<Row extends readonly unknown[]>(text: string, values: readonly unknown[] = []) {
      const { rows } = await client.query<Row & unknown[]>({ text, values: [...values], rowMode: 'array' })
      return rows
    },
    async write(text, values = []) {
      const { rowCount } = await client.query({ text, values: [...values], rowMode: 'array' })
      return rowCount ?? 0
    },
  }
}

async function inTransaction<T>(client: PoolClient, work: (session: Session) => Promise<T>): Promise<T> {
  await client.query('BEGIN')
  try {
    const result = await work(sessionOf(client))
    await client.query('COMMIT')
    return result
  } catch (error) {
    // Over a lost connection nothing can be taken back, and need not: the server does it.
    if (!isConnectionLost(error)) await client.query('ROLLBACK')
    throw error
  }
}
