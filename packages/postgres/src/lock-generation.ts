import { GenerationRetired } from '@perennial/read-store'
import type { Session } from './database.ts'
import type { Tables } from './tables.ts'

/**
 * `alone` and `together` are for what writes or decides who may; `passing` is for what takes a moment, beside others of
 * its kind, and must not wait for whoever waits to be alone.
 */
export type GenerationLock = 'alone' | 'together' | 'passing'

/**
 * Locks the row of a generation, at which swaps, claims and commits meet, until the transaction is through.
 *
 * Rows have no queue: who wants one for itself waits as long as others share it, and eight writers in turn leave no gap
 * for minutes. So in front of the row stands a lock that has one: who comes after somebody who waits to be alone waits
 * behind that.
 *
 * @throws GenerationRetired
 */
export async function lockGeneration(
  session: Session,
  tables: Tables,
  generation: number,
  lock: GenerationLock,
): Promise<{ live: boolean; tracked: boolean }> {
  const inTurn = lock === 'passing' ? 'true' : `${queue(lock)}(hashtextextended($2, 0)) IS NOT NULL`
  const values = lock === 'passing' ? [generation] : [generation, queueName(tables, generation)]
  const [found] = await session.query<[boolean, boolean]>(
    `SELECT status = 'live', tracked FROM ${tables.generations} WHERE generation = $1 AND status <> 'retired' AND ${inTurn}
     FOR ${lock === 'alone' ? 'NO KEY UPDATE' : 'SHARE'}`,
    values,
  )
  if (!found) throw new GenerationRetired()
  return { live: found[0], tracked: found[1] }
}

/** Waits until nobody writes to these, and lets nobody begin to; for a swap, which locks the rows themselves. */
export async function queueAlone(session: Session, tables: Tables, generations: readonly number[]): Promise<void> {
  for (const generation of generations.toSorted((a, b) => a - b)) {
    await session.query(`SELECT ${queue('alone')}(hashtextextended($1, 0))`, [queueName(tables, generation)])
  }
}

function queue(lock: 'alone' | 'together'): string {
  return lock === 'alone' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared'
}

function queueName({ schema }: Tables, generation: number): string {
  return `perennial generation ${schema} ${generation}`
}
