import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ahpWeights, consistencyRatio, consistentRecencyToMonetary } from './ahp.ts'

const judgements = (recencyToFrequency: number, recencyToMonetary: number, frequencyToMonetary: number) => ({
  recencyToFrequency: String(recencyToFrequency),
  recencyToMonetary: String(recencyToMonetary),
  frequencyToMonetary: String(frequencyToMonetary),
})
const judged = fc.integer({ min: 112, max: 9_000 }).map((thousandths) => thousandths / 1_000)

describe('what recency, frequency and money weigh', () => {
  test('with 5, 7 and 3 is mostly recency', () => {
    const { recency, frequency, monetary } = ahpWeights(judgements(5, 7, 3))
    expect(Math.abs(recency - 0.731)).toBeLessThan(0.0005)
    expect(Math.abs(frequency - 0.188)).toBeLessThan(0.0005)
    expect(Math.abs(monetary - 0.081)).toBeLessThan(0.0005)
  })

  test('is the same where they are equally important', () => {
    for (const weight of Object.values(ahpWeights(judgements(1, 1, 1)))) expect(weight).toBeCloseTo(1 / 3, 15)
  })

  test('is in the ratio that was judged, where the judgements agree', () => {
    const { recency, frequency, monetary } = ahpWeights(judgements(2, 6, 3))
    expect(recency / frequency).toBeCloseTo(2, 12)
    expect(recency / monetary).toBeCloseTo(6, 12)
    expect(frequency / monetary).toBeCloseTo(3, 12)
  })

  test('is the principal eigenvector of the pairwise matrix, and the consistency ratio comes from its eigenvalue', () => {
    fc.assert(
      fc.property(judged, judged, judged, (rf, rm, fm) => {
        const { recency, frequency, monetary } = ahpWeights(judgements(rf, rm, fm))
        expect(recency + frequency + monetary).toBeCloseTo(1, 12)
        const vector = [recency, frequency, monetary]
        const matrix = [
          [1, rf, rm],
          [1 / rf, 1, fm],
          [1 / rm, 1 / fm, 1],
        ]
        const eigenvalues = matrix.map(
          (row, index) => row.reduce((sum, of, column) => sum + of * (vector[column] as number), 0) / (vector[index] as number),
        ) as [number, number, number]
        for (const each of eigenvalues) expect(each / eigenvalues[0]).toBeCloseTo(1, 9)
        expect(consistencyRatio(judgements(rf, rm, fm))).toBeCloseTo((eigenvalues[0] - 3) / 2 / 0.58, 9)
      }),
    )
  })
})

describe('the consistency ratio', () => {
  test('of 5, 7 and 3 is .056', () => {
    expect(Math.abs(consistencyRatio(judgements(5, 7, 3)) - 0.056)).toBeLessThan(0.001)
  })

  test('is 0 where the judgements agree', () => {
    expect(consistencyRatio(judgements(2, 6, 3))).toBe(0)
    expect(consistencyRatio(judgements(1, 1, 1))).toBe(0)
  })

  test('is just 0.1 at both ends of what is consistent, and above it beyond', () => {
    fc.assert(
      fc.property(judged, judged, (rf, fm) => {
        const { exactly, from, to } = consistentRecencyToMonetary(judgements(rf, 1, fm))
        expect(consistencyRatio(judgements(rf, exactly, fm))).toBeCloseTo(0, 12)
        expect(consistencyRatio(judgements(rf, from, fm))).toBeCloseTo(0.1, 9)
        expect(consistencyRatio(judgements(rf, to, fm))).toBeCloseTo(0.1, 9)
        expect(consistencyRatio(judgements(rf, to * 1.01, fm))).toBeGreaterThan(0.1)
        expect(consistencyRatio(judgements(rf, from * 0.99, fm))).toBeGreaterThan(0.1)
      }),
    )
  })
})
