import { type DeadLetter, type DeadLetters, deadLetterId, type NewDeadLetter } from '@perennial/dead-letters'
import type { Database } from './database.ts'
import type { HomesTables } from './homes-tables.ts'
import type { DoOnce } from './once.ts'

type Whence = Pick<DeadLetter, 'origin' | 'key'>
type Reason = Pick<DeadLetter, 'code' | 'message' | 'faults'>
type Status = DeadLetter['status']
type Row = [
  id: string,
  bytes: Uint8Array,
  whence: string,
  reason: string,
  firstRefusedAt: number,
  refusedAt: number,
  status: Status,
  refusals: number,
]

const columns = 'id, bytes, whence, reason, first_refused_at, refused_at, status, refusals'

/** A statement holds as many letters as fit into this, or one: a message may be a megabyte, a batch has thousands. */
const statementBytesMax = 8 * 1024 * 1024

/** Whatever else somebody types or sends as an id is none; PostgreSQL would not even take it in a question. */
const isId = (text: string) => /^[0-9a-f]+$/.test(text)

/** Dead letters in PostgreSQL. A refusal counts once, also where the answer of the server was lost and it was asked again. */
export function deadLettersIn(database: Database, { deadLetters }: HomesTables, doOnce: DoOnce): Omit<DeadLetters, 'close'> {
  const select = async (rest: string, values: readonly unknown[]) =>
    (await database.query<Row>(`SELECT ${columns} FROM ${deadLetters} ${rest}`, values)).map(toLetter)

  return {
    async keep(letters) {
      if (letters.length === 0) return
      const kept = refusalsOf(letters)
      await doOnce(async (session) => {
        for (const some of inParts(kept)) {
          await session.write(
            `INSERT INTO ${deadLetters} AS d (${columns})
             SELECT id, bytes, whence, reason, first_at, last_at, 'open', refusals
               FROM unnest($1::text[], $2::bytea[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[])
                 AS refused (id, bytes, whence, reason, first_at, last_at, refusals)
             ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, refused_at = excluded.refused_at, status = 'open',
               refusals = d.refusals + excluded.refusals`,
            [
              some.map(({ id }) => id),
              some.map(({ first }) => Buffer.from(first.bytes)),
              some.map(({ first: { origin, key } }) => JSON.stringify({ origin, key } satisfies Whence)),
              some.map(({ last: { code, message, faults } }) => JSON.stringify({ code, message, faults } satisfies Reason)),
              some.map(({ first }) => first.refusedAt),
              some.map(({ last }) => last.refusedAt),
              some.map(({ refusals }) => refusals),
            ],
          )
        }
      })
    },

    list: ({ limit, all = false, after }) =>
      select(
        `WHERE ($1 OR status = 'open') AND ($2::bigint IS NULL OR refused_at < $2 OR (refused_at = $2 AND id > $3))
         ORDER BY refused_at DESC, id LIMIT $4`,
        [all, after?.refusedAt ?? null, after?.id ?? '', limit],
      ),

    async find(id) {
      if (!isId(id)) return undefined
      const found = await select('WHERE id >= $1 AND id < $2 LIMIT 2', [id, `${id}g`])
      return found.length === 1 ? found[0] : undefined
    },

    async markRetried(letters) {
      await database.write(
        `UPDATE ${deadLetters} AS d SET status = 'retried' FROM unnest($1::text[], $2::bigint[]) AS seen (id, refusals)
         WHERE d.id = seen.id AND d.refusals = seen.refusals`,
        [letters.map(({ id }) => id), letters.map(({ refusals }) => refusals)],
      )
    },

    async discard(ids) {
      await database.write(`UPDATE ${deadLetters} SET status = 'discarded' WHERE id = ANY($1::text[])`, [ids.filter(isId)])
    },

    async countOpen() {
      const [row] = await database.query<[number]>(`SELECT count(*) FROM ${deadLetters} WHERE status = 'open'`)
      return row?.[0] ?? 0
    },

    async countRefusals() {
      const [row] = await database.query<[number]>(`SELECT coalesce(sum(refusals), 0)::bigint FROM ${deadLetters}`)
      return row?.[0] ?? 0
    },
  }
}

function toLetter([id, bytes, whence, reason, firstRefusedAt, refusedAt, status, refusals]: Row): DeadLetter {
  const { origin, key } = JSON.parse(whence) as Whence
  const { code, message, faults } = JSON.parse(reason) as Reason
  return { id, bytes: new Uint8Array(bytes), code, message, faults, origin, key, firstRefusedAt, refusedAt, status, refusals }
}

interface Refusals {
  id: string
  first: NewDeadLetter
  last: NewDeadLetter
  refusals: number
}

/** Once for the same bytes; in the order of their ids, so that two who keep the same ones do not wait for each other. */
function refusalsOf(letters: readonly NewDeadLetter[]): Refusals[] {
  const byId = new Map<string, Refusals>()
  for (const last of letters) {
    const id = deadLetterId(last.bytes)
    const { first = last, refusals = 0 } = byId.get(id) ?? {}
    byId.set(id, { id, first, last, refusals: refusals + 1 })
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function* inParts(all: readonly Refusals[]): Generator<Refusals[]> {
  let part: Refusals[] = []
  let bytes = 0
  for (const one of all) {
    if (part.length > 0 && bytes + one.first.bytes.length > statementBytesMax) {
      yield part
      part = []
      bytes = 0
    }
    part.push(one)
    bytes += one.first.bytes.length
  }
  if (part.length > 0) yield part
}
