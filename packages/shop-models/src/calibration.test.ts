import { describe, expect, test } from '@jest/globals'
import { type Calibration, calibratedModel, fitCalibration } from './calibration.ts'
import { chanceByModel } from './chance-by-model.ts'
import { type Origin, originsOf } from './origins.ts'
import type { ShopSnapshot } from './snapshot.ts'
import { asOf, options, simulatedShop, snapshotsOf, truth, withComebacks } from './testing/simulated-shop.ts'

const byTruth = chanceByModel('mbg-nbd', truth, options.horizonDays)
/** Everybody is told the same: as if the model knew nobody. */
const byNobody = () => 0.3

function calibrationOf(
  snapshots: readonly ShopSnapshot[],
  chanceOf = byTruth,
  origins: readonly Origin[] = originsOf(snapshots),
): Calibration {
  return fitCalibration(origins, snapshots[0] as ShopSnapshot, chanceOf) as Calibration
}

const logOdds = (p: number) => Math.log(p / (1 - p))
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

describe('the calibration layer', () => {
  const snapshots = snapshotsOf(simulatedShop())

  test('over a model that knows, hardly changes it', () => {
    const { chanceOfPurchase } = calibratedModel(calibrationOf(snapshots), byTruth)
    const members = snapshots[0]?.members ?? []
    const changes = members.map(({ facts, silenceDays }) => Math.abs(chanceOfPurchase(facts, silenceDays, 0) - byTruth(facts, silenceDays)))
    expect(mean(changes)).toBeLessThan(0.03)
  })

  test('over a model that knows nothing, makes up for it with the rest', () => {
    const { weights } = calibrationOf(snapshots, byNobody)
    expect(weights).toMatchObject({ model: 0, engagement: 0, returnRate: 0 })
    expect((weights.recency ?? 0) + (weights.ownGap ?? 0)).toBeGreaterThan(0.3)
    expect(weights.frequency).toBeGreaterThan(0.3)
  })

  test('never weighs silence as a good sign, not even where the silent came back and the others did not', () => {
    const turned = snapshotsOf(simulatedShop().map((member) => withComebacks(member, asOf, asOf - 90 * 86_400_000)))
    const { weights } = calibrationOf(turned, byTruth, originsOf(turned).slice(0, 2))
    expect(weights).toMatchObject({ model: 0, recency: 0, ownGap: 0, engagement: 0 })
    expect(Object.values(weights).some((weight) => weight !== 0)).toBe(true)
  })

  test.each([1, 2, 4])('has a level between what %d origins say and what the model says, which counts as two', (count) => {
    const members = snapshots[0]?.members ?? []
    const pessimist = (...[facts, silenceDays]: Parameters<typeof byTruth>) => 0.2 * byTruth(facts, silenceDays)
    const levelOf = (chanceOf: typeof byTruth) => {
      const { chanceOfPurchase } = calibratedModel(calibrationOf(snapshots, chanceOf, originsOf(snapshots).slice(0, count)), chanceOf)
      return logOdds(mean(members.map(({ facts, silenceDays }) => chanceOfPurchase(facts, silenceDays, 0))))
    }
    const modelLevel = (chanceOf: typeof byTruth) => logOdds(mean(members.map(({ facts, silenceDays }) => chanceOf(facts, silenceDays))))
    // What the origins say hardly depends on the model's level: so it moves by two parts of the model's.
    const moved = (levelOf(byTruth) - levelOf(pessimist)) / (modelLevel(byTruth) - modelLevel(pessimist))
    expect(moved).toBeCloseTo(2 / (count + 2), 1)
  })

  test('takes one click for no more than it can know of clicks, where all engagement had faded', () => {
    // Who will buy had clicked a little, long before: it tells them apart, by next to nothing.
    const faded = originsOf(snapshots).map(({ snapshot, bought }) => ({
      snapshot: {
        ...snapshot,
        members: snapshot.members.map((member, index) => ({ ...member, engagement: 1e-6 * (bought[index] ? 1.5 : 0.5) })),
      },
      bought,
    }))
    const { chanceOfPurchase } = calibratedModel(calibrationOf(snapshots, byTruth, faded), byTruth)
    const before = (snapshots[0]?.members ?? []).map(({ facts, silenceDays }) => [facts, silenceDays] as const)
    const unlikely = before.filter((known) => chanceOfPurchase(...known, 1e-6) < 0.04)
    expect(unlikely.length).toBeGreaterThan(20)
    for (const known of unlikely) expect(chanceOfPurchase(...known, 1)).toBeLessThan(0.1)
  })

  test('cannot be fitted where all did the same', () => {
    const origins = originsOf(snapshots).map((origin) => ({ ...origin, bought: origin.bought.map(() => true) }))
    expect(fitCalibration(origins, snapshots[0] as ShopSnapshot, byTruth)).toBeUndefined()
  })

  test('cannot be fitted before anybody came back', () => {
    const once = snapshotsOf(simulatedShop({ members: 50 }).map((member) => ({ ...member, purchases: member.purchases.slice(0, 1) })))
    const origins = originsOf(once).map((origin) => ({ ...origin, bought: origin.bought.map((_, index) => index % 2 === 0) }))
    expect(fitCalibration(origins, once[0] as ShopSnapshot, byTruth)).toBeUndefined()
  })
})

describe('what moves the chance', () => {
  const calibration: Calibration = {
    intercept: -1,
    weights: { model: 0.5, recency: 0, ownGap: 0, engagement: 1, frequency: 1, tenure: 0, netSpend: 0, returnRate: -2 },
    means: { model: 0, recency: 0, ownGap: 0, engagement: 0, frequency: Math.log(2), tenure: 0, netSpend: 0, returnRate: 0.1 },
    gapDays: 30,
    netSpend: {},
  }
  const facts = {
    days: 8,
    firstDay: 0,
    lastDay: 70,
    previousDay: 60,
    firstAt: 0,
    lastAt: 0,
    logGaps: 0,
    purchases: 8,
    gross: 100,
    returned: 60,
    currency: 'GBP',
  }
  const { chanceOfPurchase, contributions } = calibratedModel(calibration, () => 1 / (1 + Math.exp(2)))

  test('is told against an average member, the weightiest first', () => {
    expect(contributions(facts, 10, Math.E - 1)).toEqual([
      { feature: 'frequency', weight: expect.closeTo(Math.log(4), 12) },
      { feature: 'model', weight: expect.closeTo(-1, 12) },
      { feature: 'engagement', weight: expect.closeTo(1, 12) },
      { feature: 'returnRate', weight: expect.closeTo(-1, 12) },
    ])
  })

  test('and sums to what the chance is made of', () => {
    const z = -1 + Math.log(8) + 0.5 * -2 + 1 - 2 * 0.6
    expect(chanceOfPurchase(facts, 10, Math.E - 1)).toBeCloseTo(1 / (1 + Math.exp(-z)), 12)
  })
})
