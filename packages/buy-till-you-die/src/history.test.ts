import { describe, expect, test } from '@jest/globals'
import { countIdentical, historyOf } from './history.ts'

describe('a history', () => {
  test('counts repeat purchases, and time from the first', () => {
    expect(historyOf([30, 10, 14], 40)).toEqual({ x: 2, tx: 20, T: 30, logGaps: Math.log(4) + Math.log(16) })
  })

  test('takes purchases at the same time as one', () => {
    expect(historyOf([10, 10, 14, 14], 40)).toMatchObject({ x: 1, tx: 4 })
  })

  test('knows nothing of what comes later', () => {
    expect(historyOf([10, 14, 50], 40)).toMatchObject({ x: 1, tx: 4, T: 30 })
    expect(historyOf([50], 40)).toBeUndefined()
  })

  test('of one purchase has no repeat and no gap', () => {
    expect(historyOf([10], 40)).toEqual({ x: 0, tx: 0, T: 30, logGaps: 0 })
  })
})

describe('identical histories', () => {
  test('are counted, and their gaps added up', () => {
    const one = { x: 1, tx: 4, T: 30 }
    expect(
      countIdentical([
        { ...one, logGaps: 1 },
        { x: 0, tx: 0, T: 30 },
        { ...one, logGaps: 2, count: 3 },
      ]),
    ).toEqual([
      { x: 0, tx: 0, T: 30, count: 1, logGaps: 0 },
      { ...one, count: 4, logGaps: 3 },
    ])
  })

  test('are of unknown gaps where one of them is', () => {
    const one = { x: 1, tx: 4, T: 30 }
    expect(countIdentical([{ ...one, logGaps: 1 }, one])).toEqual([{ ...one, count: 2, logGaps: undefined }])
  })
})
