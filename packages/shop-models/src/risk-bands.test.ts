import { describe, expect, test } from '@jest/globals'
import { bandsThatDoNotRise, reliabilityByBand } from './risk-bands.ts'

const thresholds = { mediumFrom: 0.25, highFrom: 0.6, criticalFrom: 0.8 }

describe('bands', () => {
  test('are told by risk, from each threshold on, and nobody is in two', () => {
    const chances = [0.9, 0.75, 0.5, 0.4, 0.2, 0]
    const bought = [true, true, true, false, true, false]
    expect(reliabilityByBand(chances, bought, thresholds)).toEqual([
      { band: 'low', members: 1, foretold: expect.closeTo(0.1, 12), observed: 0 },
      { band: 'medium', members: 2, foretold: expect.closeTo(0.375, 12), observed: 0 },
      { band: 'high', members: 1, foretold: 0.6, observed: 1 },
      { band: 'critical', members: 2, foretold: 0.9, observed: 0.5 },
    ])
  })

  test('in which nobody is are left out', () => {
    expect(reliabilityByBand([0.9, 0.1], [true, false], thresholds).map(({ band }) => band)).toEqual(['low', 'critical'])
  })

  const bands = (...observed: readonly [band: string, members: number, observed: number][]) =>
    observed.map(([band, members, rate]) => ({ band, members, foretold: 0.5, observed: rate }))

  test('must rise: each churns more than the one before', () => {
    expect(bandsThatDoNotRise(bands(['low', 100, 0.1], ['medium', 100, 0.4], ['high', 100, 0.7]))).toBeUndefined()
    const pair = bandsThatDoNotRise(bands(['low', 100, 0.1], ['medium', 100, 0.4], ['high', 100, 0.4], ['critical', 100, 0.9]))
    expect(pair?.map(({ band }) => band)).toEqual(['medium', 'high'])
  })

  test('of fewer than twenty members say nothing', () => {
    expect(bandsThatDoNotRise(bands(['low', 100, 0.3], ['medium', 19, 0.1], ['high', 100, 0.7]))).toBeUndefined()
    expect(bandsThatDoNotRise(bands(['low', 100, 0.3], ['medium', 20, 0.1], ['high', 100, 0.7]))?.[1].band).toBe('medium')
    expect(bandsThatDoNotRise([])).toBeUndefined()
  })
})
