import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { CloudEvent } from '@perennial/contracts'
import { bin, newCommandLine, purchase, type Result, startNode, temporaryDirectory, toNdjson, writeFile } from './support/command-line.ts'

const root = join(import.meta.dirname, '../..')
const defaultProgramme = readFileSync(join(root, 'packages/contracts/default-programme.yaml'), 'utf8')
const programme = writeFile('programme.yaml', defaultProgramme)

interface Evaluation {
  events: number
  duplicates: number
  notYet: number
  tooEarly: number
  members: {
    memberId: string
    rows: { tier: { tier: string }; points: Record<string, unknown> }
    movements: { cause: { kind: string } }[]
    notes: { note: string }[]
    sums: Record<string, number>
  }[]
  refused: { origin: string; code: string }[]
}

/** Evaluates in an empty directory, which must be as empty afterwards. */
async function evaluate(events: string | readonly CloudEvent[], ...args: string[]): Promise<Result> {
  const directory = temporaryDirectory()
  const input = typeof events === 'string' ? events : toNdjson(events)
  const all = [bin, 'evaluate', '--programme', programme, '--events', '-', ...args]
  const result = await startNode(all, { input, cwd: directory }).exited
  expect(existsSync(join(directory, '.perennial'))).toBe(false)
  return result
}

async function inJson(events: string | readonly CloudEvent[], ...args: string[]): Promise<Evaluation> {
  return JSON.parse((await evaluate(events, '--json', ...args)).stdout) as Evaluation
}

describe('perennial evaluate', () => {
  test('the example of the documentation answers what is printed there', async () => {
    const page = readFileSync(join(root, 'docs/programme.md'), 'utf8')
    const section = page.slice(page.indexOf('## Try your rules before you publish them'))
    const [events, output, errors] = [...section.matchAll(/```(?:json|text)\n(.*?)```/gs)].map((match) => match[1] as string)
    const [, line] = /`npx perennial ([^`]*)`/.exec(section) as unknown as [string, string]
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'events.ndjson'), events as string)
    writeFileSync(join(directory, 'programme.yaml'), defaultProgramme)
    const { code, stdout, stderr } = await startNode([bin, ...line.split(' ')], { cwd: directory }).exited
    expect(stdout.replace(/ +$/gm, '')).toBe(output)
    expect({ code, stderr }).toEqual({ code: 1, stderr: errors })
    expect(existsSync(join(directory, '.perennial'))).toBe(false)
  })

  test('says the same as an engine to which the same events were published', async () => {
    const events = [
      purchase('bob', '2025-01-11T10:00:00Z'),
      purchase('ann', '2025-01-10T10:00:00Z'),
      purchase('ann', '2025-01-05T10:00:00Z'),
    ]
    const cli = newCommandLine()
    await cli.ok('--now', '2025-02-01', 'publish', writeFile('events.ndjson', toNdjson(events)))
    const { members } = await inJson(events, '--as-of', '2025-02-01')
    expect(members.map(({ memberId }) => memberId)).toEqual(['ann', 'bob'])
    for (const { memberId, rows, movements, sums } of members) {
      const story = await cli.json<{ rows: Record<string, unknown> }>('--now', '2025-02-01', 'member', memberId)
      expect(rows).toEqual({ tier: story.rows.tier, points: story.rows.points })
      const explained = await cli.json<Record<string, unknown>>('--now', '2025-02-01', 'explain', memberId)
      expect({ movements, sums }).toEqual({ movements: explained.movements, sums: explained.sums })
    }
  })

  test('counts duplicates once, refuses other contents under a known id, and judges the rest', async () => {
    const first = purchase('ann', '2025-01-10T10:00:00Z', 'o-1')
    const other = { ...first, time: '2025-01-11T10:00:00Z' } as CloudEvent
    const lines = `${toNdjson([first, first, other])}\n{"no event\n${toNdjson([purchase('ann', '2025-01-12T10:00:00Z')])}`
    const { code, stdout, stderr } = await evaluate(lines, '--json', '--as-of', '2025-02-01')
    expect(code).toBe(1)
    const { events, duplicates, refused, members } = JSON.parse(stdout) as Evaluation
    expect({ events, duplicates, sums: members[0]?.sums }).toMatchObject({ events: 2, duplicates: 1, sums: { issued: -20, available: 20 } })
    expect(refused).toMatchObject([
      { origin: 'standard input:3', code: 'event-id-reused' },
      { origin: 'standard input:5', code: 'invalid-json' },
    ])
    expect(stderr.split('\n')).toEqual([
      'standard input:3: event-id-reused: id: source /test/till, id o-1 came before with other contents',
      expect.stringMatching(/^standard input:5: invalid-json: /),
      '',
    ])
  })

  test('says what was left out, and what was odd', async () => {
    const again = purchase('ann', '2025-01-12T10:00:00Z', 'again')
    const events = [
      purchase('ann', '1999-12-31T10:00:00Z'),
      purchase('ann', '2025-01-10T10:00:00Z', 'o-1'),
      { ...again, data: { ...again.data, orderId: 'o-1' } } as CloudEvent,
      purchase('ann', '2099-01-10T10:00:00Z'),
    ]
    const { notYet, tooEarly, members } = await inJson(events, '--as-of', '2025-02-01')
    expect({ notYet, tooEarly }).toEqual({ notYet: 1, tooEarly: 1 })
    expect(members[0]?.notes).toMatchObject([{ note: 'o-1: the same order again; not credited a second time' }])
    const { code, stdout } = await evaluate(events, '--as-of', '2025-02-01')
    expect(code).toBe(0)
    expect(stdout).toContain('o-1: the same order again; not credited a second time')
    expect(stdout).toContain('Later than --as-of and not counted: 1.')
    expect(stdout).toContain('Purchases before effectiveFrom (2000-01-01), which count for tiers but earn nothing: 1.')
  })

  test('shows people the first hundred members and says how many there are', async () => {
    const events = Array.from({ length: 101 }, (_, index) => purchase(`m-${index}`, '2025-01-10T10:00:00Z'))
    const { stdout } = await evaluate(events, '--as-of', '2025-02-01')
    expect(stdout.match(/^Member /gm)).toHaveLength(100)
    expect(stdout).toContain('… and 1 more members; --json answers all of them.')
    expect((await inJson(events, '--as-of', '2025-02-01')).members).toHaveLength(101)
  })

  test('faults of the programme are told with line and field; an instant must be named', async () => {
    const faulty = writeFile('faulty.yaml', defaultProgramme.replace('pending: P14D', 'pending: soon'))
    const cli = newCommandLine()
    const events = writeFile('events.ndjson', '')
    const { code, stderr } = await cli.run('evaluate', '--programme', faulty, '--events', events, '--as-of', '2025-02-01')
    const line = defaultProgramme.split('\n').findIndex((text) => text.includes('pending: P14D')) + 1
    expect(code).toBe(1)
    expect(stderr).toContain(`${faulty}:${line}: points.pending: `)
    expect((await cli.run('evaluate', '--programme', programme, '--events', events)).code).toBe(2)
    expect(await cli.failure('evaluate', '--programme', programme, '--events', '/nowhere', '--as-of', '2025-02-01')).toMatchObject({
      code: 'file-not-readable',
    })
    expect(existsSync(cli.data)).toBe(false)
  })
})
