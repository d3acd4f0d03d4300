// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how configuration files name variables
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { bin, purchase, type Result, startNode, temporaryDirectory, toNdjson, writeFile } from './support/command-line.ts'

interface Run {
  /** What `perennial.yaml` in the working directory says. */
  yaml?: string
  env?: Record<string, string>
  cwd?: string
}

function run(args: readonly string[], { yaml, env = {}, cwd = temporaryDirectory() }: Run = {}): Promise<Result> {
  if (yaml !== undefined) writeFileSync(join(cwd, 'perennial.yaml'), yaml)
  return startNode([bin, ...args], { cwd, env }).exited
}

async function values(args: readonly string[], given: Run): Promise<Record<string, [unknown, string]>> {
  const { code, stdout, stderr } = await run(['--json', ...args, 'config'], given)
  if (code !== 0) throw new Error(stderr)
  const answer = JSON.parse(stdout) as { values: { field: string; value: unknown; from: string }[] }
  return Object.fromEntries(answer.values.map(({ field, value, from }) => [field, [value, from]]))
}

describe('what is wrong with the configuration is told before anything is done', () => {
  test('three faults at once, each with its place, and what to do', async () => {
    const cwd = temporaryDirectory()
    const yaml = 'data: ./shop\nkafka:\n  topicz: [a]\nbus: kafka://u:s3cret@host:nine\n'
    const { code, stdout, stderr } = await run(['status'], { yaml, cwd, env: { PERENNIAL_READY_MAX_LAG: 's3cret' } })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      [
        'error [invalid-configuration]: The configuration has faults.',
        '  perennial.yaml:3: kafka.topicz: not a field here; did you mean topics?',
        '  perennial.yaml:4: bus: A host has to be like host:9092',
        '  ready.maxLag: expected a whole number from 0 to 1000000000 (PERENNIAL_READY_MAX_LAG)',
        '  Mend what is named; docs/configuration.md lists every field and variable, perennial config shows what is in force.',
        '',
      ].join('\n'),
    )
    expect(existsSync(join(cwd, 'shop'))).toBe(false)
  })

  test.each([
    ['bus', 'kafka:/shop:s3cret@host', 'It has to be like kafka://host:9092,host:9092'],
    ['bus', 'kafka://shop:s3cret@host?tsl=true', 'There is no option "tsl"; there are tls, tlsCAFile, mechanism'],
    ['eventStore', 'kurrentdb://host', 'A connection with TLS needs user:password@ before the host; say ?tls=false for one without'],
    ['eventStore', 'kurrentdb://shop:a/s3cret@host', 'special characters of a user or a password have to be percent-encoded'],
    ['readStore', 'mysql://shop:s3cret@host/db', 'It has to be like postgresql://user:password@host:5432/database'],
    ['readStore', 'postgres://shop:s3cret@host/db?sslmod=require', 'There is no option "sslmod"'],
  ])('an address of the %s that is none: %s', async (field, address, fault) => {
    const { code, stdout, stderr } = await run(['--json', 'config'], { yaml: `${field}: ${address}\n` })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    const { error } = JSON.parse(stderr) as { error: { code: string; where: string; faults: unknown[] } }
    expect(error).toMatchObject({
      code: 'invalid-configuration',
      where: 'perennial.yaml',
      faults: [{ field, line: 1, message: expect.stringContaining(fault) }],
    })
    expect(stderr).not.toContain('s3cret')
  })

  test('a file that is not there, and a variable that is misspelt', async () => {
    const { code, stderr } = await run(['--config', 'nowhere.yaml', 'up'], { env: { PERENNIAL_BUSS: 's3cret' } })
    expect(code).toBe(1)
    expect(stderr).toContain('  expected a file that can be read at nowhere.yaml (--config): ENOENT\n')
    expect(stderr).toContain('  there is no variable PERENNIAL_BUSS; did you mean PERENNIAL_BUS?\n')
    expect(stderr).not.toContain('s3cret')
  })
})

