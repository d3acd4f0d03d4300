import { expect, test } from '@jest/globals'
import { sampleShop } from '@perennial/sample-shop'
import {
  type CommandLine,
  exportAll,
  newCommandLine,
  purchase,
  readModelNames,
  rowsOf,
  type Started,
  toNdjson,
  writeFile,
} from './support/command-line.ts'

const now = '2025-07-01'
const shop = [...sampleShop({ seed: 3, members: 400, from: '2024-01-01', to: '2025-06-30' })]

/** Port 0 is one that is free: tests run side by side. */
async function up(cli: CommandLine, ...args: string[]): Promise<Started> {
  const started = cli.start('--now', now, 'up', '--port', '0', ...args)
  await started.shows('Running')
  return started
}

async function stop({ child, exited }: Started, signal: 'SIGINT' | 'SIGTERM' = 'SIGINT') {
  child.kill(signal)
  return exited
}

async function until(what: () => Promise<boolean>, seconds = 30): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; ) if (await what()) return
  throw new Error('it did not come about in time')
}

interface Status {
  busLag: number
  projectors: { lag: number; outbox: number }[]
}

const isDone = ({ busLag, projectors }: Status) => busLag === 0 && projectors.every(({ lag, outbox }) => lag === 0 && outbox === 0)

test('up runs until it is told to stop, and stops well', async () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const { code, stderr } = await stop(await up(newCommandLine()), signal)
    expect({ signal, code }).toEqual({ signal, code: 0 })
    for (const name of ['ingest', ...readModelNames, 'relay']) expect(stderr.split('\n')[0]).toContain(name)
    expect(stderr).toMatch(/Stopped\.\n$/)
  }
})

test('events that another process publishes reach the read models', async () => {
  const cli = newCommandLine()
  const running = await up(cli)
  const file = writeFile('ann.ndjson', toNdjson([purchase('ann', '2025-06-01T10:00:00Z'), purchase('ann', '2025-06-02T10:00:00Z')]))
  expect(await cli.json('--now', now, 'publish', file)).toMatchObject({ published: 2, appended: 2, refused: 0 })
  expect(await cli.json('--now', now, 'member', 'ann')).toMatchObject({
    rows: { tier: { lifetimeSpend: '20.00' }, points: { available: 20 }, lifecycle: { purchases: 2 }, 'churn-risk': { band: 'low' } },
  })
  expect((await stop(running)).code).toBe(0)
  expect(await cli.ok('--now', now, 'verify')).toContain('Every read model says what the streams say.')
})

test('events that come over HTTP reach the read models, files and announcements', async () => {
  const cli = newCommandLine()
  const running = await up(cli)
  await running.shows('The API listens on')
  const url = /The API listens on (\S+);/.exec(running.stderr())?.[1]
  const send = (event: object) =>
    fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify(event),
    })
  expect((await send(purchase('ann', '2025-06-01T10:00:00Z'))).status).toBe(202)
  expect((await send({ ...purchase('ann', '2025-06-01T10:00:00Z'), subject: '' })).status).toBe(400)
  await until(async () => (await fetch(`${url}/v1/members/ann/lifecycle`)).status === 200)
  expect(await (await fetch(`${url}/v1/members/ann/lifecycle`)).json()).toMatchObject({ memberId: 'ann', stage: 'new', netSpend: '10.00' })
  await until(async () => isDone(await cli.json<Status>('status')))
  const { rows } = (await (await fetch(`${url}/v1/announcements`)).json()) as { rows: { type: string; subject: string }[] }
  expect(rows.map(({ type, subject }) => `${subject} ${type}`).sort()).toEqual([
    'ann perennial.churn-risk.changed.v1',
    'ann perennial.lifecycle.changed.v1',
    'ann perennial.tier.changed.v1',
  ])
  expect(await cli.json('dead-letters', 'list')).toMatchObject([{ code: 'subject-missing', origin: 'http' }])
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('perennial_dead_letters_open 1')
  expect(rowsOf(await cli.ok('--now', now, 'export', 'tier'))).toHaveLength(1)
  expect((await stop(running)).code).toBe(0)
})

test('a port that is taken is said so', async () => {
  const running = await up(newCommandLine())
  await running.shows('The API listens on')
  const port = /:(\d+);/.exec(running.stderr())?.[1] as string
  expect(await newCommandLine().failure('up', '--port', port)).toMatchObject({ code: 'address-in-use', where: `127.0.0.1:${port}` })
  expect(await newCommandLine().failure('up', '--port', '70000')).toMatchObject({ code: 'usage', where: '--port' })
  expect((await stop(running)).code).toBe(0)
})

test('a second up on the same data is refused; beside other data it is not', async () => {
  const cli = newCommandLine()
  const running = await up(cli)
  expect(await cli.failure('--now', now, 'up', '--port', '0')).toMatchObject({ code: 'data-busy' })
  expect(await cli.failure('--now', now, 'up', '--port', '0', '--only', 'points')).toMatchObject({ code: 'data-busy' })
  expect((await stop(await up(newCommandLine()))).code).toBe(0)
  expect((await stop(running)).code).toBe(0)
  // The locks are free again.
  expect((await stop(await up(cli))).code).toBe(0)
})

test('the services run in processes of their own, and together they do what one does', async () => {
  const cli = newCommandLine()
  const processes = await Promise.all(
    ['ingest', 'settlement', 'tier,points', 'lifecycle', 'churn-risk,relay'].map((names) => up(cli, '--only', names)),
  )
  const file = writeFile('shop.ndjson', toNdjson(shop))
  await cli.ok('--now', now, 'publish', file)
  await until(async () => isDone(await cli.json<Status>('status')))
  const alone = newCommandLine()
  await alone.ok('--now', now, 'publish', file)
  expect(await exportAll(cli, now)).toEqual(await exportAll(alone, now))
  for (const started of processes) expect((await stop(started)).code).toBe(0)
})

test('killed in the middle and started again, it goes on where it was', async () => {
  const cli = newCommandLine()
  const parts = [0, 1, 2, 3].map((part) => shop.filter((_, index) => index % 4 === part))
  for (const [index, part] of parts.entries()) {
    const running = await up(cli)
    // Killed too: whatever it had put on the bus is there, and the rest is published again below.
    const publishing = cli.start('--now', now, 'publish', writeFile('part.ndjson', toNdjson(part)))
    await new Promise((resolve) => setTimeout(resolve, 350 + index * 60))
    running.child.kill('SIGKILL')
    publishing.child.kill('SIGKILL')
    await Promise.all([running.exited, publishing.exited])
  }
  const running = await up(cli)
  for (const part of parts) await cli.ok('--now', now, 'publish', writeFile('part.ndjson', toNdjson(part)))
  await until(async () => isDone(await cli.json<Status>('status')))
  expect((await stop(running)).code).toBe(0)

  const calm = newCommandLine()
  await calm.ok('--now', now, 'publish', writeFile('shop.ndjson', toNdjson(shop)))
  expect(await exportAll(cli, now)).toEqual(await exportAll(calm, now))
  expect(await cli.ok('--now', now, 'verify')).toContain('Every read model says what the streams say.')
  expect(rowsOf(await cli.ok('--now', now, 'export', 'tier'))).toHaveLength(new Set(shop.map(({ subject }) => subject)).size)
})
