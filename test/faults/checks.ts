import { expect } from '@jest/globals'
import { rowsTopic, topics } from '@perennial/contracts'
import { readModelNames, rowsOf } from '../end-to-end/support/command-line.ts'
import { exportsOf, type Installation } from './installation.ts'
import { deadLetterIds, type Reference } from './reference.ts'

interface ModelRow extends Record<string, unknown> {
  memberId: string
}

interface Told {
  id: string
  type: string
  subject: string
  data: { before?: string | null; after?: string }
}

export interface CheckOptions {
  /** Which of the clocks rows are exported by. */
  at: string
  /** Rows were published under another clock than they are exported by: what changes by itself is left out. */
  otherClock?: boolean
}

const readMax = 10_000_000

/** Whether all that came out, on every way out, is what came out of the engine that was never disturbed. */
export async function expectAllSurvived(
  installation: Installation,
  reference: Reference,
  { at, otherClock = false }: CheckOptions,
): Promise<void> {
  const { observer, cli } = installation
  const exports = await exportsOf(installation, at)
  for (const model of readModelNames) expectSameText(model, exports[model] as string, reference.exports[model] as string)
  const status = JSON.parse(await cli(at, '--json', 'status')) as {
    events: number
    busLag: number
    projectors: { lag: number; parked: number }[]
  }
  expect({ events: status.events, busLag: status.busLag }).toEqual({ events: reference.events, busLag: 0 })
  expect(status.projectors.map(({ lag, parked }) => [lag, parked])).toEqual(readModelNames.map(() => [0, 0]))

  expect(await deadLetterIds(observer)).toEqual(reference.deadLetters)
  const refused = await observer.bus.read({ topic: topics.deadLetters, limit: readMax })
  expect([...new Set(refused.map(({ headers }) => headers.id))].sort()).toEqual(reference.deadLetters)

  const rows = Object.fromEntries(readModelNames.map((model) => [model, rowsOf<ModelRow>(exports[model] as string)]))
  await expectToldInFull(installation, rows)
  for (const model of readModelNames) await expectRowsPublished(installation, model, rows[model] as ModelRow[], otherClock)
}

/** Megabytes of rows: the first that differs says more than all of them. */
function expectSameText(model: string, text: string, expected: string): void {
  if (text === expected) return
  const [lines, others] = [text.split('\n'), expected.split('\n')]
  const different = lines.flatMap((line, index) => (line === others[index] ? [] : [index]))
  const at = different[0] ?? lines.length
  expect({ model, different: different.length, lines: lines.length, row: lines[at] }).toEqual({
    model,
    different: 0,
    lines: others.length,
    row: others[at],
  })
}

/** What is told of a member is the name of a group; by read model, where its row has it. */
const groups: Readonly<Record<string, string>> = { tier: 'tier', lifecycle: 'stage', 'churn-risk': 'band', value: 'segment' }

/** Every member's story goes from one group to the next without a gap, and ends where the member's row is. */
async function expectToldInFull({ observer }: Installation, rows: Readonly<Record<string, readonly ModelRow[]>>): Promise<void> {
  const messages = await observer.bus.read({ topic: topics.announcements, limit: readMax })
  const known = new Map<string, string>()
  const ends = new Map<string, string>()
  const faults: string[] = []
  for (const { key, value } of messages) {
    const text = String(value)
    const { id, type, subject, data } = JSON.parse(text) as Told
    if (key !== subject) faults.push(`${id} under the key ${key}`)
    const earlier = known.get(id)
    known.set(id, text)
    if (earlier !== undefined) {
      if (earlier !== text) faults.push(`${id} with other contents: ${earlier} and ${text}`)
      continue
    }
    if (data.after === undefined) continue
    const model = type.split('.')[1] as string
    const story = `${model} of ${subject}`
    // Of whom there is nothing to say, it need not have been said.
    if ((ends.get(story) ?? 'unknown') !== (data.before ?? 'unknown'))
      faults.push(`${story}: ${data.before} instead of ${ends.get(story)} in ${text}`)
    ends.set(story, data.after)
  }
  for (const [model, group] of Object.entries(groups)) {
    for (const row of rows[model] ?? []) {
      const end = ends.get(`${model} of ${row.memberId}`) ?? 'unknown'
      if (end !== row[group]) faults.push(`${model} of ${row.memberId} ends with ${end}, and the row says ${row[group]}`)
    }
  }
  expect(faults.slice(0, 10)).toEqual([])
  expect(ends.size).toBeGreaterThan(0)
}

/** Whoever keeps the row with the highest position per key, the later of two, has the read model. */
async function expectRowsPublished(
  { observer }: Installation,
  model: string,
  rows: readonly ModelRow[],
  otherClock: boolean,
): Promise<void> {
  const messages = await observer.bus.read({ topic: rowsTopic(model), limit: readMax })
  const kept = new Map<string, { position: number; row: ModelRow | null }>()
  for (const { key, value } of messages) {
    const event = value === null ? null : (JSON.parse(String(value)) as { position: string; data: ModelRow })
    const earlier = kept.get(String(key))
    // Who has no row any longer has no position either: what was published last counts.
    const position = event === null ? (earlier?.position ?? 0) : Number(event.position)
    if (earlier === undefined || position >= earlier.position) kept.set(String(key), { position, row: event?.data ?? null })
  }
  const shown = otherClock ? withoutTime : (row: ModelRow) => row
  const present = [...kept].flatMap(([memberId, { row }]) => (row ? [[memberId, row] as const] : []))
  expect({ model, members: present.map(([memberId]) => memberId).sort() }).toEqual({
    model,
    members: rows.map(({ memberId }) => memberId).sort(),
  })
  const different = rows.filter((row) => JSON.stringify(shown(row)) !== JSON.stringify(shown(kept.get(row.memberId)?.row as ModelRow)))
  expect({ model, different: different.slice(0, 3) }).toEqual({ model, different: [] })
}

const byItself: ReadonlySet<string> = new Set(['asOf', 'score', 'recencyDays', 'drivers', 'because', 'lifetimeValue', 'expiring'])

function withoutTime(row: ModelRow): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([field]) => !byItself.has(field)))
}
