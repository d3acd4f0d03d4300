import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { learningProgress, progress, timeLeft } from './progress.ts'

describe('progress', () => {
  const said: string[] = []
  const wasTerminal = process.stderr.isTTY
  beforeEach(() => {
    process.stderr.isTTY = false
    said.length = 0
    jest.useFakeTimers({ now: 0 })
    jest.spyOn(console, 'error').mockImplementation((line) => said.push(line))
  })
  afterEach(() => {
    process.stderr.isTTY = wasTerminal
    jest.useRealTimers()
    jest.restoreAllMocks()
  })

  test('of short work nothing is said', () => {
    const shown = progress('read', 2_000)
    shown.update(1_000)
    jest.setSystemTime(1_900)
    shown.add(1_000)
    expect(said).toEqual([])
  })

  test('whoever waited for one stage of learning does not wait anew for word of the next', () => {
    const shown = learningProgress()
    jest.setSystemTime(5_000)
    shown.update({ stage: 'looking', done: 10_000, total: 10_000 })
    shown.update({ stage: 'fitting', done: 1, total: 6 })
    expect(said).toEqual(['  looking: 10,000 of 10,000', '  fitting: 1 of 6'])
  })

  test.each([
    [5_000, 0, 10, '?'],
    [5_000, 5, 10, '5s'],
    [30_000, 1, 4, '1m30s'],
    [3_600_000, 2, 5, '1h30m'],
    [5_000, 10, 10, '0s'],
  ])('after %d ms, %d of %d done, the rest takes %s', (elapsedMs, done, total, left) => {
    expect(timeLeft(elapsedMs, done, total)).toBe(left)
  })
})
