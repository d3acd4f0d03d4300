import { describe, expect, test } from '@jest/globals'
import { chancesOf, rememberedFits } from './chance-by-model.ts'
import { chanceByRhythm } from './chance-by-rhythm.ts'
import { doesNotRise, type ModelTrial, notToBeUsed, recencyAuc, type Trial, tryByRhythm, tryCalibration, tryModel } from './churn-trials.ts'
import { type Origin, originsOf } from './origins.ts'
import { gapQuantilesOf } from './rhythm-model.ts'
import { options, simulatedShop, snapshotsOf } from './testing/simulated-shop.ts'

const [holdout, ...older] = originsOf(snapshotsOf(simulatedShop({ spendTells: true }))) as [Origin, ...Origin[]]
const turned: Origin = { ...holdout, bought: holdout.bought.map((bought) => !bought) }
const fits = rememberedFits()
const model = tryModel('mbg-nbd', holdout, fits, options)

describe('a trial on the holdout', () => {
  test('knows nothing of what came after it', () => {
    expect(tryModel('mbg-nbd', turned, fits, options).chances).toEqual(model.chances)
    const layer = tryCalibration(model, holdout, older, options) as Trial
    expect((tryCalibration(model, turned, older, options) as Trial).chances).toEqual(layer.chances)
    expect(layer.chances).not.toEqual(model.chances)
  })

  test('refuses whoever sorts worse than plain recency, by more than a hair', () => {
    expect(model.refused).toBeNull()
    expect(recencyAuc(turned)).toBeCloseTo(1 - recencyAuc(holdout), 12)
    // Recency sorts the turned world wrongly, and a model that sees more than recency does worse.
    expect(tryModel('mbg-nbd', turned, fits, options).refused).toMatch(/^it sorts worse than plain recency: AUC 0\.\d{4} against 0\.\d{4}$/)
  })

  test('refuses a calibration layer that foretells no better than the model alone', () => {
    const allKnowing: ModelTrial = { ...model, accuracy: { auc: 1, brier: 0, logLoss: 0.01 } }
    const layer = tryCalibration(allKnowing, holdout, older, options) as Trial
    expect(layer.refused).toMatch(/^it foretells no better than the model alone: log-loss 0\.\d{4} against 0\.0100$/)
    expect((tryCalibration(model, holdout, older, options) as Trial).refused).toBeNull()
  })

  test('of the calibration layer takes fifty who bought and fifty who did not, to fit it on and to try it on', () => {
    const withBuyers = (origin: Origin, buyers: number): Origin => ({ ...origin, bought: origin.bought.map((_, index) => index < buyers) })
    const size = holdout.bought.length
    const few = (buyers: number) => tryCalibration(model, withBuyers(holdout, buyers), older, options)
    expect(few(49)).toBe(`in the holdout 49 members bought and ${size - 49} did not; the layer takes 50 of each`)
    expect(few(size - 49)).toBe(`in the holdout ${size - 49} members bought and 49 did not; the layer takes 50 of each`)
    expect(few(50)).toMatchObject({ chances: expect.any(Array) })
    const [last] = older as [Origin]
    expect(tryCalibration(model, holdout, [withBuyers(last, 10)], options)).toMatch(
      /^before the holdout 10 members bought and \d+ did not;/,
    )
  })

  test('of the own rhythm goes by the gap that was usual in the shop, where enough members had come back', () => {
    const asMeasured = (priorDays: number) => ({ ...options, ownRhythm: { ...options.ownRhythm, priorDays } })
    const { members } = holdout.snapshot
    const usual = gapQuantilesOf(holdout.snapshot).gapDays?.p50 as number
    const rules = { ...options.ownRhythm, priorDays: usual }
    expect(usual).not.toBe(options.ownRhythm.priorDays)
    expect(tryByRhythm(holdout, options).chances).toEqual(chancesOf(members, chanceByRhythm(rules, options.horizonDays)))
    expect(tryByRhythm(holdout, asMeasured(200)).chances).toEqual(tryByRhythm(holdout, options).chances)
    const small: Origin = { snapshot: { ...holdout.snapshot, members: members.slice(0, 40) }, bought: holdout.bought.slice(0, 40) }
    expect(tryByRhythm(small, asMeasured(200)).chances).not.toEqual(tryByRhythm(small, options).chances)
  })

  test('says which bands do not rise', () => {
    const bands = [
      { band: 'low', members: 100, foretold: 0.1, observed: 0.3 },
      { band: 'medium', members: 100, foretold: 0.4, observed: 0.25 },
    ]
    expect(doesNotRise({ ...model, bands })).toBe('its bands do not rise: of low 30.0 % churned, of medium 25.0 %')
    expect(doesNotRise(model)).toBeUndefined()
  })
})

test('a fit is not to be used where the data do not determine it, or the search gave up', () => {
  expect(notToBeUsed(model.fit)).toBeUndefined()
  expect(notToBeUsed({ ...model.fit, undetermined: ['a', 'b'] })).toBe('the data do not determine a, b')
  expect(notToBeUsed({ ...model.fit, converged: false })).toBe('the search for its parameters did not come to an end')
})
