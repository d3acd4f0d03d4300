import { createHash } from 'node:crypto'
import type { NewEvent } from '@perennial/event-store'
import { isSameEvent, type WaitingRoom } from '@perennial/waiting-room'
import type { Database } from './database.ts'
import type { HomesTables } from './homes-tables.ts'

/** The waiting room in PostgreSQL. Whatever is done again because an answer was lost changes nothing. */
export function waitingRoomIn(database: Database, { waiting }: HomesTables): Omit<WaitingRoom, 'close'> {
  return {
    async keep(events) {
      if (events.length === 0) return []
      const fingerprints = events.map(fingerprintOf)
      const first = new Map(events.map((event, n): [string, NewEvent] => [fingerprints[n] as string, event]).toReversed())
      // In one order, so that two who keep the same events do not wait for each other.
      const rows = [...first].sort(([a], [b]) => (a < b ? -1 : 1))
      // Writes what is there already over itself: only so is it sure to be there when it is compared.
      const kept = await database.query<[string, string]>(
        `INSERT INTO ${waiting} (fingerprint, occurred_at, source, id, event)
         SELECT decode(fingerprint, 'hex'), occurred_at, source, id, event
           FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::bytea[], $5::text[]) AS n (fingerprint, occurred_at, source, id, event)
         ON CONFLICT (fingerprint) DO UPDATE SET fingerprint = excluded.fingerprint
         RETURNING encode(fingerprint, 'hex'), event`,
        [
          rows.map(([fingerprint]) => fingerprint),
          rows.map(([, { occurredAt }]) => occurredAt),
          rows.map(([, { source }]) => Buffer.from(source)),
          rows.map(([, { id }]) => Buffer.from(id)),
          rows.map(([, event]) => JSON.stringify(event)),
        ],
      )
      const keptAs = new Map(kept.map(([fingerprint, event]) => [fingerprint, JSON.parse(event) as NewEvent]))
      return events.flatMap((event, n) => {
        const there = keptAs.get(fingerprints[n] as string)
        return there && isSameEvent(there, event) ? [] : [n]
      })
    },

    async due({ at, limit }) {
      const rows = await database.query<[string]>(
        `SELECT event FROM ${waiting} WHERE occurred_at <= $1 ORDER BY occurred_at, source, id LIMIT $2`,
        [at, limit],
      )
      return rows.map(([event]) => JSON.parse(event) as NewEvent)
    },

    async remove(events) {
      await database.write(
        `DELETE FROM ${waiting} AS w USING unnest($1::text[], $2::text[]) AS gone (fingerprint, event)
         WHERE w.fingerprint = decode(gone.fingerprint, 'hex') AND w.event = gone.event`,
        [events.map(fingerprintOf), events.map((event) => JSON.stringify(event))],
      )
    },

    async count() {
      const [row] = await database.query<[number]>(`SELECT count(*) FROM ${waiting}`)
      return row?.[0] ?? 0
    },
  }
}

function fingerprintOf({ source, id }: NewEvent): string {
  return createHash('sha256')
    .update(JSON.stringify([source, id]))
    .digest('hex')
}
