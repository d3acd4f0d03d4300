import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { defaultProgrammeFile, sampleProgrammeFile, sampleProgrammes } from '@perennial/contracts'
import { bin, newCommandLine, purchase, startNode, temporaryDirectory, toNdjson, writeFile } from './support/command-line.ts'

const now = '2025-03-01'
const yaml = readFileSync(defaultProgrammeFile, 'utf8')
const changed = (...changes: [from: string | RegExp, to: string][]) => changes.reduce((text, [from, to]) => text.replace(from, to), yaml)
const lineOf = (text: string, piece: string) => text.slice(0, text.indexOf(piece)).split('\n').length

interface Failure {
  code: string
  where: string
  faults: { field: string; message: string; line: number }[]
}

const twoPoints: [string, string] = ['per: "1.00", points: 1', 'per: "1.00", points: 2']

describe('the rules of a programme', () => {
  const cli = newCommandLine()
  const points = async (memberId: string) =>
    JSON.parse(await cli.ok('--now', now, '--json', 'member', memberId)).rows.points as { available: number; pending: number }

  beforeAll(() => cli.ok('--now', now, 'publish', writeFile('one.ndjson', toNdjson([purchase('ann', '2025-01-09T10:00:00Z')]))))

  test('are checked without any data, every fault with its line and what was probably meant', async () => {
    const file = writeFile(
      'faults.yaml',
      changed([/timeZone: .*/, 'timezone: Europe/London'], ['multiply: 2 }', 'multiply: two }'], ['after: P12M', 'after: a year']),
    )
    const failure = (await cli.failure('programme', 'check', file)) as unknown as Failure
    expect(failure).toMatchObject({ code: 'programme-invalid', where: file })
    const { faults } = failure
    expect(faults.map(({ field }) => field)).toEqual(expect.arrayContaining(['timeZone', 'timezone', 'points.earn[1].multiply']))
    expect(faults.find(({ field }) => field === 'timezone')?.message).toBe('not a field here; did you mean timeZone?')
    expect(faults.find(({ field }) => field === 'points.earn[1].multiply')?.line).toBe(lineOf(yaml, 'name: organic'))
  })

  test('are checked for what no single field shows, with its line too', async () => {
    const text = changed(['name: organic,', 'name: base,'], ['when: { category', 'when: { tier: [glod], category'])
    const file = writeFile('more-faults.yaml', text)
    const line = lineOf(text, 'glod')
    expect(await cli.failure('programme', 'check', file)).toMatchObject({
      code: 'programme-invalid',
      where: file,
      faults: [
        { field: 'points.earn[1].name', line, message: 'a second rule named base' },
        { field: 'points.earn[1].when.tier', line, message: 'no level is named glod; did you mean gold?' },
      ],
    })
    const { code, stderr } = await cli.run('programme', 'check', file)
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`${file}:${line}: points.earn[1].name: a second rule`) })
  })

  test('are shown in plain words, of a file and of what is in force', async () => {
    const ofFile = await cli.ok('programme', 'show', writeFile('shown.yaml', yaml))
    const inForce = await cli.ok('programme', 'show')
    expect(ofFile).toContain('1 point for each 1.00 paid (base)')
    expect(ofFile).toContain('silver from 500.00: points × 1.25, free-delivery')
    expect(inForce).toBe(ofFile)
  })

  test('that begin in the past are published only on purpose, after saying how many members change', async () => {
    const file = writeFile('v2.yaml', changed(['version: 1', 'version: 2'], twoPoints))
    const before = await points('ann')
    expect(await cli.failure('--now', now, 'programme', 'publish', file)).toMatchObject({ code: 'programme-retroactive' })
    const dry = await cli.ok('--now', now, 'programme', 'publish', file, '--retroactive', '--dry-run')
    expect(dry).toContain('Of 1 members, 1 change as of now: tier of 0, points of 1')
    expect(await points('ann')).toEqual(before)

    await cli.ok('--now', now, 'programme', 'publish', file, '--retroactive')
    expect((await points('ann')).available).toBe(2 * before.available)
    await cli.ok('--now', now, 'verify')
    expect(await cli.ok('--now', now, 'programme', 'publish', file)).toContain('was published before; nothing changes')
  })

  test('that begin in the future change nothing until then', async () => {
    const before = await points('ann')
    const file = writeFile(
      'v3.yaml',
      changed(['version: 1', 'version: 3'], ['effectiveFrom: 2000-01-01', 'effectiveFrom: 2025-04-01'], ['per: "1.00"', 'per: "0.10"']),
    )
    await cli.ok('--now', now, 'programme', 'publish', file)
    expect(await points('ann')).toEqual(before)
    await cli.ok('--now', '2025-05-01', 'publish', writeFile('two.ndjson', toNdjson([purchase('bob', '2025-04-02T10:00:00Z')])))
    await cli.ok('--now', '2025-05-01', 'verify')
  })

  test('keep their versions: another content under a version that was published is refused', async () => {
    const file = writeFile('again.yaml', changed(['version: 1', 'version: 2']))
    expect(await cli.failure('--now', now, 'programme', 'publish', file)).toMatchObject({ code: 'programme-version' })
  })
})

