import { randomUUID } from 'node:crypto'
import type { Lock, Locks } from '@perennial/runtime'
import type { Database } from './database.ts'
import { messageOf } from './faults.ts'
import type { HomesTables } from './homes-tables.ts'
import { serverNow } from './leases.ts'
import type { PostgresOptions } from './options.ts'

export interface LockOptions {
  /** How long whoever falls silent keeps a lock; milliseconds. */
  lockMs: number
  onTrouble: Required<PostgresOptions>['onTrouble']
}

export interface HeldLocks extends Locks {
  /** Lets go of all that are held. */
  releaseAll(): Promise<void>
}

/** How often a lock is asked for whose answer came so late that little of its time is left. */
const lateAnswersMax = 3

/**
 * Locks that processes on several machines see: a row for each, which its holder renews three times before it runs out
 * by the clock of the server. Who finds a row that has run out may take it.
 *
 * The holder counts the same time by a clock that nobody sets, from before it asked: so its lock is lost at the latest
 * when another may have it. What it has under way just then is not undone. Whatever a lock protects has to hold on its
 * own where two do it at once: what is settled or relayed twice is stored once, and progress is saved by comparison.
 */
export function locksIn(database: Database, { locks }: HomesTables, { lockMs, onTrouble }: LockOptions): HeldLocks {
  const held = new Set<Lock>()
  return {
    async tryLock(name) {
      const row = lockRow(database, locks, name, lockMs)
      const tell = (error: unknown) => onTrouble({ kind: 'retry', message: `lock ${name}: ${messageOf(error)}` })
      for (let tries = 1; ; tries++) {
        const askedAt = performance.now()
        if (!(await row.take())) return undefined
        if (performance.now() - askedAt > lockMs / 2 && tries < lateAnswersMax) continue
        const lock = hold(row, askedAt, { lockMs, tell, onOver: () => held.delete(lock) })
        held.add(lock)
        return lock
      }
    },

    async releaseAll() {
      await Promise.all([...held].map((lock) => lock.release()))
    },
  }
}

/** What one holder can do with the row of a lock. Each answers whether the row is its own then. */
interface LockRow {
  take(): Promise<boolean>
  renew(): Promise<boolean>
  giveBack(): Promise<void>
}

function lockRow(database: Database, locks: string, name: string, lockMs: number): LockRow {
  const owner = randomUUID()
  // To take and to renew it are one statement: whoever fell silent within a transaction would keep everybody waiting.
  return {
    /** When it was done and the answer lost, it is done again: the owner takes what is its own. */
    async take() {
      const taken = await database.write(
        `INSERT INTO ${locks} AS l (name, owner, held_until) VALUES ($1, $2, ${serverNow} + $3::bigint)
         ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, held_until = excluded.held_until
         WHERE l.held_until <= ${serverNow} OR l.owner = excluded.owner`,
        [name, owner, lockMs],
      )
      return taken > 0
    },

    async renew() {
      const sql = `UPDATE ${locks} SET held_until = ${serverNow} + $1::bigint WHERE name = $2 AND owner = $3`
      return (await database.write(sql, [lockMs, name, owner])) > 0
    },

    /** Tried once: without it the row runs out soon, and whoever stops should not wait for the server. */
    async giveBack() {
      const sql = `DELETE FROM ${locks} WHERE name = $1 AND owner = $2`
      await database.transaction((session) => session.write(sql, [name, owner]), { retry: false })
    },
  }
}

interface HoldOptions {
  lockMs: number
  tell(error: unknown): void
  /** Told when it is released or lost. */
  onOver(): void
}

function hold(row: LockRow, takenAt: number, { lockMs, tell, onOver }: HoldOptions): Lock {
  const lost = new AbortController()
  let renewal: NodeJS.Timeout | undefined
  let runningOut: NodeJS.Timeout | undefined
  let renewedAt = takenAt
  let over = false
  let released: Promise<void> | undefined

  function end(): void {
    over = true
    clearTimeout(renewal)
    clearTimeout(runningOut)
    onOver()
  }

  function lose(): void {
    if (over) return
    end()
    lost.abort()
  }

  function holdsFrom(askedAt: number): void {
    renewedAt = Math.max(renewedAt, askedAt)
    clearTimeout(runningOut)
    runningOut = setTimeout(lose, renewedAt + lockMs - performance.now()).unref()
  }

  function renewIn(ms: number): void {
    renewal = setTimeout(() => void renew(), ms).unref()
  }

  /** Never throws. While the server is away it is asked again, until the time of the lock is over. */
  async function renew(): Promise<void> {
    // First the next one: this one may get no answer, over a connection that is dead and does not say so.
    renewIn(lockMs / 3)
    const askedAt = performance.now()
    try {
      const mine = await row.renew()
      if (!mine) lose()
      else if (over) await row.giveBack()
      else holdsFrom(askedAt)
    } catch (error) {
      tell(error)
    }
  }

  function release(): Promise<void> {
    end()
    return (released ??= row.giveBack().catch(tell))
  }

  holdsFrom(takenAt)
  renewIn(takenAt + lockMs / 3 - performance.now())
  return { lost: lost.signal, release }
}
