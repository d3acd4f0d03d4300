import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bin, newCommandLine, purchase, startNode, temporaryDirectory, toNdjson, writeFile } from './support/command-line.ts'

const now = '2025-01-10'

describe('a mistake is answered with what is wrong, where, and what to do', () => {
  const cli = newCommandLine()
  beforeAll(() => cli.ok('--now', now, 'publish', writeFile('one.ndjson', toNdjson([purchase('ann', '2025-01-09T10:00:00Z')]))))

  test('an unknown member', async () => {
    const { code, stdout, stderr } = await cli.run('member', 'nobody')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe('error [member-unknown]: No event of this member is known.\n  in nobody\n  Check the id; ids are case-sensitive.\n')
    expect(await cli.failure('member', 'nobody')).toMatchObject({ code: 'member-unknown', where: 'nobody' })
  })

  test('a file that is not there', async () => {
    expect(await cli.failure('publish', '/nowhere/events.ndjson')).toMatchObject({
      code: 'file-not-readable',
      where: '/nowhere/events.ndjson',
    })
    expect(await cli.failure('import', 'cdnow', '/nowhere/cdnow.txt')).toMatchObject({ code: 'file-not-readable' })
    expect(await cli.failure('publish', temporaryDirectory())).toMatchObject({ code: 'file-not-readable' })
  })

  test('a file in another format', async () => {
    const file = writeFile('other.csv', 'a,b\n1,2\n')
    expect(await cli.failure('import', 'online-retail', file)).toMatchObject({ code: 'file-invalid', where: `${file}:1` })
    const { stderr } = await cli.run('import', 'online-retail', file)
    expect(stderr).toMatch(/^error \[file-invalid\]: .* found "a,b"\.\n {2}in .*other\.csv:1\n {2}Check .*\n$/)
    expect(await cli.failure('publish', writeFile('events.ndjson.gz', 'not gzip'))).toMatchObject({ code: 'file-invalid' })
  })

  test.each(['tomorrow', '2025-13-01', '2025-02-30', '2025-01-01T00:00:00', '1735689600000', ''])('--now "%s"', async (text) => {
    expect(await cli.failure('--now', text, 'status')).toMatchObject({ code: 'usage', where: '--now' })
  })

  test('unknown names of read models, projectors and services', async () => {
    expect((await cli.failure('export', 'tiers')).message).toContain('there are tier, points, lifecycle, churn-risk')
    expect((await cli.failure('rebuild', 'tiers')).message).toContain('there are tier, points, lifecycle, churn-risk')
    expect((await cli.failure('up', '--only', 'tier,nothing')).message).toContain('No service "nothing"')
  })

  test('dead letters that there are none of', async () => {
    expect(await cli.failure('dead-letters', 'retry')).toMatchObject({ code: 'usage' })
    expect(await cli.failure('dead-letters', 'show', 'abcdef')).toMatchObject({ code: 'dead-letter-unknown', where: 'abcdef' })
  })

  test('words that are no command, and options that there are not', async () => {
    for (const args of [['nonsense'], ['status', '--nonsense'], ['export'], ['export', 'tier', '--format', 'xml'], []]) {
      const { code, stderr, stdout } = await cli.run(...args)
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' })
      expect(stderr).toMatch(/perennial --help|Usage: perennial/)
      expect(stderr).not.toMatch(/^ +at /m)
    }
    expect(await cli.failure('nonsense')).toMatchObject({ code: 'usage', message: expect.stringContaining("unknown command 'nonsense'") })
  })

  test('the commands that only read want data that is there, and leave nothing behind', async () => {
    const empty = newCommandLine()
    for (const args of [
      ['status'],
      ['verify'],
      ['export', 'tier'],
      ['member', 'ann'],
      ['rebuild'],
      ['dead-letters', 'list'],
      ['parked', 'list'],
    ]) {
      expect(await empty.failure(...args)).toMatchObject({ code: 'data-missing', where: empty.data })
    }
    expect((await startNode(['-e', `process.exit(fs.existsSync(${JSON.stringify(empty.data)}) ? 1 : 0)`]).exited).code).toBe(0)
  })

  test.each(['log.db', 'bus.db', 'points.db', 'dead-letters.db'])('data of a newer version: %s', async (name) => {
    const newer = newCommandLine()
    mkdirSync(newer.data)
    for (const file of new Set(['log.db', name])) {
      const database = new DatabaseSync(join(newer.data, file))
      if (file === name) database.exec('PRAGMA user_version = 999')
      database.close()
    }
    expect(await newer.failure('status')).toMatchObject({ code: 'data-version', where: join(newer.data, name) })
  })
})

test('a Node.js that is too old is told so in one line', async () => {
  const asOld = `
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } })
    await import(${JSON.stringify(pathToFileURL(bin).href)})`
  const { code, stdout, stderr } = await startNode(['--input-type=module', '-e', asOld]).exited
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr.split('\n')).toHaveLength(2)
  expect(stderr).toContain('error [wrong-node]: Perennial needs Node.js 24, this is 20.19.0.')
})

test('a reader that has seen enough is no error', async () => {
  const cli = newCommandLine()
  const many = Array.from({ length: 5_000 }, (_, index) => purchase(`member-${index}`, '2025-01-09T10:00:00Z'))
  await cli.ok('--now', now, 'publish', writeFile('many.ndjson', toNdjson(many)))
  const { child, exited } = cli.start('--now', now, 'export', 'tier')
  child.stdout?.once('data', () => child.stdout?.destroy())
  expect(await exited).toMatchObject({ code: 0, stderr: '' })
})