describe('perennial config', () => {
  test('shows what is in force, where it comes from, and no password', async () => {
    const yaml = 'readStore: postgres://shop:${PASSWORD}@postgres:5432/shop\nready: { maxLag: 5 }\n'
    const secret = writeFile('event-store', 'kurrentdb://shop:s3cret@kurrentdb:2113\n')
    const { code, stdout, stderr } = await run(['--data', 'there', 'config'], {
      yaml,
      env: { PASSWORD: 's3cret', PERENNIAL_EVENT_STORE_FILE: secret, PERENNIAL_BUS: 'kafka://one:9092?tls=true' },
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.split('\n').map((line) => line.split(/ {2,}# /))
    expect(lines.slice(0, 4)).toEqual([
      ['data: there', '--data'],
      ['bus: kafka://one:9092?tls=true', 'PERENNIAL_BUS'],
      ['eventStore: kurrentdb://shop:***@kurrentdb:2113', 'PERENNIAL_EVENT_STORE_FILE'],
      ['readStore: postgres://shop:***@postgres:5432/shop', 'perennial.yaml:1'],
    ])
    expect(lines).toContainEqual(['  maxLag: 5', 'perennial.yaml:2'])
    expect(stdout).not.toContain('s3cret')
  })

  test('takes options before the environment, the environment before the file, the file before defaults', async () => {
    const yaml = 'data: from-file\nlog: info\nshare: { ttlMs: 9000 }\n'
    const env = { PERENNIAL_DATA: 'from-environment', PERENNIAL_LOG: 'debug' }
    expect(await values(['--data', 'from-option'], { yaml, env })).toMatchObject({
      data: ['from-option', '--data'],
      log: ['debug', 'PERENNIAL_LOG'],
      'share.ttlMs': [9000, 'perennial.yaml:3'],
      'postgres.connections': [4, 'default'],
    })
    expect(await values([], { yaml, env })).toMatchObject({ data: ['from-environment', 'PERENNIAL_DATA'] })
    expect(await values([], { yaml })).toMatchObject({ data: ['from-file', 'perennial.yaml:1'] })
    expect(await values([], {})).toMatchObject({ data: ['./.perennial', 'default'] })
  })

  test('with --check, says that there is no server where there is none', async () => {
    const { code, stdout } = await run(['config', '--check'])
    expect(code).toBe(0)
    expect(stdout).toContain('There is no server to connect to: everything is kept in ./.perennial.\n')
  })

  test('with --check, tells each server that cannot be used, and ends with 1', async () => {
    const yaml = 'readStore: postgres://shop:s3cret@127.0.0.1:9/shop\neventStore: kurrentdb://127.0.0.1:9?tls=false\n'
    const { code, stdout, stderr } = await run(['config', '--check'], { yaml })
    expect(code).toBe(1)
    expect(stdout).toMatch(/readStore .*postgres:\/\/shop:\*\*\*@127\.0\.0\.1:9\/shop.*failed.*store-unavailable/)
    expect(stderr).toMatch(/^error \[servers-not-usable\]: /)
    expect(stderr).toMatch(/^ {2}readStore: store-unavailable: /m)
    expect(stderr).toMatch(/^ {2}eventStore: store-unavailable: /m)
    expect(stdout + stderr).not.toContain('s3cret')
  })

  describe('with --check, beside a PostgreSQL', () => {
    let server: PostgresServer
    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(() => server.remove())

    test('says that it is reached', async () => {
      const { code, stdout, stderr } = await run(['config', '--check'], { env: { PERENNIAL_READ_STORE: server.url } })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(/readStore .*perennial:\*\*\*@.*reached/)
      expect(stdout).not.toContain(new URL(server.url).password)
    })

    test('says that the password is wrong', async () => {
      const url = new URL(server.url)
      url.password = 's3cret'
      const { code, stdout, stderr } = await run(['config', '--check'], { env: { PERENNIAL_READ_STORE: url.href } })
      expect(code).toBe(1)
      expect(stderr).toMatch(/^ {2}readStore: store-refused: /m)
      expect(stdout + stderr).not.toContain('s3cret')
    })
  })
})

test('commands work in the data directory that the configuration names', async () => {
  const cwd = temporaryDirectory()
  const events = writeFile('one.ndjson', toNdjson([purchase('ann', '2025-01-09T10:00:00Z')]))
  const yaml = 'data: ./shop\n'
  expect(await run(['--now', '2025-01-10', 'publish', events], { yaml, cwd })).toMatchObject({ code: 0 })
  expect(existsSync(join(cwd, 'shop', 'log.db'))).toBe(true)
  expect(await run(['--now', '2025-01-10', '--json', 'member', 'ann'], { cwd })).toMatchObject({ code: 0 })
  const elsewhere = await run(['--data', 'elsewhere', '--json', 'member', 'ann'], { cwd })
  expect(JSON.parse(elsewhere.stderr)).toMatchObject({ error: { code: 'data-missing', where: 'elsewhere' } })
})
