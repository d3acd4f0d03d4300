import { expect, test } from '@jest/globals'
import { bin, newCommandLine, purchase, rowsOf, startNode, toNdjson, writeFile } from './support/command-line.ts'

interface Letter {
  id: string
  code: string
  origin: string
  status: string
  text: string
  faults: { field: string; message: string }[]
}

const now = '2025-01-10'

/** What the command answers although it ends with exit status 1, because some events were refused. */
async function notAllTaken(cli: ReturnType<typeof newCommandLine>, ...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await cli.run('--json', ...args)
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('"some-refused"') })
  return JSON.parse(stdout)
}

test('a broken line is kept with its file and line, and the others are taken', async () => {
  const cli = newCommandLine()
  const lines = [
    JSON.stringify(purchase('ann', '2025-01-09T10:00:00Z')),
    '',
    '{"specversion": "1.0", "id": ',
    JSON.stringify({ ...purchase('bob', '2025-01-09T11:00:00Z'), subject: undefined }),
    JSON.stringify(purchase('bob', '2025-01-09T12:00:00Z')).replace('"10.00"', '"ten"'),
    JSON.stringify(purchase('bob', '2025-01-09T13:00:00Z')),
  ]
  const file = writeFile('shop.ndjson', lines.join('\n'))
  expect(await notAllTaken(cli, '--now', now, 'publish', file)).toMatchObject({ published: 5, appended: 2, refused: 3 })

  const letters = await cli.json<Letter[]>('dead-letters', 'list')
  expect(letters.map(({ origin, code }) => `${origin} ${code}`).sort()).toEqual([
    'shop.ndjson:3 invalid-json',
    'shop.ndjson:4 subject-missing',
    'shop.ndjson:5 invalid-data',
  ])
  const amount = letters.find(({ code }) => code === 'invalid-data') as Letter
  expect(amount.faults).toEqual([{ field: 'data.lines[0].amount', message: expect.stringContaining('got "ten"') }])
  expect(amount.text).toBe(lines[4])

  const shown = await cli.ok('dead-letters', 'show', amount.id.slice(0, 8))
  expect(shown).toContain('data.lines[0].amount')
  expect(shown).toContain(lines[4])
  expect(await cli.ok('dead-letters', 'list')).toContain('shop.ndjson:5')

  // The same file again: the good ones are known, the bad ones are the same dead letters.
  expect(await notAllTaken(cli, '--now', now, 'publish', file)).toMatchObject({ published: 5, appended: 0, refused: 3 })
  expect(await cli.json<Letter[]>('dead-letters', 'list')).toHaveLength(3)

  // Retrying without mending is refused again; nothing gets lost.
  expect(await notAllTaken(cli, '--now', now, 'dead-letters', 'retry', '--all')).toMatchObject({ retried: 3, accepted: 0 })
  expect(await cli.json<Letter[]>('dead-letters', 'list')).toHaveLength(3)
  expect(await cli.ok('--now', now, 'verify')).toContain('Every read model says what the streams say.')
})

test('an event that lies ahead is accepted on retry, once its time has come', async () => {
  const cli = newCommandLine()
  const file = writeFile(
    'ahead.ndjson',
    toNdjson([purchase('ann', '2025-01-09T10:00:00Z', 'a'), purchase('ann', '2025-03-01T10:00:00Z', 'b')]),
  )
  expect(await notAllTaken(cli, '--now', now, 'publish', file)).toMatchObject({ published: 2, appended: 1, refused: 1 })
  const [letter] = await cli.json<Letter[]>('dead-letters', 'list')
  expect(letter).toMatchObject({ code: 'time-ahead', origin: 'ahead.ndjson:2', status: 'open' })
  const { id } = letter as Letter

  expect(await notAllTaken(cli, '--now', '2025-02-01', 'dead-letters', 'retry', id)).toEqual({ retried: 1, accepted: 0, refused: [id] })
  expect(await cli.json('--now', '2025-03-02', 'dead-letters', 'retry', id.slice(0, 6))).toEqual({ retried: 1, accepted: 1, refused: [] })
  expect(await cli.json<Letter[]>('dead-letters', 'list')).toEqual([])
  expect(await cli.json<Letter[]>('dead-letters', 'list', '--all')).toMatchObject([{ id, status: 'retried' }])
  expect(rowsOf(await cli.ok('--now', '2025-03-02', 'export', 'lifecycle'))).toMatchObject([
    { memberId: 'ann', purchases: 2, netSpend: '20.00' },
  ])
})

test('another event under a known id is refused, and the first one stands', async () => {
  const cli = newCommandLine()
  const first = purchase('ann', '2025-01-09T10:00:00Z', 'same')
  const second = purchase('ann', '2025-01-09T11:00:00Z', 'same')
  expect(await notAllTaken(cli, '--now', now, 'publish', writeFile('two.ndjson', toNdjson([first, first, second])))).toMatchObject({
    published: 3,
    appended: 1,
    refused: 1,
  })
  expect(await cli.json<Letter[]>('dead-letters', 'list')).toMatchObject([{ code: 'event-id-reused', origin: 'two.ndjson:3' }])
})

test('events come over standard input too, and bytes that are no text are kept as they came', async () => {
  const cli = newCommandLine()
  const good = JSON.stringify(purchase('ann', '2025-01-09T10:00:00Z'))
  const broken = Buffer.concat([Buffer.from('{"subject": "'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])
  const input = Buffer.concat([Buffer.from(`${good}\r\n\n`), broken])
  const { code, stdout } = await startNode([bin, '--data', cli.data, '--json', '--now', now, 'publish', '-'], { input }).exited
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ published: 2, appended: 1, refused: 1 })
  expect(await cli.json<Letter[]>('dead-letters', 'list')).toMatchObject([
    { code: 'invalid-json', origin: 'standard input:3', base64: broken.toString('base64') },
  ])
})
