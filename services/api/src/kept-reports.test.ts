import { describe, expect, test } from '@jest/globals'
import { createKeptReports } from './kept-reports.ts'

/** Work that ends when it is told to. */
function work() {
  const started: string[] = []
  const ends = new Map<string, { done(): void; failed(error: Error): void }>()
  return {
    started,
    ends,
    of: (name: string) => () => {
      started.push(name)
      return new Promise<string>((done, failed) => ends.set(name, { done: () => done(`report ${name}`), failed }))
    },
  }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('kept reports', () => {
  test('are made one at a time, in the order in which they were asked for', async () => {
    const ask = createKeptReports<string>({ waitingMax: 4, keptMax: 10 })
    const { started, ends, of } = work()
    const [a, b] = [ask('a', of('a')), ask('b', of('b'))]
    await settled()
    expect(started).toEqual(['a'])
    ends.get('a')?.done()
    expect(await a).toBe('report a')
    await settled()
    expect(started).toEqual(['a', 'b'])
    ends.get('b')?.done()
    expect(await b).toBe('report b')
  })

  test('the same is made once, for who asks meanwhile and for who asks later', async () => {
    const ask = createKeptReports<string>({ waitingMax: 0, keptMax: 10 })
    const { started, ends, of } = work()
    const [one, other] = [ask('a', of('a')), ask('a', of('a again'))]
    await settled()
    ends.get('a')?.done()
    expect(await Promise.all([one, other])).toEqual(['report a', 'report a'])
    expect(await ask('a', of('a later'))).toBe('report a')
    expect(started).toEqual(['a'])
  })

  test('too many that wait are turned away', async () => {
    const ask = createKeptReports<string>({ waitingMax: 1, keptMax: 10 })
    const { ends, of } = work()
    const [a, b] = [ask('a', of('a')), ask('b', of('b'))]
    await expect(ask('c', of('c'))).rejects.toMatchObject({ code: 'overloaded' })
    await settled()
    ends.get('a')?.done()
    await a
    await settled()
    const c = ask('c', of('c'))
    ends.get('b')?.done()
    await b
    await settled()
    ends.get('c')?.done()
    expect(await c).toBe('report c')
  })

  test('what failed is not kept, and holds up nobody', async () => {
    const ask = createKeptReports<string>({ waitingMax: 1, keptMax: 10 })
    const { ends, of } = work()
    const a = ask('a', of('a'))
    const b = ask('b', of('b'))
    await settled()
    ends.get('a')?.failed(new Error('no'))
    await expect(a).rejects.toThrow('no')
    await settled()
    ends.get('b')?.done()
    expect(await b).toBe('report b')
    const again = ask('a', of('a'))
    await settled()
    ends.get('a')?.done()
    expect(await again).toBe('report a')
  })

  test('only those that were asked for last are kept', async () => {
    const ask = createKeptReports<string>({ waitingMax: 0, keptMax: 2 })
    const started: string[] = []
    const get = (name: string) =>
      ask(name, async () => {
        started.push(name)
        return name
      })
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) {
      await get(name)
      await settled()
    }
    expect(started).toEqual(['a', 'b', 'c', 'b'])
  })
})
