import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { sampleShop } from '@perennial/sample-shop'
import { commandLine, exportAll, newCommandLine, startNode, temporaryDirectory, toNdjson, writeFile } from './support/command-line.ts'

const script = join(import.meta.dirname, '../../infra/backup.js')
const now = '2025-07-01'

test('a copy taken while events come in can be started, and ends the same once the events are sent again', async () => {
  const cli = newCommandLine()
  const shop = [...sampleShop({ seed: 5, members: 400, from: '2024-01-01', to: '2025-06-30' })]
  const file = writeFile('shop.ndjson', toNdjson(shop))
  await cli.ok('--now', now, 'publish', writeFile('first.ndjson', toNdjson(shop.slice(0, 1_000))))
  const running = cli.start('--now', now, 'up', '--port', '0')
  await running.shows('Running')
  const publishing = cli.run('--now', now, 'publish', file)

  const copy = join(temporaryDirectory(), 'copy')
  const copied = await startNode([script, cli.data, copy]).exited
  expect({ ...copied, stdout: '' }).toEqual({ code: 0, stdout: '', stderr: expect.not.stringContaining('Error') })
  expect((await publishing).code).toBe(0)
  running.child.kill('SIGINT')
  expect((await running.exited).code).toBe(0)

  const restored = commandLine(copy)
  expect((await restored.json<{ events: number }>('status')).events).toBeGreaterThan(900)
  await restored.ok('--now', now, 'publish', file)
  expect(await exportAll(restored, now)).toEqual(await exportAll(cli, now))
  expect(await restored.ok('--now', now, 'verify')).toContain('Every read model says what the streams say.')
})

test('a copy goes nowhere where something is, and comes from nowhere where nothing is', async () => {
  const empty = temporaryDirectory()
  expect(await startNode([script, empty, join(empty, 'copy')]).exited).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no Perennial data'),
  })
  const cli = newCommandLine()
  await cli.ok('--now', now, 'demo', '--members', '3')
  expect(await startNode([script, cli.data, cli.data]).exited).toMatchObject({ code: 1, stderr: expect.stringContaining('is not empty') })
})
