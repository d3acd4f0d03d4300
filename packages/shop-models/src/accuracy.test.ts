import { describe, expect, test } from '@jest/globals'
import { accuracyOf, brierScore, expectedCalibrationError, gainsByTenths, logLoss, reliabilityByTenths, topTenthLift } from './accuracy.ts'

/** Ten members: three of the four riskiest churned, and one of the others. */
const risks = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05]
const churned = [true, true, false, true, false, false, true, false, false, false]

describe('how far chances were from what happened', () => {
  test('Brier: the mean square', () => {
    expect(brierScore([0.9, 0.2], [true, false])).toBeCloseTo((0.01 + 0.04) / 2, 15)
    expect(brierScore([0.25, 0.25, 0.25, 0.25], [true, false, false, false])).toBeCloseTo(0.25 * 0.75, 15)
  })

  test('log-loss: the mean logarithm, and who was sure and wrong pays once, not without end', () => {
    expect(logLoss([0.5, 0.5], [true, false])).toBeCloseTo(Math.LN2, 15)
    expect(logLoss([0.9, 0.2], [true, false])).toBeCloseTo(-(Math.log(0.9) + Math.log(0.8)) / 2, 15)
    expect(logLoss([0], [true])).toBeCloseTo(6 * Math.LN10, 10)
    expect(logLoss([1], [false])).toBeCloseTo(6 * Math.LN10, 10)
    expect(logLoss([0], [false])).toBeCloseTo(1e-6, 10)
  })

  test('all three at once', () => {
    // Of the 24 pairs of one who churned and one who did not, 20 are in order.
    expect(accuracyOf(risks, churned)).toEqual({ auc: 20 / 24, brier: brierScore(risks, churned), logLoss: logLoss(risks, churned) })
  })
})

describe('calibration', () => {
  test('in tenths of the members, the smallest chance first', () => {
    const tenths = reliabilityByTenths(risks, churned)
    expect(tenths).toHaveLength(10)
    expect(tenths[0]).toEqual({ members: 1, foretold: 0.05, observed: 0 })
    expect(tenths[9]).toEqual({ members: 1, foretold: 0.9, observed: 1 })
  })

  test('members of whom the same was foretold stay together, whoever comes first', () => {
    const alike = [0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.7, 0.7]
    const groups = [
      { members: 8, foretold: expect.closeTo(0.2, 12), observed: 0.25 },
      { members: 2, foretold: 0.7, observed: 0.5 },
    ]
    expect(reliabilityByTenths(alike, [true, true, false, false, false, false, false, false, true, false])).toEqual(groups)
    expect(reliabilityByTenths(alike, [false, false, false, false, false, false, true, true, false, true])).toEqual(groups)
  })

  test('its error is the mean distance, by members', () => {
    const error = expectedCalibrationError([
      { members: 30, foretold: 0.1, observed: 0.2 },
      { members: 10, foretold: 0.9, observed: 0.6 },
    ])
    expect(error).toBeCloseTo((30 * 0.1 + 10 * 0.3) / 40, 15)
  })
})

describe('gains', () => {
  test('half of those who churned are among the riskiest fifth', () => {
    expect(gainsByTenths(risks, churned)).toEqual([0, 0.25, 0.5, 0.5, 0.75, 0.75, 0.75, 1, 1, 1, 1])
  })

  test('the riskiest tenth churns two and a half times as often as all', () => {
    expect(topTenthLift(gainsByTenths(risks, churned))).toBe(2.5)
  })

  test('among members of equal risk each is as likely to be looked at', () => {
    const gains = gainsByTenths([1, 1, 1, 1, 0, 0, 0, 0], [true, false, false, false, true, false, false, false])
    for (const [tenth, gain] of gains.entries()) expect(gain).toBeCloseTo(tenth / 10, 12)
    expect(topTenthLift(gainsByTenths([3, 3, 3], [true, false, false]))).toBeCloseTo(1, 12)
  })
})
