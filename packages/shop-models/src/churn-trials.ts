import { areaUnderCurve, type Fit, type ModelName, type Parameters } from '@perennial/buy-till-you-die'
import { type Accuracy, accuracyOf } from './accuracy.ts'
import { askAll, calibratedModel, fitCalibration } from './calibration.ts'
import { chanceByModel, chancesOf, dueByTheClock, type FitModel } from './chance-by-model.ts'
import { chanceByRhythm, rhythmRulesAt } from './chance-by-rhythm.ts'
import type { ChurnFitOptions } from './churn-fit-options.ts'
import type { Origin } from './origins.ts'
import { type BandReliability, bandsThatDoNotRise, reliabilityByBand } from './risk-bands.ts'

/** How far below plain recency's an AUC may lie. */
export const aucTolerance = 0.005

/** Of fewer who bought, or fewer who did not, a layer of eight features learns what was chance, or is tried on it. */
export const calibrationOutcomesMin = 50

/** Something that gives chances, tried on the holdout. */
export interface Trial {
  chances: readonly number[]
  accuracy: Accuracy
  /** How its bands came out. */
  bands: BandReliability[]
  /** Why it must not be used; null where nothing speaks against it. */
  refused: string | null
}

export interface ModelTrial extends Trial {
  name: ModelName
  /** As of the holdout's origin. */
  fit: Fit<Parameters>
}

/** A model fitted on what was known at the holdout's origin, and tried on what came after. */
export function tryModel(name: ModelName, holdout: Origin, fitModel: FitModel, options: ChurnFitOptions): ModelTrial {
  const fit = fitModel(name, holdout.snapshot)
  const trial = triedOn(holdout, chancesOf(holdout.snapshot.members, chanceByModel(name, fit.parameters, options.horizonDays)), options)
  const refused = notToBeUsed(fit) ?? sortsWorseThanRecency(trial.accuracy, holdout) ?? dueByTheClock(name, fit.parameters) ?? null
  return { ...trial, name, fit, refused }
}

/**
 * The calibration layer over a model, fitted on the origins before the holdout and tried on the holdout. Model and
 * measures are those that were known at the holdout's origin. A sentence where it cannot be fitted.
 *
 * @param older origins, newest first
 */
export function tryCalibration(model: ModelTrial, holdout: Origin, older: readonly Origin[], options: ChurnFitOptions): Trial | string {
  const chanceOf = chanceByModel(model.name, model.fit.parameters, options.horizonDays)
  if (older.length === 0) return 'history is too short for an origin before the holdout, to fit it on'
  const tooFew = fewOutcomes('before the holdout', older) ?? fewOutcomes('in the holdout', [holdout])
  if (tooFew !== undefined) return tooFew
  const calibration = fitCalibration(older, holdout.snapshot, chanceOf)
  if (calibration === undefined) return 'before the holdout nobody had come back yet'
  const chances = askAll(calibratedModel(calibration, chanceOf), holdout.snapshot.members)
  const trial = triedOn(holdout, chances, options)
  const refused = foretellsNoBetter(trial.accuracy, model.accuracy) ?? sortsWorseThanRecency(trial.accuracy, holdout) ?? doesNotRise(trial)
  return { ...trial, refused: refused ?? null }
}

function fewOutcomes(when: string, origins: readonly Origin[]): string | undefined {
  const all = origins.flatMap(({ bought }) => bought)
  const bought = all.filter(Boolean).length
  const not = all.length - bought
  if (Math.min(bought, not) >= calibrationOutcomesMin) return undefined
  return `${when} ${bought} members bought and ${not} did not; the layer takes ${calibrationOutcomesMin} of each`
}

export function tryByRhythm(holdout: Origin, options: ChurnFitOptions): Trial {
  return triedOn(
    holdout,
    chancesOf(holdout.snapshot.members, chanceByRhythm(rhythmRulesAt(holdout.snapshot, options.ownRhythm), options.horizonDays)),
    options,
  )
}

function triedOn({ bought }: Origin, chances: readonly number[], { bands }: ChurnFitOptions): Trial {
  return { chances, accuracy: accuracyOf(chances, bought), bands: reliabilityByBand(chances, bought, bands), refused: null }
}

/** The AUC of knowing nothing but how long each member has been silent. */
export function recencyAuc({ snapshot, bought }: Origin): number {
  return areaUnderCurve(
    snapshot.members.map(({ silenceDays }) => -silenceDays),
    bought,
  )
}

/** Why the fit itself must not be used. */
export function notToBeUsed({ undetermined, converged }: Fit<Parameters>): string | undefined {
  if (undetermined.length > 0) return `the data do not determine ${undetermined.join(', ')}`
  return converged ? undefined : 'the search for its parameters did not come to an end'
}

function sortsWorseThanRecency({ auc }: Accuracy, holdout: Origin): string | undefined {
  const recency = recencyAuc(holdout)
  return auc < recency - aucTolerance ? `it sorts worse than plain recency: AUC ${auc.toFixed(4)} against ${recency.toFixed(4)}` : undefined
}

function foretellsNoBetter(calibrated: Accuracy, model: Accuracy): string | undefined {
  if (calibrated.logLoss < model.logLoss) return undefined
  return `it foretells no better than the model alone: log-loss ${calibrated.logLoss.toFixed(4)} against ${model.logLoss.toFixed(4)}`
}

/** Why bands must not be made of it: of members of whom more risk was foretold no more churned. */
export function doesNotRise({ bands }: Trial): string | undefined {
  const pair = bandsThatDoNotRise(bands)
  if (pair === undefined) return undefined
  const [safer, riskier] = pair.map(({ band, observed }) => `of ${band} ${(100 * observed).toFixed(1)} %`)
  return `its bands do not rise: ${safer} churned, ${riskier}`
}
