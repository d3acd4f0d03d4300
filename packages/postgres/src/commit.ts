import { partitionOf } from '@perennial/contracts'
import { type Changes, type ParkedMember, refuseLost, type StoredMember } from '@perennial/read-store'
import { bigints, integers, texts } from './arrays.ts'
import { endTracking, noteChanged } from './changed-rows.ts'
import type { Database, Session } from './database.ts'
import type { Generation } from './generations.ts'
import { leasesOf, serverNow } from './leases.ts'
import { lockGeneration } from './lock-generation.ts'
import { doingOnce } from './once.ts'
import type { PostgresOptions } from './options.ts'
import { filterColumn, type Tables } from './tables.ts'

export type Commit = (generation: Generation, changes: Changes) => Promise<void>

/** Members in one statement: some megabytes. */
const membersPerStatement = 5_000

interface CommitterOptions extends Pick<Required<PostgresOptions>, 'trackRows'> {
  projector: string
  /** Makes rows of what commits have noted. */
  tidy(): Promise<void>
}

/** So that notes do not pile up when nobody publishes them. */
const commitsPerTidy = 50

/** Commits of one read store, one after the other; one whose answer was lost with the connection counts once. */
export function committer(database: Database, tables: Tables, { projector, trackRows, tidy }: CommitterOptions): Commit {
  const once = doingOnce(database, tables.writers)
  let commits = 0
  /** Whether the next commit to live tables is the first one of a store that does not track rows: it ends what another began. */
  let mayEndTracking = !trackRows
  let previous: Promise<unknown> = Promise.resolve()

  async function commit(generation: Generation, changes: Changes): Promise<void> {
    commits++
    let live = false
    await once(async (session) => {
      // Writers with leases share the row, since their partitions keep them apart; one without excludes all others.
      const alone = changes.epoch === undefined || mayEndTracking
      const found = await lockGeneration(session, tables, generation.generation, alone ? 'alone' : 'together')
      live = found.live
      await assertMayWrite(session, tables, generation.generation, changes)
      const removed = await writeChanges(session, tables, generation, changes)
      if (found.tracked && mayEndTracking) await endTracking(session, tables, projector, generation.generation)
      else if (found.tracked) await noteChanged(session, tables, projector, changes.members, removed)
      await announce(session, tables, projector, changes.announcements ?? [])
    })
    if (live) mayEndTracking = false
  }

  return (generation, changes) => {
    const result = previous.then(() => commit(generation, changes))
    // What was committed stays so, whatever becomes of this.
    previous = result.then(() => (commits % commitsPerTidy === 0 ? tidy() : undefined)).catch(() => {})
    return result
  }
}

async function assertMayWrite(session: Session, tables: Tables, generation: number, changes: Changes): Promise<void> {
  // In a statement of its own, so that it sees what was claimed while this one waited for the row.
  const leases = await leasesOf(session, tables, generation)
  refuseLost(changes, leases)
  // Whoever held one and was away for too long must not come back beside a writer without leases.
  if (changes.epoch === undefined && leases.length > 0) {
    await session.write(`UPDATE ${tables.leases} SET owner = NULL WHERE generation = $1 AND held_until <= ${serverNow}`, [generation])
  }
}

/**
 * A statement for everything of a kind, however much it is: never one for each row.
 * @returns who had a row and has none any longer
 */
