import type { NewEvent } from '@perennial/event-store'
import { inTransaction, openDatabase, statementsOf } from '@perennial/sqlite'
import { isSameEvent, type WaitingRoom } from './waiting-room.ts'

const schema = `
  CREATE TABLE IF NOT EXISTS waiting (
    source      TEXT NOT NULL,
    id          TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    event       TEXT NOT NULL,
    PRIMARY KEY (source, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS waiting_by_time ON waiting (occurred_at);
`

/** The embedded waiting room: one SQLite file. */
export function openSqliteWaitingRoom(file: string): WaitingRoom {
  const database = openDatabase(file, { version: 1, schema, durability: 'full', cacheMegabytes: 2 })
  const statement = statementsOf(database)

  function isKeptAs(event: NewEvent): boolean {
    const [text] = statement('SELECT event FROM waiting WHERE source = ? AND id = ?').get(event.source, event.id) as unknown as [string]
    return isSameEvent(JSON.parse(text) as NewEvent, event)
  }

  return {
    async keep(events) {
      if (events.length === 0) return []
      return inTransaction(database, () =>
        events.flatMap((event, index) => {
          const { changes } = statement('INSERT INTO waiting VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING').run(
            event.source,
            event.id,
            event.occurredAt,
            JSON.stringify(event),
          )
          return changes === 0 && !isKeptAs(event) ? [index] : []
        }),
      )
    },
    async due({ at, limit }) {
      const rows = statement('SELECT event FROM waiting WHERE occurred_at <= ? ORDER BY occurred_at, source, id LIMIT ?').all(at, limit)
      return (rows as unknown as [string][]).map(([event]) => JSON.parse(event) as NewEvent)
    },
    async remove(events) {
      inTransaction(database, () => {
        const remove = statement('DELETE FROM waiting WHERE source = ? AND id = ? AND event = ?')
        for (const event of events) remove.run(event.source, event.id, JSON.stringify(event))
      })
    },
    async count() {
      const [count] = statement('SELECT count(*) FROM waiting').get() as unknown as [number]
      return count
    },
    async close() {
      database.close()
    },
  }
}
