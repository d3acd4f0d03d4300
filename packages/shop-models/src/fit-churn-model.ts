import type { ChurnModelData } from '@perennial/contracts'
import { reliabilityByTenths } from './accuracy.ts'
import { fitCalibration } from './calibration.ts'
import { canBeFitted, chanceByModel, type FitModel, rememberedFits } from './chance-by-model.ts'
import { type Basis, findBasis } from './churn-basis.ts'
import { type ChurnFitOptions, defaultModels } from './churn-fit-options.ts'
import { type ModelTrial, recencyAuc, tryByRhythm, tryModel } from './churn-trials.ts'
import { hashOfFacts } from './facts-hash.ts'
import { isMixed, type Origin, originsOf } from './origins.ts'
import type { ShopSnapshot } from './snapshot.ts'

/** Fewer members who came back say too little about all. */
export const repeatBuyersMin = 200

/**
 * Learns from the whole shop how likely a member is to come back, as docs/shopping.md has it under "The churn model".
 *
 * @param snapshots newest first: as of the fit, and then each one horizon earlier, as far as history goes but six at the
 *   most; members sorted by id. The same snapshots give the same bits.
 * @param fitModel where fits are shared with other instants, or with the value model
 */
export function fitChurnModel(
  snapshots: readonly ShopSnapshot[],
  options: ChurnFitOptions,
  fitModel: FitModel = rememberedFits(),
): ChurnModelData {
  const [snapshot] = snapshots
  if (!snapshot) throw new RangeError('there is no snapshot to learn from')
  const origins = originsOf(snapshots)
  const repeatBuyers = repeatBuyersOf(snapshot)
  const learnt = {
    asOf: isoOf(snapshot),
    members: snapshot.members.length,
    dataHash: hashOfFacts(snapshots),
    horizonDays: options.horizonDays,
    repeatBuyers,
  }
  const holdout = origins[0]
  const because = tooLittle(snapshot, holdout, options.horizonDays)
  if (!holdout || because !== undefined) return { ...learnt, ...ownRhythmAtOnce(String(because), holdout, options) }

  const { models: names = defaultModels, onProgress } = options
  const told = <T>(done: number, result: T): T => {
    onProgress?.(done, names.length + 2)
    return result
  }
  const tried = names.map((name, index) => told(index + 1, tryModel(name, holdout, fitModel, options)))
  const found = told(names.length + 1, findBasis(tried, snapshot, holdout, origins.slice(1), options, fitModel))
  return told(names.length + 2, {
    ...learnt,
    ...whatIsUsed(found, snapshot, origins, options, fitModel),
    candidates: found.trials.map(candidate),
    holdout: holdoutReport(holdout, found),
    fallbacks: found.fallbacks,
  })
}

type Used = Pick<ChurnModelData, 'basis' | 'model' | 'parameters' | 'logLikelihood' | 'calibration'>

const ownRhythm: Used = { basis: 'own-rhythm', model: null, parameters: {}, logLikelihood: null, calibration: null }

/** Rule 4. */
function ownRhythmAtOnce(because: string, holdout: Origin | undefined, options: ChurnFitOptions) {
  const used = holdout && isMixed(holdout.bought) ? tryByRhythm(holdout, options) : undefined
  return {
    ...ownRhythm,
    candidates: [],
    holdout: holdout && used ? holdoutReport(holdout, { used, model: undefined, calibrated: undefined }) : null,
    fallbacks: (['calibrated', 'model'] as const).map((from) => ({ from, because })),
  }
}

/** Why nothing can be learnt; undefined where enough is known. */
function tooLittle(snapshot: ShopSnapshot, holdout: Origin | undefined, horizonDays: number): string | undefined {
  const repeatBuyers = repeatBuyersOf(snapshot)
  if (repeatBuyers < repeatBuyersMin) return `${repeatBuyers} members came back by then; a model takes ${repeatBuyersMin}`
  if (!holdout || !canBeFitted(holdout.snapshot))
    return `history is too short: a model is tried on what came of ${horizonDays} days after at least ${horizonDays} others`
  const before = repeatBuyersOf(holdout.snapshot)
  if (isMixed(holdout.bought)) {
    if (before >= repeatBuyersMin) return undefined
    return `${before} members had come back by ${isoOf(holdout.snapshot)}, as of which a model is tried; it takes ${repeatBuyersMin}`
  }
  const who = holdout.bought.includes(true) ? 'everybody' : 'nobody'
  return `${who} bought within ${horizonDays} days from ${isoOf(holdout.snapshot)}, so there was nobody to tell apart`
}

function repeatBuyersOf({ members }: ShopSnapshot): number {
  return members.filter(({ facts }) => facts.days > 1).length
}

/** Fitted again on everything up to the snapshot. */
function whatIsUsed(
  { basis, model }: Basis,
  snapshot: ShopSnapshot,
  origins: readonly Origin[],
  { horizonDays }: ChurnFitOptions,
  fitModel: FitModel,
): Used {
  if (basis === 'own-rhythm' || !model) return ownRhythm
  const { parameters, logLikelihood } = fitModel(model.name, snapshot)
  const used = { basis, model: model.name, parameters: { ...parameters }, logLikelihood, calibration: null }
  if (basis === 'model') return used
  return { ...used, calibration: fitCalibration(origins, snapshot, chanceByModel(model.name, parameters, horizonDays)) ?? null }
}

function candidate({ name, fit, accuracy, refused }: ModelTrial): ChurnModelData['candidates'][number] {
  const { parameters, logLikelihood, undetermined } = fit
  return { model: name, parameters: { ...parameters }, logLikelihood, undetermined: [...undetermined], holdout: accuracy, refused }
}

function holdoutReport(
  holdout: Origin,
  { used, calibrated, model }: Pick<Basis, 'used' | 'calibrated' | 'model'>,
): ChurnModelData['holdout'] {
  const { snapshot, bought } = holdout
  return {
    origin: isoOf(snapshot),
    members: snapshot.members.length,
    bought: bought.filter(Boolean).length / bought.length,
    recencyAuc: recencyAuc(holdout),
    used: used.accuracy,
    calibrated: calibrated?.accuracy ?? null,
    model: model?.accuracy ?? null,
    bands: used.bands,
    deciles: reliabilityByTenths(used.chances, bought),
  }
}

function isoOf({ at }: ShopSnapshot): string {
  return new Date(at).toISOString()
}
