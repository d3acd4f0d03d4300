import { models } from '@perennial/buy-till-you-die'
import type { ChurnBasis, ChurnModelData } from '@perennial/contracts'
import type { FitModel } from './chance-by-model.ts'
import type { ChurnFitOptions } from './churn-fit-options.ts'
import { doesNotRise, type ModelTrial, notToBeUsed, type Trial, tryByRhythm, tryCalibration } from './churn-trials.ts'
import type { Origin } from './origins.ts'
import type { ShopSnapshot } from './snapshot.ts'

/** What members are to be scored with, and how that was found out. */
export interface Basis {
  basis: ChurnBasis
  /** On the holdout. */
  used: Trial
  trials: readonly ModelTrial[]
  /** The best of them. */
  model: ModelTrial | undefined
  calibrated: Trial | undefined
  /** Why a better basis was not taken. */
  fallbacks: ChurnModelData['fallbacks']
}

/**
 * Rules 1 to 3 of "The churn model": the best candidate; the calibration layer over it, if that is better; else the model
 * alone, if its bands rise; else the member's own rhythm.
 *
 * @param snapshot as of the fit: what is used must be fit to use there too
 * @param older origins before the holdout, newest first
 */
export function findBasis(
  tried: readonly ModelTrial[],
  snapshot: ShopSnapshot,
  holdout: Origin,
  older: readonly Origin[],
  options: ChurnFitOptions,
  fitModel: FitModel,
): Basis {
  const { best: model, trials } = bestOf(tried, snapshot, fitModel)
  const byRhythm = () => ({ basis: 'own-rhythm' as const, used: tryByRhythm(holdout, options) })
  if (!model) {
    const reasons = trials.map(({ name, refused }) => `${models[name].name}: ${refused}`).join('; ')
    const fallbacks: Basis['fallbacks'] = [
      { from: 'calibrated', because: 'there is no model to calibrate' },
      { from: 'model', because: `no model is left. ${reasons}` },
    ]
    return { ...byRhythm(), trials, model, calibrated: undefined, fallbacks }
  }
  const layer = tryCalibration(model, holdout, older, options)
  const calibrated = typeof layer === 'string' ? undefined : layer
  const found = { trials, model, calibrated }
  const notCalibrated = typeof layer === 'string' ? layer : layer.refused
  if (calibrated && notCalibrated === null) return { ...found, basis: 'calibrated', used: calibrated, fallbacks: [] }
  const fallbacks: Basis['fallbacks'] = [{ from: 'calibrated', because: String(notCalibrated) }]
  const notAlone = doesNotRise(model)
  if (notAlone === undefined) return { ...found, basis: 'model', used: model, fallbacks }
  return { ...found, ...byRhythm(), fallbacks: [...fallbacks, { from: 'model', because: notAlone }] }
}

/** The smallest log-loss, of equals the first by name; and the trials, with what came out when the best were fitted again. */
function bestOf(tried: readonly ModelTrial[], snapshot: ShopSnapshot, fitModel: FitModel): { best?: ModelTrial; trials: ModelTrial[] } {
  const trials = [...tried]
  const ranked = tried
    .filter(({ refused }) => refused === null)
    .sort((a, b) => a.accuracy.logLoss - b.accuracy.logLoss || (a.name < b.name ? -1 : 1))
  for (const best of ranked) {
    const unusable = notToBeUsed(fitModel(best.name, snapshot))
    if (unusable === undefined) return { best, trials }
    trials[tried.indexOf(best)] = { ...best, refused: `fitted again on everything, ${unusable}` }
  }
  return { trials }
}
