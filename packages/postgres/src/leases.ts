import { GenerationRetired, type Lease, type PartitionLease } from '@perennial/read-store'
import type { Database, Session } from './database.ts'
import type { Generation } from './generations.ts'
import { lockGeneration } from './lock-generation.ts'
import type { Tables } from './tables.ts'

/** Milliseconds since 1970 by the clock of the server: those of the writers' machines need not agree. */
export const serverNow = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

type LeaseRow = [partition: number, owner: string, epoch: number, over: boolean]

export async function leasesOf({ query }: Pick<Session, 'query'>, { leases }: Tables, generation: number): Promise<PartitionLease[]> {
  const rows = await query<LeaseRow>(
    `SELECT partition, owner, epoch, held_until <= ${serverNow} FROM ${leases} WHERE generation = $1 AND owner IS NOT NULL ORDER BY partition`,
    [generation],
  )
  return rows.map(([partition, owner, epoch, over]) => ({ partition, owner, epoch, over }))
}

export interface Claims {
  claim(request: { owner: string; partitions: readonly number[]; ttlMs: number }): Promise<Lease>
  renew(lease: Lease, ttlMs: number): Promise<Lease>
  release(lease: Lease): Promise<void>
  enlist(owner: string, ttlMs: number): Promise<string[]>
  leave(owner: string): Promise<void>
}

export function claimsOf(database: Database, tables: Tables, { projector, generation }: Generation): Claims {
  return {
    /** When it was done and the answer lost, it is done again: the owner takes what is its own. */
    claim: ({ owner, partitions, ttlMs }) =>
      database.transaction(async (session) => {
        // Waits for commits under way, and lets none begin before it is clear who holds what.
        await lockGeneration(session, tables, generation, 'alone')
        const rows = await session.query<[number, number]>(
          `INSERT INTO ${tables.leases} AS l (generation, partition, epoch, owner, held_until)
           SELECT $1, partition, (SELECT coalesce(max(epoch), 0) + 1 FROM ${tables.leases} WHERE generation = $1), $2, ${serverNow} + $3::bigint
             FROM unnest($4::integer[]) AS asked (partition)
           ON CONFLICT (generation, partition)
             DO UPDATE SET epoch = excluded.epoch, owner = excluded.owner, held_until = excluded.held_until
             WHERE l.owner IS NULL OR l.owner = excluded.owner OR l.held_until <= ${serverNow}
           RETURNING partition, epoch`,
          [generation, owner, ttlMs, [...new Set(partitions)]],
        )
        return leaseOf(rows[0]?.[1] ?? 0, partitions, rows)
      }),

    renew: ({ epoch, partitions }, ttlMs) =>
      database.transaction(async (session) => {
        await lockGeneration(session, tables, generation, 'passing')
        const rows = await session.query<[number]>(
          `UPDATE ${tables.leases} SET held_until = ${serverNow} + $4::bigint
           WHERE generation = $1 AND epoch = $2 AND partition = ANY($3::integer[]) AND owner IS NOT NULL RETURNING partition`,
          [generation, epoch, partitions, ttlMs],
        )
        return leaseOf(epoch, partitions, rows)
      }),

    release: ({ epoch, partitions }) =>
      database.transaction(async (session) => {
        await lockGeneration(session, tables, generation, 'passing')
        await session.write(
          `UPDATE ${tables.leases} SET owner = NULL WHERE generation = $1 AND epoch = $2 AND partition = ANY($3::integer[])`,
          [generation, epoch, partitions],
        )
      }),

    async enlist(owner, ttlMs) {
      // One statement: every process of every projector does it every few seconds.
      const rows = await database.query<[string]>(
        `WITH standing AS (SELECT FROM ${tables.generations} WHERE generation = $1 AND status <> 'retired'),
         own AS (
           INSERT INTO ${tables.owners} (projector, owner, until) SELECT $2, $3, ${serverNow} + $4::bigint FROM standing
           ON CONFLICT (projector, owner) DO UPDATE SET until = excluded.until RETURNING owner
         )
         SELECT owner FROM own UNION SELECT owner FROM standing, ${tables.owners} WHERE projector = $2 AND until > ${serverNow} ORDER BY 1`,
        [generation, projector, owner, ttlMs],
      )
      if (rows.length === 0) throw new GenerationRetired()
      return rows.map(([name]) => name)
    },

    leave: (owner) =>
      database.transaction(async (session) => {
        await lockGeneration(session, tables, generation, 'passing')
        await session.write(`DELETE FROM ${tables.owners} WHERE projector = $1 AND owner = $2`, [projector, owner])
        await session.write(`UPDATE ${tables.leases} SET owner = NULL WHERE generation = $1 AND owner = $2`, [generation, owner])
      }),
  }
}

/** In the order in which they were asked for. */
function leaseOf(epoch: number, asked: readonly number[], rows: readonly (readonly [partition: number, ...rest: unknown[]])[]): Lease {
  const held = new Set(rows.map(([partition]) => partition))
  return { epoch, partitions: asked.filter((partition) => held.has(partition)) }
}
