import { describe, expect, test } from '@jest/globals'
import { beginning } from '@perennial/message-bus'
import { fromReadCursor, toReadCursor } from './read-cursor.ts'

describe('a cursor of Kafka', () => {
  test.each([[[]], [[0]], [[7]], [[0, 48, 0, 5]], [[0, 0]], [[1e15, 0]]])('of the positions %j says them again', (positions: number[]) => {
    const read = fromReadCursor(toReadCursor(positions))
    expect([...read, ...Array(positions.length).fill(0)].slice(0, positions.length)).toEqual(positions)
    expect(read.slice(positions.length).every((offset) => offset === 0)).toBe(true)
  })

  test('is short', () => {
    expect(toReadCursor([0, 48, 0, 5])).toBe('p.1c..5')
    expect(toReadCursor(Array(64).fill(1_000_000))).toHaveLength(320)
  })

  test('before everything is that of every bus', () => expect(fromReadCursor(beginning)).toEqual([]))

  test.each(['', '17', 'p-1', 'p1,2', 'p1. 2', 'P1', 'pzzzzzzzzzzz', 'p1.2\n'])('%j is none', (text) => {
    expect(() => fromReadCursor(text)).toThrow(expect.objectContaining({ code: 'invalid-request' }))
  })
})
