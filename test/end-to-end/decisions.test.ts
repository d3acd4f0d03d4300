import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { CloudEvent, Decided, OpenHolds, PointsRow, Problem } from '@perennial/contracts'
import { type CommandLine, newCommandLine, purchase, type Started, startNode, toNdjson, writeFile } from './support/command-line.ts'

const now = '2025-03-01T12:00:00Z'

/** One point per pound, at once, for thirty days. */
const programme = `
programme: shop
version: 1
effectiveFrom: 2000-01-01
timeZone: Europe/London
points:
  earn: [{ name: base, per: "1.00", points: 1 }]
  pending: P0D
  expiry: { after: P30D, at: end-of-day }
  redeem: { worth: "0.01", holdFor: PT2H }
tiers:
  metric: spend
  window: { rolling: P12M }
  levels: [{ name: member, from: "0" }, { name: gold, from: "5000.00" }]
`

function bought(member: string, pounds: number, time = '2025-02-20T10:00:00Z'): CloudEvent {
  const event = purchase(member, time)
  return { ...event, data: { ...event.data, lines: [{ sku: 'tea', quantity: 1, amount: `${pounds}.00` }] } } as CloudEvent
}

async function shopWith(...events: CloudEvent[]): Promise<CommandLine> {
  const cli = newCommandLine()
  await cli.ok('--now', '2025-01-01', 'programme', 'publish', writeFile('shop.yaml', programme))
  await publish(cli, ...events)
  return cli
}

const publish = (cli: CommandLine, ...events: CloudEvent[]) => cli.ok('--now', now, 'publish', writeFile('events.ndjson', toNdjson(events)))

async function pointsOf(cli: CommandLine, member: string, at = now): Promise<PointsRow> {
  return (await cli.json<{ rows: { points: PointsRow } }>('--now', at, 'member', member)).rows.points
}

interface Answer<Body> {
  status: number
  body: Body
}

/** Something that answers over HTTP. */
interface Server {
  decide(path: string, key: string, body?: object): Promise<Answer<Decided & Problem>>
  get<Body>(path: string): Promise<Answer<Body>>
}

