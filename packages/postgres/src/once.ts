import { randomUUID } from 'node:crypto'
import type { Database, Session } from './database.ts'

/** Does something in one transaction, although it may have to be tried several times: it counts once. */
export type DoOnce = (work: (session: Session) => Promise<void>) => Promise<void>

/**
 * Transactions of one writer, one after the other, for what does not mean the same twice. One whose answer was lost with
 * the connection is not done again blindly, and cannot be: each writes into the writer's own row how many this writer has
 * done. So whoever tries again finds that it was done, and waits at that row while it is still under way. (What
 * PostgreSQL says of the transaction's own number is no such proof: after a crash the number may belong to somebody else.)
 *
 * @param writers the table of those rows
 */
export function doingOnce(database: Database, writers: string): DoOnce {
  const writer = randomUUID()
  let done = 0
  let previous: Promise<unknown> = Promise.resolve()

  async function once(work: (session: Session) => Promise<void>): Promise<void> {
    const number = ++done
    await database.transaction(async (session) => {
      const isNew = await session.write(
        `INSERT INTO ${writers} AS w (writer, commits, seen) VALUES ($1, $2, now())
         ON CONFLICT (writer) DO UPDATE SET commits = excluded.commits, seen = excluded.seen WHERE w.commits < excluded.commits`,
        [writer, number],
      )
      if (isNew > 0) await work(session)
    })
  }

  return (work) => {
    const result = previous.then(() => once(work))
    previous = result.catch(() => {})
    return result
  }
}