describe('the examples that a programme carries', () => {
  const cli = newCommandLine()
  const examples = `
examples:
  - name: Organic tea counts double
    given:
      - { bought: "10.00", of: tea, category: organic, on: 2025-03-01 }
    then: { pending: 20 }
  - name: Tea is tea
    given:
      - { bought: "10.00", of: tea, on: 2025-03-01 }
    then:
      - { asOf: 2025-03-15, available: 10, nextExpiry: { at: 2026-04-01 } }
      - { asOf: 2025-04-01, available: 10, tier: member }
`
  const holding = writeFile('holding.yaml', yaml + examples)
  const failing = writeFile('failing.yaml', yaml + examples.replace('pending: 20', 'pending: 10').replace('tier: member', 'tier: gold'))

  test('are tried when it is checked, and leave nothing behind', async () => {
    expect(await cli.ok('programme', 'check', holding)).toBe(`${holding}: default, version 1, is in order; 2 examples hold.\n`)
    expect(await cli.json('programme', 'check', holding)).toMatchObject({ valid: true, examples: [{ holds: true }, { holds: true }] })
    expect(existsSync(cli.data)).toBe(false)
  })

  test('of the documentation hold under the programme that Perennial starts with', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/programme.md'), 'utf8')
    const [, documented] = /## Examples\n.*?```yaml\n(.*?)```/s.exec(page) as unknown as [string, string]
    const file = writeFile('documented.yaml', `${yaml}\n${documented}`)
    expect(await cli.ok('programme', 'check', file)).toContain('is in order; 3 examples hold.')
  })

  test('that do not hold are answered with line, name, what came out and the movements that led there', async () => {
    const { code, stdout, stderr } = await cli.run('programme', 'check', failing)
    const text = readFileSync(failing, 'utf8')
    expect(code).toBe(1)
    const place = (piece: string) => `${failing}:${lineOf(text, piece)}: examples`
    expect(stderr).toContain(`${place('pending: 10')}[0].then.pending: Organic tea counts double: expected 10, came out 20\n`)
    expect(stderr).toContain(`${place('tier: gold')}[1].then[1].tier: Tea is tea: expected gold, came out member\n`)
    expect(stdout).toContain('Organic tea counts double, as of 2025-03-01T12:00:00.000Z\n  pending: expected 10, came out 20\n')
    expect(stdout).toContain('tea 10.00 GBP: 20 by base (1 per 1.00) × organic (2)')

    const result = await cli.run('--json', 'programme', 'check', failing)
    expect(JSON.parse(result.stdout)).toMatchObject({
      valid: false,
      examples: [{ holds: false, looks: [{ member: { movements: [{ points: 20 }] } }] }, {}],
    })
    expect(JSON.parse(result.stderr)).toMatchObject({
      error: { code: 'programme-example', faults: [{ field: 'examples[0].then.pending' }, {}] },
    })
  })

  test('keep it from being published while they do not hold', async () => {
    expect(await cli.failure('programme', 'publish', failing)).toMatchObject({ code: 'programme-example', where: failing })
    expect(existsSync(cli.data)).toBe(false)
    await cli.ok('--now', now, 'programme', 'publish', holding)
    const [published] = await cli.json<{ version: number; examples: unknown[] }[]>('programme', 'show')
    expect(published).toMatchObject({ version: 1, examples: [{ name: 'Organic tea counts double' }, {}] })
    expect(await cli.ok('programme', 'show')).not.toMatch(/example|Organic tea counts/i)
  })

  test('that cannot happen are faults of the file', async () => {
    const file = writeFile(
      'impossible.yaml',
      yaml + examples.replace('tier: member', 'tier: membre').replace('bought: "10.00"', 'bought: "10.005"'),
    )
    expect(await cli.failure('programme', 'check', file)).toMatchObject({
      code: 'programme-invalid',
      faults: [{ field: 'examples[0].given[0].bought' }, { field: 'examples[1].then[1].tier', message: expect.stringMatching(/member/) }],
    })
  })

  test('say when they lie before the first day, so that nothing is earned', async () => {
    const file = writeFile('early.yaml', (yaml + examples).replace('effectiveFrom: 2000-01-01', 'effectiveFrom: 2026-01-01'))
    expect((await cli.run('programme', 'check', file)).stdout).toContain('Given before effectiveFrom, when nothing is earned: 1.')
  })
})

describe('the samples', () => {
  const cli = newCommandLine()

  test.each(sampleProgrammes)('%s is in order, and its examples hold', async (name) => {
    const { valid, examples } = await cli.json<{ valid: boolean; examples: unknown[] }>(
      'programme',
      'check',
      sampleProgrammeFile(name).pathname,
    )
    expect(valid).toBe(true)
    expect(examples.length).toBeGreaterThanOrEqual(4)
  })

  test('are printed to begin with, for editors that find the schema', async () => {
    const directory = temporaryDirectory()
    const { code, stdout } = await startNode([bin, 'programme', 'sample', 'grocer'], { cwd: directory }).exited
    expect(code).toBe(0)
    const file = join(directory, 'my.yaml')
    writeFileSync(file, stdout)
    const [, schema] = /^# yaml-language-server: \$schema=(.*)\n/.exec(stdout) as unknown as [string, string]
    expect(existsSync(join(directory, schema))).toBe(true)
    const original = readFileSync(sampleProgrammeFile('grocer'), 'utf8')
    expect(stdout.split('\n').slice(1)).toEqual(original.split('\n').slice(1))
    expect(await cli.ok('programme', 'check', file)).toContain('grocer, version 1, is in order')
    expect(existsSync(join(directory, '.perennial'))).toBe(false)
  })

  test('that there is none of is told with those that there are', async () => {
    expect(await cli.failure('programme', 'sample', 'grocr')).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('there are grocer, fashion, coffee; did you mean grocer?'),
    })
  })
})
