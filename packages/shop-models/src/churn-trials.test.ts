import { describe, expect, test } from '@jest/globals'
import { rememberedFits } from './chance-by-model.ts'
import { doesNotRise, type ModelTrial, notToBeUsed, recencyAuc, type Trial, tryCalibration, tryModel } from './churn-trials.ts'
import { type Origin, originsOf } from './origins.ts'
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
