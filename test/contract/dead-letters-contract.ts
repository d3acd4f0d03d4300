import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type DeadLetters, deadLetterId, type NewDeadLetter } from '@perennial/dead-letters'
import type { Adapter, Place } from './place.ts'

const keeper = fileURLToPath(new URL('./dead-letters-keeper.ts', import.meta.url))

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

/** What every store of dead letters promises. An adapter's spec only says how to open one. */
export function deadLettersContract({ name, makePlace, shared }: Adapter<DeadLetters>): void {
  describe(`dead letters: ${name}`, () => {
    let place: Place<DeadLetters>
    let deadLetters: DeadLetters
    beforeEach(async () => {
      place = await makePlace()
      deadLetters = await place.open()
    })
    afterEach(() => place.remove())

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

      test('as coming from where it came first, also when it is sent again from elsewhere', async () => {
        const elsewhere = { origin: 'sent again', key: null }
        await deadLetters.keep([letter('x'), { ...letter('x'), ...elsewhere }])
        await deadLetters.keep([{ ...letter('x'), ...elsewhere }])
        expect(await deadLetters.list({ limit: 10 })).toMatchObject([{ origin: 'orders.ndjson:7', key: 'ann', refusals: 3 }])
      })

      test('once, and counted every time, also where the same bytes come several times in one batch', async () => {
        await deadLetters.keep([letter('x', 1_000), letter('y'), { ...letter('x', 2_000), message: 'Again.' }])
        await deadLetters.keep([letter('x', 3_000), letter('x', 4_000)])
        expect(await deadLetters.list({ limit: 10 })).toMatchObject([
          { firstRefusedAt: 1_000, refusedAt: 4_000, refusals: 4 },
          { firstRefusedAt: 1_000, refusedAt: 1_000, refusals: 1 },
        ])
      })

      test('even where there are no bytes at all', async () => {
        await deadLetters.keep([letter('')])
        expect(await texts()).toEqual([''])
      })

      test('byte by byte, also where they are no text, and whatever the rest of it holds', async () => {
        const odd = { ...letter(''), bytes: Uint8Array.from([0x7b, 0xff, 0xfe, 0x00, 0xc3, 0x28, 0x5c, 0x78]) }
        const told = { message: 'a\0b', faults: [{ field: '\0', message: 'Żółć \\u0000 🫖' }], origin: 'file\0name:\u0001', key: '\0' }
        await deadLetters.keep([{ ...odd, ...told }])
        expect(await deadLetters.list({ limit: 10 })).toEqual([expect.objectContaining({ ...odd, ...told })])
      })

      test('in large numbers and sizes at once', async () => {
        const large = Array.from({ length: 20 }, (_, n) => ({ ...letter(''), bytes: new Uint8Array(1_000_000).fill(n) }))
        const small = Array.from({ length: 3_000 }, (_, n) => letter(`small ${n}`))
        await deadLetters.keep([...large, ...small])
        expect(await deadLetters.countOpen()).toBe(3_020)
        const found = await deadLetters.find(deadLetterId(new Uint8Array(1_000_000).fill(7)))
        expect(found?.bytes.length).toBe(1_000_000)
        expect(new Set(found?.bytes)).toEqual(new Set([7]))
      })

      test('and nothing is, where nothing was refused', async () => {
        await deadLetters.keep([])
        expect(await deadLetters.list({ limit: 10, all: true })).toEqual([])
        expect(await deadLetters.countRefusals()).toBe(0)
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
        expect(paged).toHaveLength(5)
      })

      test('knows how often anything was refused', async () => {
        await deadLetters.keep([letter('a', 4_000)])
        expect(await deadLetters.countRefusals()).toBe(4)
      })

      test('finds one by the beginning of its id', async () => {
        const id = deadLetterId(bytesOf('a'))
        expect((await deadLetters.find(id))?.id).toBe(id)
        expect((await deadLetters.find(id.slice(0, 6)))?.id).toBe(id)
      })

      test.each(['', 'zzzz', 'a\0', '%', 'ABC'])('finds none by %j', async (id) => {
        expect(await deadLetters.find(id)).toBeUndefined()
      })

      test('finds none where several begin like that', async () => {
        await deadLetters.keep(Array.from({ length: 17 }, (_, n) => letter(`more ${n}`)))
        const ids = (await deadLetters.list({ limit: 100 })).map(({ id }) => id)
        // Of 20 ids, two begin with the same of 16 digits.
        const twice = ids.map((id) => id.slice(0, 1)).find((digit, n, digits) => digits.indexOf(digit) < n)
        expect(await deadLetters.find(twice as string)).toBeUndefined()
      })

      test('sends one again: it is no longer open, but not gone', async () => {
        await deadLetters.markRetried([{ id: deadLetterId(bytesOf('b')), refusals: 1 }])
        expect(await texts()).toEqual(['c', 'a'])
        expect(await texts(true)).toEqual(['b', 'c', 'a'])
        expect(await deadLetters.countOpen()).toBe(2)
        expect(await deadLetters.countRefusals()).toBe(3)
      })

      test('sees it open again when it was refused once more', async () => {
        await deadLetters.markRetried([{ id: deadLetterId(bytesOf('b')), refusals: 1 }])
        await deadLetters.keep([letter('b', 4_000)])
        expect(await texts()).toEqual(['b', 'c', 'a'])
      })

      test('settles none that is not there', async () => {
        await deadLetters.markRetried([{ id: '0123456789abcdef', refusals: 1 }])
        await deadLetters.discard(['0123456789abcdef', 'a\0'])
        await deadLetters.markRetried([])
        await deadLetters.discard([])
        expect(await deadLetters.countOpen()).toBe(3)
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

    if (!shared) return

    test('they are there when they are opened again', async () => {
      await deadLetters.keep([letter('x')])
      await deadLetters.discard([deadLetterId(bytesOf('x'))])
      const again = await place.open()
      expect(await again.list({ limit: 10, all: true })).toMatchObject([{ ...letter('x'), status: 'discarded' }])
    })

    test('two processes that refuse the same bytes at once keep them once, and count every refusal', async () => {
      const rounds = 20
      const lettersEach = 30
      const children = ['one', 'two'].map((process_) =>
        spawn(
          process.execPath,
          [
            '--disable-warning=ExperimentalWarning',
            keeper,
            JSON.stringify({ opening: place.elsewhere, name: process_, rounds, lettersEach }),
          ],
          { stdio: 'inherit' },
        ),
      )
      const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number))
      expect(codes).toEqual([0, 0])
      const kept = await deadLetters.list({ limit: 1_000 })
      expect(kept).toHaveLength(lettersEach)
      expect(new Set(kept.map(({ refusals }) => refusals))).toEqual(new Set([2 * rounds]))
      expect(new Set(kept.map(({ origin }) => origin)).size).toBeLessThanOrEqual(2)
    })
  })
}
