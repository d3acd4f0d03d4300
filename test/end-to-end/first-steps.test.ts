import { globSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { readModels } from '@perennial/contracts'
import { parse } from 'csv-parse/sync'
import { bin, newCommandLine, readModelNames, rowsOf, startNode, writeFile } from './support/command-line.ts'

const now = '2026-01-01'
const members = ['--members', '60']

/** What is said of how long it took, of this machine's speed, and of what was known before, differs from run to run. */
function withoutOutcome(text: string): string {
  return text.replace(/^.* events through bus, log and five read models .*$/m, '')
}

describe('first steps', () => {
  const cli = newCommandLine()
  let first: string
  beforeAll(async () => {
    first = await cli.ok('demo', ...members)
  })

  test('the demo shows a shop and says how to go on', () => {
    expect(first).toContain('A made-up shop with 60 members')
    expect(first).toMatch(/\d events through bus, log and five read models in .*: [\d,]+ new, \d+ delivered before, 0 refused\./)
    for (const words of ['tier', 'stage', 'churn risk', 'Points outstanding', 'The busiest member', 'Now try:'])
      expect(first).toContain(words)
    expect(first).toContain(`--data ${cli.data} --now 2026-01-01`)
  })

  test('the commands that the demo proposes work', async () => {
    const proposed = [...first.matchAll(/^ {2}npx perennial (.*)$/gm)].map((match) => (match[1] as string).split(' '))
    expect(proposed.length).toBeGreaterThanOrEqual(3)
    for (const args of proposed) {
      const { code, stdout } = await startNode([bin, ...args]).exited
      expect({ args, code }).toEqual({ args, code: 0 })
      expect(stdout).not.toBe('')
    }
  })

  test('the demo again finds everything known, and shows the same', async () => {
    const second = await cli.ok('demo', ...members)
    const published = /^([\d,]+) events through/m.exec(second)?.[1]
    expect(second).toContain(`: 0 new, ${published} delivered before, 0 refused.`)
    expect(withoutOutcome(second)).toBe(withoutOutcome(first))
  })

  test('the demo answers programs in JSON', async () => {
    const overview = await cli.json<{ members: number; byTier: Record<string, number>; outcome: { appended: number } }>('demo', ...members)
    expect(overview.members).toBe(60)
    expect(overview.outcome.appended).toBe(0)
    expect(Object.values(overview.byTier).reduce((sum, count) => sum + count, 0)).toBe(60)
  })

  test('another seed is another shop', async () => {
    const other = newCommandLine()
    const story = await other.json<{ busiest: { rows: unknown } }>('demo', '--members', '20', '--seed', '7')
    expect(story.busiest.rows).toBeDefined()
    expect(withoutOutcome(await other.ok('demo', '--members', '20', '--seed', '7'))).not.toBe(withoutOutcome(first))
  })

  test('a member has five read models and a time line', async () => {
    const story = await cli.json<{ rows: Record<string, unknown>; timeline: { at: string }[] }>('--now', now, 'member', 'm-000033')
    for (const name of readModelNames) expect(readModels[name].safeParse(story.rows[name]).error).toBeUndefined()
    expect(story.timeline.length).toBeGreaterThan(10)
    expect(story.timeline.map(({ at }) => at)).toEqual(story.timeline.map(({ at }) => at).toSorted())
    expect(await cli.ok('--now', now, 'member', 'm-000033')).toContain('Member m-000033 as of 2026-01-01T00:00:00.000Z')
  })

  test('a member can be seen as of an earlier day', async () => {
    const { rows } = await cli.json<{ rows: { lifecycle: { asOf: string } } }>('--now', now, 'member', 'm-000033', '--as-of', '2025-06-30')
    expect(rows.lifecycle.asOf).toBe('2025-06-30T00:00:00.000Z')
  })

  test.each(readModelNames)('%s is exported by member id, as its schema says', async (name) => {
    const rows = rowsOf<{ memberId: string }>(await cli.ok('--now', now, 'export', name))
    expect(rows).toHaveLength(60)
    for (const row of rows) expect(readModels[name].strict().safeParse(row).error).toBeUndefined()
    const ids = rows.map(({ memberId }) => memberId)
    expect(ids).toEqual(ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
  })

  test.each(readModelNames)('%s says the same in CSV', async (name) => {
    const rows = rowsOf<Record<string, unknown>>(await cli.ok('--now', now, 'export', name))
    const text = await cli.ok('--now', now, 'export', name, '--format', 'csv')
    const nested: Record<string, string[]> = {
      nextExpiry: ['points', 'at'],
      expiring: ['in30Days', 'in60Days', 'in90Days'],
      ending: ['at', 'to'],
    }
    const textOf = (value: unknown) => (Array.isArray(value) ? value.join(';') : String(value ?? ''))
    const flat = rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).flatMap(([field, value]) =>
          nested[field]
            ? nested[field].map((part) => [`${field}.${part}`, textOf((value as Record<string, unknown> | null)?.[part])])
            : [[field, textOf(value)]],
        ),
      ),
    )
    expect(parse(text, { columns: true })).toEqual(flat)
  })

  test('status shows every projector at the head of the log', async () => {
    const status = await cli.json<{ events: number; busLag: number; deadLetters: number; projectors: object[] }>('status')
    expect(status).toMatchObject({ busLag: 0, deadLetters: 0 })
    expect(status.projectors).toEqual(
      readModelNames.map((name) => ({ name, position: status.events, lag: 0, members: 60, parked: 0, outbox: 0, toRebuild: false })),
    )
    expect(await cli.ok('status')).toContain('0 dead letters')
  })

  test('verify finds no difference, before and after a rebuild', async () => {
    expect(await cli.ok('--now', now, 'verify')).toContain('Every read model says what the streams say.')
    const before = await cli.ok('--now', now, 'export', 'points')
    expect(await cli.ok('--now', now, 'rebuild')).toContain('Rebuilt tier, points, lifecycle, churn-risk')
    const results = await cli.json<{ differences: unknown[] }[]>('--now', now, 'verify')
    expect(results.map(({ differences }) => differences)).toEqual(readModelNames.map(() => []))
    expect(await cli.ok('--now', now, 'export', 'points')).toBe(before)
  })

  test('nothing was refused and nobody is parked', async () => {
    expect(await cli.ok('dead-letters', 'list')).toBe('Nothing was refused.\n')
    expect(await cli.ok('parked', 'list')).toBe('Nobody is parked.\n')
  })
})