async function writeChanges(session: Session, tables: Tables, generation: Generation, changes: Changes): Promise<string[]> {
  const { members: memberTable, checkpoints, parked } = tables.of(generation.generation)
  const { members, remove = [], checkpoint, park = [], unpark = [], sweep } = changes
  await writeMembers(session, memberTable, generation.filters, lastOfEach(members))
  const removed =
    remove.length > 0
      ? await session.query<[string]>(`DELETE FROM ${memberTable} WHERE member_id = ANY($1::text[]) RETURNING member_id`, [remove])
      : []
  if (park.length > 0) await writeParked(session, parked, lastOfEach(park))
  if (unpark.length > 0) await session.write(`DELETE FROM ${parked} WHERE member_id = ANY($1::text[])`, [unpark])
  if (checkpoint) {
    await session.write(
      `UPDATE ${checkpoints} SET position = coalesce($1::bigint, position), clock = coalesce($2::bigint, clock) WHERE partition = ANY($3::integer[])`,
      [checkpoint.position ?? null, checkpoint.clock ?? null, checkpoint.partitions],
    )
  }
  if (sweep) {
    await session.write(`UPDATE ${checkpoints} SET sweep_up_to = $1, sweep_after = $2 WHERE partition = ANY($3::integer[])`, [
      sweep.mark?.upTo ?? null,
      sweep.mark?.after ?? null,
      sweep.partitions,
    ])
  }
  return removed.map(([memberId]) => memberId)
}

/** One statement cannot write a row twice. */
function lastOfEach<Item extends { memberId: string }>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.memberId, item])).values()]
}

async function writeMembers(session: Session, table: string, filters: readonly string[], members: readonly StoredMember[]): Promise<void> {
  const columns = ['member_id', 'partition', 'state', 'shown', 'next_due', ...filters.map(filterColumn)]
  const arrays = ['$1::text[]', '$2::integer[]', '$3::text[]', '$4::text[]', '$5::bigint[]', ...filters.map((_, n) => `$${n + 6}::text[]`)]
  const sql = `
    INSERT INTO ${table} (${columns.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')})
    ON CONFLICT (member_id) DO UPDATE SET ${columns
      .slice(2)
      .map((column) => `${column} = excluded.${column}`)
      .join(', ')}`
  for (let start = 0; start < members.length; start += membersPerStatement) {
    const some = members.slice(start, start + membersPerStatement)
    await session.write(sql, [
      texts(some.map(({ memberId }) => memberId)),
      integers(some.map(({ memberId }) => partitionOf(memberId))),
      texts(some.map(({ state }) => state)),
      texts(some.map(({ shown }) => JSON.stringify(shown))),
      bigints(some.map(({ nextDue }) => nextDue)),
      ...filters.map((filter) => texts(some.map(({ shown }) => textOf(shown[filter])))),
    ])
  }
}

function textOf(value: string | number | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value)
}

async function writeParked(session: Session, table: string, park: readonly ParkedMember[]): Promise<void> {
  await session.write(
    `INSERT INTO ${table} (member_id, position, event_id, reason, parked_at)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[])
     ON CONFLICT (member_id) DO UPDATE SET position = excluded.position, event_id = excluded.event_id, reason = excluded.reason, retry_requested = false`,
    [
      park.map(({ memberId }) => memberId),
      park.map(({ position }) => position),
      park.map(({ eventId }) => eventId),
      park.map(({ reason }) => reason),
      park.map(({ parkedAt }) => parkedAt),
    ],
  )
}

/**
 * Numbers come from a row that stays locked until this commit is through, not from a sequence: so they are given in
 * the order of the commits and without gaps. With a sequence, number 5 may become visible after 6 was relayed and
 * everything up to 6 deleted. Last in the transaction, since all writers of the projector wait here for each other.
 */
async function announce(session: Session, tables: Tables, projector: string, announcements: readonly string[]): Promise<void> {
  if (announcements.length === 0) return
  const written = await session.write(
    `WITH counter AS (
       UPDATE ${tables.projectors} SET announced = announced + $2::bigint WHERE projector = $1 RETURNING announced - $2::bigint AS before
     )
     INSERT INTO ${tables.outbox} (projector, sequence, announcement)
     SELECT $1, before + n, announcement FROM counter, unnest($3::text[]) WITH ORDINALITY AS a (announcement, n)`,
    [projector, announcements.length, announcements],
  )
  if (written !== announcements.length) throw new Error(`${written} of ${announcements.length} announcements were written`)
}
