import { describe, expect, test } from '@jest/globals'
import { valueSegments } from '@perennial/contracts'
import { segmentOf } from './segments.ts'

const scores = [1, 2, 3, 4, 5]

describe('a segment', () => {
  test.each([
    ['who bought lately, often and much is a champion', 5, 5, 5, 'champions'],
    ['who did so a while ago is still loyal', 4, 5, 5, 'loyal'],
    ['who bought lately, once and little, is new', 5, 1, 1, 'new'],
    ['who did so a while ago is promising', 4, 1, 1, 'promising'],
    ['who bought lately, once and much, may become loyal', 5, 1, 5, 'potential-loyal'],
    ['in the middle of everything needs attention', 3, 3, 3, 'need-attention'],
    ['who was never much and grows silent is about to sleep', 3, 2, 2, 'about-to-sleep'],
    ['who was good and is silent is at risk', 2, 4, 4, 'at-risk'],
    ['who was the best and is silent cannot be lost', 1, 5, 5, 'cannot-lose'],
    ['who was not much and is silent hibernates', 2, 1, 1, 'hibernating'],
    ['who was never anything is lost', 1, 1, 1, 'lost'],
  ])('%s', (_, recency, frequency, monetary, segment) => {
    expect(segmentOf({ recency, frequency, monetary })).toBe(segment)
  })

  test('goes by the mean of frequency and money, rounded half up', () => {
    expect(segmentOf({ recency: 5, frequency: 1, monetary: 2 })).toBe(segmentOf({ recency: 5, frequency: 2, monetary: 2 }))
    expect(segmentOf({ recency: 3, frequency: 3, monetary: 4 })).toBe('loyal')
    expect(segmentOf({ recency: 3, frequency: 4, monetary: 3 })).toBe('loyal')
    expect(segmentOf({ recency: 3, frequency: 2, monetary: 4 })).toBe('need-attention')
  })

  test('goes by frequency alone where money is not measured', () => {
    for (const recency of scores) {
      for (const frequency of scores) {
        expect(segmentOf({ recency, frequency, monetary: null })).toBe(segmentOf({ recency, frequency, monetary: frequency }))
      }
    }
  })

  test('is there for all scores, and each has scores that lead to it', () => {
    const reached = scores.flatMap((recency) =>
      scores.flatMap((frequency) => scores.map((monetary) => segmentOf({ recency, frequency, monetary }))),
    )
    expect(new Set(reached)).toEqual(new Set(valueSegments.filter((name) => name !== 'unknown')))
  })
})
