import { partitionCount } from '@perennial/contracts'
import { type CheckpointRow, GenerationRetired, type ReadModel, type StoredMember, toCheckpoint } from '@perennial/read-store'
import type { Commit } from './commit.ts'
import type { Database } from './database.ts'
import { isMissingTable } from './faults.ts'
import type { Generation } from './generations.ts'
import { claimsOf, leasesOf } from './leases.ts'
import { filterColumn, type Tables } from './tables.ts'

type MemberRow = [memberId: string, state: string, shown: string, nextDue: number | null]
type ParkedRow = [memberId: string, position: number, eventId: string, reason: string, parkedAt: number, retry: boolean]

const memberColumns = 'member_id, state, shown, next_due'
const idsPerQuery = 5_000

function toMember([memberId, state, shown, nextDue]: MemberRow): StoredMember {
  return { memberId, state, shown: JSON.parse(shown), nextDue }
}

export function createReadModel(database: Database, tables: Tables, found: Generation, commit: Commit): ReadModel {
  const { generation, version, filters } = found
  const { members, checkpoints, parked } = tables.of(generation)
  const standing = `SELECT FROM ${tables.generations} WHERE generation = ${generation} AND status <> 'retired'`

  async function assertStanding(): Promise<void> {
    const [row] = await database.query<[boolean]>(`SELECT EXISTS (${standing})`)
    if (!row?.[0]) throw new GenerationRetired()
  }

  /** Tables that were replaced may stand for a while yet, so each answer says whether they had been when it was read. */
  async function read<Row extends readonly unknown[]>(selectAndRest: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      const rows = await database.query<[stands: boolean, ...row: Row]>(`SELECT EXISTS (${standing}), ${selectAndRest}`, values)
      if (!rows[0]?.[0]) await assertStanding()
      return rows.map(([, ...row]) => row as unknown as Row)
    } catch (error) {
      if (isMissingTable(error)) await assertStanding()
      throw error
    }
  }

  function columnOf(filter: string): string {
    if (!filters.includes(filter)) throw new Error(`not a filter: ${filter}`)
    return filterColumn(filter)
  }

  return {
    generation,
    version,

    async checkpoints() {
      const rows = await read<CheckpointRow>(`partition, position, clock, sweep_up_to, sweep_after FROM ${checkpoints} ORDER BY partition`)
      return rows.map(toCheckpoint)
    },

    async load(memberIds) {
      const loaded = new Map<string, StoredMember>()
      for (let start = 0; start < Math.max(memberIds.length, 1); start += idsPerQuery) {
        const rows = await read<MemberRow>(`${memberColumns} FROM ${members} WHERE member_id = ANY($1::text[])`, [
          memberIds.slice(start, start + idsPerQuery),
        ])
        for (const row of rows) loaded.set(row[0], toMember(row))
      }
      return loaded
    },

    commit: (changes) => commit(found, changes),
    ...claimsOf(database, tables, found),

    async leases() {
      await assertStanding()
      return leasesOf(database, tables, generation)
    },

    async due({ at, limit, partitions }) {
      const own = partitions.length === partitionCount ? '' : 'AND partition = ANY($3::integer[])'
      const rows = await read<MemberRow>(
        `${memberColumns} FROM ${members} WHERE next_due <= $1 ${own} ORDER BY next_due, member_id LIMIT $2`,
        [at, limit, ...(own === '' ? [] : [partitions])],
      )
      return rows.map(toMember)
    },

    async page({ after, limit, where = {}, dueAt }) {
      const values: unknown[] = [after, limit, ...Object.values(where)]
      const matches = Object.keys(where).map((filter, n) => `${columnOf(filter)} = $${n + 3}`)
      const one = (condition: string) =>
        `(SELECT ${memberColumns} FROM ${members} WHERE member_id > $1 AND ${condition} ORDER BY member_id LIMIT $2)`
      let rows = one(matches.join(' AND ') || 'true')
      if (dueAt !== undefined && matches.length > 0) {
        // Two ways in, each with an index of its own, where OR would read every member up to the next that matches.
        values.push(dueAt)
        rows += ` UNION ALL ${one(`next_due <= $${values.length} AND (${matches.join(' AND ')}) IS NOT TRUE`)}`
      }
      return (await read<MemberRow>(`* FROM (${rows}) AS m ORDER BY member_id LIMIT $2`, values)).map(toMember)
    },

    async parked() {
      const rows = await read<ParkedRow>(
        `member_id, position, event_id, reason, parked_at, retry_requested FROM ${parked} ORDER BY member_id`,
      )
      return rows.map(([memberId, position, eventId, reason, parkedAt, retryRequested]) => ({
        memberId,
        position,
        eventId,
        reason,
        parkedAt,
        retryRequested,
      }))
    },

    async requestRetry(memberId) {
      await assertStanding()
      return database.write(`UPDATE ${parked} SET retry_requested = true WHERE $1::text IS NULL OR member_id = $1`, [memberId ?? null])
    },

    async counts() {
      const [row] = await read<[number, number]>(`(SELECT count(*) FROM ${members}), (SELECT count(*) FROM ${parked})`)
      const [count, waiting] = row as [number, number]
      return { members: count, parked: waiting }
    },

    async countBy(filter) {
      const column = columnOf(filter)
      return new Map(await read<[string, number]>(`${column}, count(*) FROM ${members} GROUP BY ${column} ORDER BY ${column} NULLS FIRST`))
    },
  }
}
