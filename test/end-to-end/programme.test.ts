import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { defaultProgrammeFile } from '@perennial/contracts'
import { newCommandLine, purchase, toNdjson, writeFile } from './support/command-line.ts'

const now = '2025-03-01'
const yaml = readFileSync(defaultProgrammeFile, 'utf8')
const changed = (...changes: [from: string | RegExp, to: string][]) => changes.reduce((text, [from, to]) => text.replace(from, to), yaml)
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
    const failure = await cli.failure('programme', 'check', file)
    expect(failure).toMatchObject({ code: 'programme-invalid', where: file })
    const faults = (failure as unknown as { faults: { field: string; message: string; line: number }[] }).faults
    expect(faults.map(({ field }) => field)).toEqual(expect.arrayContaining(['timeZone', 'timezone', 'points.earn[1].multiply']))
    expect(faults.find(({ field }) => field === 'timezone')?.message).toBe('not a field of a programme; did you mean timeZone?')
    const line = yaml.split('\n').findIndex((text) => text.includes('name: organic')) + 1
    expect(faults.find(({ field }) => field === 'points.earn[1].multiply')?.line).toBe(line)
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
