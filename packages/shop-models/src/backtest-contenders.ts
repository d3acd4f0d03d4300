import { type ModelName, models } from '@perennial/buy-till-you-die'
import type { ChurnModelData } from '@perennial/contracts'
import { askAll, calibratedModel, fitCalibration } from './calibration.ts'
import { canBeFitted, chanceByModel, chancesOf, type FitModel } from './chance-by-model.ts'
import { chanceByRhythm, rhythmRulesAt } from './chance-by-rhythm.ts'
import type { ChurnFitOptions } from './churn-fit-options.ts'
import { compileChurnModel } from './compile-churn-model.ts'
import { fitChurnModel } from './fit-churn-model.ts'
import { originOf, originsOf } from './origins.ts'
import { rfmSums } from './rfm-ranking.ts'
import type { ShopSnapshot } from './snapshot.ts'

/** What somebody would have said at an origin: of each member, the higher the riskier. */
export interface Contender {
  name: string
  /** Probabilities that nothing is bought within the horizon, only a ranking, or one probability for everybody. */
  kind: 'probability' | 'ranking' | 'share'
  risks: readonly number[]
}

/** All buy-till-you-die models contend, whether or not members could be scored with them. */
export const contendingModels = Object.keys(models) as ModelName[]

/** What Perennial would have learnt at the origin, and what everybody would have said. */
export interface Contest {
  learnt: ChurnModelData
  contenders: Contender[]
}

/**
 * Everything is fitted on what was known at the origin, and on nothing else. Whoever can say nothing yet is left out.
 *
 * @param known the origin's snapshot, and those before it, newest first
 */
export function contendersAt(
  known: readonly [ShopSnapshot, ...ShopSnapshot[]],
  options: ChurnFitOptions,
  fitModel: FitModel,
  onStep: () => void,
): Contest {
  const [{ members }] = known
  const told = <T>(result: T): T => {
    onStep()
    return result
  }
  const byModel = contendingModels.flatMap((name) => told(modelAt(name, known[0], options, fitModel)))
  const byRhythm = probability(
    'own-rhythm',
    chancesOf(members, chanceByRhythm(rhythmRulesAt(known[0], options.ownRhythm), options.horizonDays)),
  )
  const learnt = told(fitChurnModel(known, { ...options, onProgress: undefined }, fitModel))
  const perennial =
    learnt.basis === 'own-rhythm'
      ? { ...byRhythm, name: 'perennial' }
      : probability('perennial', askAll(compileChurnModel(learnt), members))
  return {
    learnt,
    contenders: [
      perennial,
      ...calibratedAt(learnt, known, options, fitModel),
      ...byModel,
      byRhythm,
      ranking(
        'recency',
        members.map(({ silenceDays }) => silenceDays),
      ),
      ranking(
        'frequency',
        members.map(({ facts }) => -facts.days),
      ),
      ranking(
        'rfm',
        rfmSums(members).map((sum) => -sum),
      ),
      ...baseRateAt(known),
    ],
  }
}

function modelAt(name: ModelName, snapshot: ShopSnapshot, { horizonDays }: ChurnFitOptions, fitModel: FitModel): Contender[] {
  if (!canBeFitted(snapshot)) return []
  const chanceOf = chanceByModel(name, fitModel(name, snapshot).parameters, horizonDays)
  return [probability(name, chancesOf(snapshot.members, chanceOf))]
}

/** The calibration layer over the best model, also where the rules refused it. */
function calibratedAt(
  learnt: ChurnModelData,
  known: readonly [ShopSnapshot, ...ShopSnapshot[]],
  options: ChurnFitOptions,
  fitModel: FitModel,
): Contender[] {
  const [snapshot] = known
  const best = bestCandidate(learnt)
  if (!best) return []
  const chanceOf = chanceByModel(best, fitModel(best, snapshot).parameters, options.horizonDays)
  const calibration = learnt.calibration ?? fitCalibration(originsOf(known), snapshot, chanceOf)
  return calibration ? [probability('calibrated', askAll(calibratedModel(calibration, chanceOf), snapshot.members))] : []
}

/** As rule 1 has it: the smallest log-loss of those that are not refused, of equals the first by name. */
function bestCandidate({ candidates }: ChurnModelData): ModelName | undefined {
  const usable = candidates.filter(({ refused }) => refused === null)
  const lossOf = ({ holdout }: (typeof candidates)[number]) => holdout?.logLoss ?? Number.POSITIVE_INFINITY
  return usable.sort((one, other) => lossOf(one) - lossOf(other) || (one.model < other.model ? -1 : 1))[0]?.model as ModelName | undefined
}

/** Everybody is told the share of those who bought after the origin before. */
function baseRateAt([snapshot, before]: readonly ShopSnapshot[]): Contender[] {
  if (!snapshot || !before || before.members.length === 0) return []
  const { bought } = originOf(before, snapshot)
  if (bought.length === 0) return []
  const share = bought.filter(Boolean).length / bought.length
  return [{ name: 'base-rate', kind: 'share', risks: snapshot.members.map(() => 1 - share) }]
}

function probability(name: string, chances: readonly number[]): Contender {
  return { name, kind: 'probability', risks: chances.map((chance) => 1 - chance) }
}

function ranking(name: string, risks: readonly number[]): Contender {
  return { name, kind: 'ranking', risks }
}