async function serverOf(started: Started, says: string): Promise<Server> {
  await started.shows(says)
  const url = new RegExp(`${says} (\\S+);`).exec(started.stderr())?.[1]
  const answerOf = async <Body>(response: Response): Promise<Answer<Body>> => {
    return { status: response.status, body: (await response.json()) as Body }
  }
  return {
    decide: async (path, key, body = {}) =>
      answerOf(
        await fetch(`${url}/v1/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': key },
          body: JSON.stringify(body),
        }),
      ),
    get: async (path) => answerOf(await fetch(`${url}/v1/${path}`)),
  }
}

const up = async (cli: CommandLine) => serverOf(cli.start('--now', now, 'up', '--port', '0'), 'The API listens on')

/** Another process that answers over the same data. */
const another = async (cli: CommandLine) =>
  serverOf(startNode([join(import.meta.dirname, 'support/serve-api.ts'), cli.data, now]), 'Listens on')

const statuses = (answers: readonly Answer<unknown>[]) => Map.groupBy(answers, ({ status }) => status)

describe('edge case 12: concurrent spends of the last points', () => {
  let cli: CommandLine
  let servers: Server[]
  beforeAll(async () => {
    cli = await shopWith(bought('ann', 100), bought('bob', 100), bought('cem', 100), bought('dan', 100))
    servers = await Promise.all([up(cli), another(cli), another(cli)])
  })
  const server = (index: number) => servers[index % servers.length] as Server

  test('twenty spends of all of the last 100 points: exactly one succeeds', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => server(0).decide('members/ann/redemptions', `twenty-${n}`, { points: 100 })),
    )
    const by = statuses(answers)
    expect([...by].map(([status, some]) => [status, some.length]).sort()).toEqual([
      [201, 1],
      [409, 19],
    ])
    for (const { body } of by.get(409) ?? []) expect((body as Problem).code).toBe('points-missing')
    expect(by.get(201)?.[0]?.body).toMatchObject({ points: { available: 0, redeemed: 100 } })
  })

  test('fifty redemptions of 5 of the last 100 points, in three processes at once: exactly twenty succeed', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => server(n).decide('members/bob/redemptions', `fifty-${n}`, { points: 5 })),
    )
    const by = statuses(answers)
    expect([by.get(201)?.length, by.get(409)?.length]).toEqual([20, 30])
    // Each of them saw another balance: none was decided from the same state as another.
    const balances = (by.get(201) ?? []).map(({ body }) => (body as Decided).points?.available).sort((a = 0, b = 0) => b - a)
    expect(balances).toEqual(Array.from({ length: 20 }, (_, n) => 95 - 5 * n))
    expect(await pointsOf(cli, 'bob')).toMatchObject({ available: 0, redeemed: 100, balance: 0 })
  })

  test('the same request sent again and again to all of them is one redemption', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => server(n).decide('members/cem/redemptions', 'one', { points: 60 })),
    )
    const by = statuses(answers)
    expect([by.get(201)?.length, by.get(200)?.length]).toEqual([1, 29])
    expect(new Set(answers.map(({ body }) => JSON.stringify({ ...body, repeated: true }))).size).toBe(1)
    expect(await pointsOf(cli, 'cem')).toMatchObject({ available: 40, redeemed: 60 })
  })

  test('edge case 33: two that looked at the same state do not both count, on the command line neither', async () => {
    const overHttp = [1, 2, 3].map((n) => server(n).decide('members/dan/redemptions', `http-${n}`, { points: 60 }))
    const onCommandLine = [1, 2, 3].map((n) => cli.run('--now', now, '--json', 'points', 'redeem', 'dan', '60', '--key', `cli-${n}`))
    const made = [
      ...(await Promise.all(overHttp)).filter(({ status }) => status === 201),
      ...(await Promise.all(onCommandLine)).filter(({ code }) => code === 0),
    ]
    expect(made).toHaveLength(1)
    expect(await pointsOf(cli, 'dan')).toMatchObject({ available: 40, redeemed: 60 })
    expect(await cli.ok('--now', now, 'verify')).toContain('Every read model says what the streams say.')
  })
})

describe('what comes back comes back once, and to where it was', () => {
  let cli: CommandLine
  beforeAll(async () => {
    cli = await shopWith(
      ...['ann', 'bob', 'cem'].flatMap((member) => [bought(member, 100, '2025-02-10T10:00:00Z'), bought(member, 50)]),
      bought('dan', 100, '2025-02-10T10:00:00Z'),
    )
  })
  const points = (at: string, ...args: string[]) => cli.json<Decided>('--now', at, 'points', ...args)
  const refused = (at: string, ...args: string[]) => cli.failure('--now', at, 'points', ...args)

  test('edge case 14: a redemption is cancelled once, and what was earned meanwhile stays', async () => {
    await points(now, 'redeem', 'ann', '120', '--key', 'r-ann')
    await publish(cli, bought('ann', 7, '2025-03-01T11:00:00Z'))
    const cancelled = await points(now, 'cancel', 'ann', 'r-ann', '--key', 'x-ann')
    expect(cancelled.points).toMatchObject({ available: 157, redeemed: 0 })
    expect(await points(now, 'cancel', 'ann', 'r-ann', '--key', 'x-ann')).toEqual({ ...cancelled, repeated: true })
    expect(await refused(now, 'cancel', 'ann', 'r-ann', '--key', 'x-ann-2')).toMatchObject({ code: 'redemption-over' })
    expect(await pointsOf(cli, 'ann')).toMatchObject({ available: 157 })
  })

  test('edge case 15: points of an order that was given up pay for another one, and not for the first again', async () => {
    await points(now, 'hold', 'bob', '150', '--order', 'first', '--key', 'h-first')
    await points(now, 'release', 'bob', 'h-first')
    await points(now, 'redeem', 'bob', '150', '--order', 'second', '--key', 'r-second')
    expect(await refused(now, 'capture', 'bob', 'h-first')).toMatchObject({ code: 'hold-over' })
    expect(await refused(now, 'redeem', 'bob', '1', '--order', 'first')).toMatchObject({ code: 'points-missing' })
    expect(await pointsOf(cli, 'bob')).toMatchObject({ available: 0, redeemed: 150, held: 0 })
  })

  test('edge case 17: what was redeemed and cancelled expires when it would have', async () => {
    const before = await pointsOf(cli, 'cem')
    expect(before).toMatchObject({ available: 150, nextExpiry: { points: 100, at: '2025-03-13T00:00:00.000Z' } })
    await points(now, 'redeem', 'cem', '120', '--key', 'r-cem')
    const { points: after } = await points('2025-03-02T12:00:00Z', 'cancel', 'cem', 'r-cem')
    expect(after).toMatchObject({ available: 150, nextExpiry: before.nextExpiry })
    expect(await pointsOf(cli, 'cem', '2025-03-13')).toMatchObject({ available: 50, expired: 100 })
    expect(await pointsOf(cli, 'cem', '2025-03-23')).toMatchObject({ available: 0, expired: 150 })
  })

  test('edge case 18: what has expired cannot be redeemed, though nobody has swept yet', async () => {
    // The read models were last brought up to date at noon of 1 March.
    const lastMoment = '2025-03-12T23:59:59.999Z'
    const expiry = '2025-03-13T00:00:00Z'
    expect(await refused(expiry, 'redeem', 'dan', '100', '--key', 'late')).toMatchObject({
      code: 'points-missing',
      message: expect.stringContaining('0 points can be spent'),
    })
    expect(await refused(expiry, 'hold', 'dan', '1')).toMatchObject({ code: 'points-missing' })
    expect(await points(lastMoment, 'redeem', 'dan', '1', '--key', 'in-time')).toMatchObject({ points: { available: 99 } })
  })
})

describe('a till', () => {
  test('holds, captures in part and gives back with the return of the order', async () => {
    const cli = await shopWith(bought('ann', 1_000))
    const server = await another(cli)
    const held = await server.decide('members/ann/holds', 'till/1', {
      points: 500,
      orderId: 'o-9',
      orderAmount: '25.00',
      lapsesIn: 'PT15M',
    })
    expect(held).toMatchObject({ status: 201, body: { decision: { worth: { amount: '5.00', currency: 'GBP' } }, points: { held: 500 } } })
    expect((await server.get<OpenHolds>('members/ann/holds')).body.rows).toMatchObject([{ hold: 'till/1', points: 500 }])
    const captured = await server.decide('members/ann/holds/till%2F1/capture', 'till/2', { points: 400 })
    expect(captured).toMatchObject({ status: 201, body: { points: { available: 600, held: 0, redeemed: 400 } } })

    const line = { sku: 'tea', quantity: 2, amount: '25.00' }
    const order = { ...purchase('ann', '2025-03-01T12:01:00Z'), data: { orderId: 'o-9', currency: 'GBP', lines: [line] } } as CloudEvent
    const half = { returnId: 'b-9', orderId: 'o-9', currency: 'GBP', lines: [{ ...line, quantity: 1, amount: '12.50' }] }
    const back = { ...purchase('ann', '2025-03-02T10:00:00Z'), type: 'retail.return.v1', data: half } as CloudEvent
    const later = '2025-03-03'
    await cli.ok('--now', later, 'publish', writeFile('events.ndjson', toNdjson([order, back])))
    // Half of the points that paid come back; of the 25 points that the order earned, 12 go.
    expect(await pointsOf(cli, 'ann', later)).toMatchObject({ available: 600 + 200 + 25 - 12, redeemed: 200 })
    const cancelled = await server.decide('members/ann/redemptions/till%2F1/cancel', 'desk/1')
    expect(cancelled).toMatchObject({ status: 201, body: { decision: { data: { points: 200 } }, points: { redeemed: 0 } } })
  })

  test('can trust the answer after a crash: it asks again under the same key', async () => {
    const cli = await shopWith(bought('ann', 100), bought('bob', 100))
    const first = cli.start('--now', now, 'up', '--port', '0')
    const server = await serverOf(first, 'The API listens on')
    const asked = Array.from({ length: 10 }, (_, n) => ({ key: `k${n}`, path: 'members/ann/transfers', body: { to: 'bob', points: 10 } }))
    const answers = asked.map(({ key, path, body }) => server.decide(path, key, body).catch(() => undefined))
    await Promise.race(answers)
    first.child.kill('SIGKILL')
    await Promise.all(answers)
    const again = await up(cli)
    for (const { key, path, body } of asked) expect([200, 201]).toContain((await again.decide(path, key, body)).status)
    expect(await pointsOf(cli, 'ann')).toMatchObject({ available: 0, transferred: -100 })
    expect(await pointsOf(cli, 'bob')).toMatchObject({ available: 200, transferred: 100 })
  })
})

describe('the command line', () => {
  let cli: CommandLine
  beforeAll(async () => {
    cli = await shopWith(bought('ann', 100), bought('bob', 40))
  })
  const run = (...args: string[]) => cli.ok('--now', now, ...args)

  test('says what was decided, under which key, and what the member has', async () => {
    expect(await run('points', 'hold', 'ann', '30', '--order', 'o1', '--order-amount', '5.00', '--key', 'h1')).toBe(
      'Held 30 points until 2025-03-01 14:00 UTC.\n  worth 0.30 GBP\n  key h1\n  ann has 70 available, 30 held.\n',
    )
    expect(await run('points', 'open', 'ann')).toMatch(/hold +h1 +30 .*o1 +lapses 2025-03-01 14:00 UTC/)
    expect(await run('points', 'capture', 'ann', 'h1', '--key', 'c1')).toContain('Captured 30 points of the hold h1.\n  worth 0.30 GBP')
    expect(await run('points', 'cancel', 'ann', 'h1', '--points', '5', '--reason', 'damaged')).toContain('ann has 75 available.')
    expect(await run('points', 'adjust', 'ann', '-5', '--reason', 'goodwill', '--by', 'ben')).toContain('Took 5 points by hand.')
    expect(await run('tier', 'grant', 'ann', 'gold', '--until', '2025-06-30', '--reason', 'vip', '--by', 'ben')).toContain(
      'ann is gold at least until 2025-06-30 23:00 UTC.',
    )
    expect(await run('member', 'ann')).toContain('granted gold (vip)')
  })

  test('makes up a key where none is given, and repeats nothing where one is', async () => {
    const first = await run('points', 'transfer', 'bob', 'ann', '10', '--key', 't1')
    expect(await run('points', 'transfer', 'bob', 'ann', '10', '--key', 't1')).toBe(
      first.replace('Gave 10 points of bob to ann.', 'Gave 10 points of bob to ann. It was decided before; nothing is done again.'),
    )
    expect(await run('points', 'transfer', 'bob', 'ann', '10')).toMatch(/key [0-9a-f-]{36}\n {2}bob has 20 available\./)
    expect(await cli.failure('points', 'transfer', 'bob', 'ann', '11', '--key', 't1')).toMatchObject({ code: 'key-reused' })
  })

  test('merges and undoes', async () => {
    const before = await pointsOf(cli, 'ann')
    const merged = await cli.json<Decided>('--now', now, 'merge', 'bob', 'ann', '--by', 'ben', '--key', 'm1')
    expect(merged.points).toMatchObject({ memberId: 'ann', available: before.available + 20 })
    expect(await cli.failure('--now', now, 'points', 'redeem', 'bob', '1')).toMatchObject({ code: 'member-merged', where: 'bob' })
    await run('unmerge', 'bob', 'm1', '--by', 'ben')
    expect(await pointsOf(cli, 'ann')).toMatchObject({ available: before.available })
    expect(await pointsOf(cli, 'bob')).toMatchObject({ available: 20 })
  })

  test('needs a second person for much, and says so', async () => {
    expect(await run('points', 'adjust', 'bob', '1001', '--reason', 'goodwill', '--by', 'ben', '--key', 'a1')).toContain(
      'a second person must approve it:\n  perennial points approve bob a1 --by …',
    )
    expect(await cli.failure('--now', now, 'points', 'approve', 'bob', 'a1', '--by', 'ben')).toMatchObject({ code: 'same-person' })
    expect(await run('points', 'approve', 'bob', 'a1', '--by', 'cleo')).toContain('approved by cleo')
  })

  test('says which word it does not understand', async () => {
    const words: [string, ...string[]][] = [
      ['<points>', 'points', 'redeem', 'ann', 'many'],
      ['<points>', 'points', 'redeem', 'ann', '0'],
      ['--key', 'points', 'redeem', 'ann', '1', '--key', 'two words'],
      ['--order-amount', 'points', 'redeem', 'ann', '1', '--order-amount', 'much'],
      ['--lapses-in', 'points', 'hold', 'ann', '1', '--lapses-in', '15m'],
      ['--reason', 'points', 'adjust', 'ann', '5', '--reason', 'Good will', '--by', 'ben'],
      ['--until', 'tier', 'grant', 'ann', 'gold', '--until', 'tomorrow', '--reason', 'vip', '--by', 'ben'],
    ]
    const failures = await Promise.all(words.map(([, ...args]) => cli.failure('--now', now, ...args)))
    expect(failures.map(({ code, where }) => `${code} ${where}`)).toEqual(words.map(([where]) => `usage ${where}`))
  })

  test('wants data that is there', async () => {
    expect(await newCommandLine().failure('points', 'redeem', 'ann', '1')).toMatchObject({ code: 'data-missing' })
  })
})