test('help says what there is', async () => {
  const { code, stdout, stderr } = await startNode([bin, '--help']).exited
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const command of ['demo', 'up', 'publish', 'import', 'member', 'export', 'status', 'verify', 'rebuild', 'dead-letters', 'parked']) {
    expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'))
  }
})

test('a purchase log is imported, and what was in it is told', async () => {
  const cli = newCommandLine()
  const file = writeFile('cdnow.txt', ' 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n')
  expect(await cli.ok('import', 'cdnow', file)).toMatch(
    /^Read format master, 2 rows, 0 free purchases, 2 members\.\n2 events published in .*: 2 new, /,
  )
})

describe('read models that are not what the log says', () => {
  const cli = newCommandLine()
  const at = (...args: string[]) => ['--now', '1998-01-01', ...args]
  const change = (readModel: string, sql: string) => {
    const database = new DatabaseSync(join(cli.data, `${readModel}.db`))
    database.exec(sql)
    database.close()
  }
  const statusOf = async (name: string) =>
    (await cli.json<{ projectors: { name: string }[] }>(...at('status'))).projectors.find((projector) => projector.name === name)
  beforeAll(async () => {
    await cli.ok(...at('import', 'cdnow', writeFile('two.txt', ' 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n')))
  })

  test('one that has read nothing is not exported, and a rebuild fills it', async () => {
    const before = await cli.ok(...at('export', 'value'))
    expect(rowsOf(before)).toHaveLength(2)
    for (const file of globSync('value.db*', { cwd: cli.data })) rmSync(join(cli.data, file))
    expect(await cli.failure(...at('export', 'value'))).toMatchObject({
      code: 'not-ready',
      where: 'value',
      message: expect.stringContaining('"value" has not read any event; "perennial up"'),
    })
    expect(await statusOf('value')).toMatchObject({ position: 0, toRebuild: false })
    expect(rowsOf(await cli.ok(...at('export', 'value', '--as-of', '1998-01-01')))).toHaveLength(2)
    expect(await cli.ok(...at('rebuild', 'value'))).toMatch(/^Rebuilt value from [1-9]\d* events /)
    expect(await cli.ok(...at('export', 'value'))).toBe(before)
  })

  test('one that another version made is not compared but rebuilt', async () => {
    change('points', 'UPDATE generations SET version = version + 1')
    for (const args of [['verify'], ['export', 'points']])
      expect(await cli.failure(...at(...args))).toMatchObject({ code: 'read-model-version', where: 'points' })
    expect(await statusOf('points')).toMatchObject({ toRebuild: true })
    expect(await statusOf('tier')).toMatchObject({ toRebuild: false })
    expect(await cli.ok(...at('status'))).toMatch(/^ *points .* to be rebuilt$/m)
    await cli.ok(...at('rebuild', 'points'))
    expect(await statusOf('points')).toMatchObject({ toRebuild: false })
    expect(await cli.ok(...at('verify'))).toContain('Every read model says what the streams say.')
  })

  test('one that lags is exported, and by how much it lags is said beside the rows', async () => {
    expect(await cli.run(...at('export', 'tier'))).toMatchObject({ code: 0, stderr: '' })
    change('tier', 'UPDATE checkpoints_1 SET position = position - 1')
    const { code, stdout, stderr } = await cli.run(...at('export', 'tier'))
    expect({ code, rows: rowsOf(stdout).length }).toEqual({ code: 0, rows: 2 })
    expect(stderr).toMatch(/^The read model "tier" is 1 event behind the log; /)
  })
})
