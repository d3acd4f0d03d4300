import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { DeadLetters, NewDeadLetter } from './dead-letters.ts'
import { deadLetterId, openSqliteDeadLetters } from './sqlite-dead-letters.ts'

let deadLetters: DeadLetters
beforeEach(() => {
  deadLetters = openSqliteDeadLetters(':memory:')
})
afterEach(() => deadLetters.close())

const bytesOf = (text: string) => new TextEncoder().encode(text)
const letter = (text: string, refusedAt = 1_000): NewDeadLetter => ({
  bytes: bytesOf(text),
  code: 'invalid-data',
  message: 'A field does not hold what its schema asks for.',
  faults: [{ field: 'data.lines[0].amount', message: 'expected more' }],
  origin: 'orders.ndjson:7',
  key: 'ann',
  refusedAt,
})
const texts = async (all = false) => (await deadLetters.list({ limit: 10, all })).map(({ bytes }) => new TextDecoder().decode(bytes))

describe('what was refused is kept', () => {
  test('with its bytes, the reason and where it came from', async () => {
    await deadLetters.keep([letter('x')])
    expect(await deadLetters.find(deadLetterId(bytesOf('x')))).toEqual({
      ...letter('x'),
      id: deadLetterId(bytesOf('x')),
      firstRefusedAt: 1_000,
      refusals: 1,
      status: 'open',
    })
  })

  test('once for the same bytes, with the latest reason', async () => {
    await deadLetters.keep([letter('x', 1_000)])
    await deadLetters.keep([{ ...letter('x', 2_000), code: 'time-ahead', message: 'Too early.', faults: [] }])
    expect(await deadLetters.list({ limit: 10 })).toMatchObject([
      { code: 'time-ahead', message: 'Too early.', faults: [], firstRefusedAt: 1_000, refusedAt: 2_000, refusals: 2 },
    ])
  })

  test('even where there are no bytes at all', async () => {
    await deadLetters.keep([letter('')])
    expect(await texts()).toEqual([''])
  })
})

describe('an operator', () => {
  beforeEach(() => deadLetters.keep([letter('a', 1_000), letter('b', 3_000), letter('c', 2_000)]))

  test('lists them, newest first', async () => {
    expect(await texts()).toEqual(['b', 'c', 'a'])
    expect(await deadLetters.list({ limit: 2 })).toHaveLength(2)
    expect(await deadLetters.countOpen()).toBe(3)
  })

  test('lists them page by page, also where several were refused at one instant', async () => {
    await deadLetters.keep([letter('d', 2_000), letter('e', 2_000)])
    const ids = (await deadLetters.list({ limit: 10 })).map(({ id }) => id)
    const paged: string[] = []
    for (let page = await deadLetters.list({ limit: 1 }); page[0]; page = await deadLetters.list({ limit: 1, after: page[0] }))
      paged.push(page[0].id)
    expect(paged).toEqual(ids)
  })

  test('knows how often anything was refused', async () => {
    await deadLetters.keep([letter('a', 4_000)])
    expect(await deadLetters.countRefusals()).toBe(4)
  })

  test('finds one by the beginning of its id', async () => {
    const id = deadLetterId(bytesOf('a'))
    expect((await deadLetters.find(id.slice(0, 6)))?.id).toBe(id)
    expect(await deadLetters.find('zzzz')).toBeUndefined()
  })

  test('finds none where several begin like that', async () => {
    expect(await deadLetters.find('')).toBeUndefined()
  })

  test('sends one again: it is no longer open, but not gone', async () => {
    await deadLetters.markRetried([{ id: deadLetterId(bytesOf('b')), refusals: 1 }])
    expect(await texts()).toEqual(['c', 'a'])
    expect(await texts(true)).toEqual(['b', 'c', 'a'])
    expect(await deadLetters.countOpen()).toBe(2)
  })

  test('sees it open again when it was refused once more', async () => {
    await deadLetters.markRetried([{ id: deadLetterId(bytesOf('b')), refusals: 1 }])
    await deadLetters.keep([letter('b', 4_000)])
    expect(await texts()).toEqual(['b', 'c', 'a'])
  })
})

describe('a letter is settled', () => {
  test('when it is discarded, and is kept all the same', async () => {
    await deadLetters.keep([letter('x')])
    await deadLetters.discard([deadLetterId(bytesOf('x'))])
    expect(await deadLetters.countOpen()).toBe(0)
    expect(await deadLetters.list({ limit: 10, all: true })).toMatchObject([{ status: 'discarded' }])
  })

  test('by a retry, but not when it was refused once more meanwhile', async () => {
    await deadLetters.keep([letter('x')])
    const [seen] = await deadLetters.list({ limit: 10 })
    await deadLetters.keep([letter('x')])
    await deadLetters.markRetried(seen ? [seen] : [])
    expect(await deadLetters.countOpen()).toBe(1)
  })
})
