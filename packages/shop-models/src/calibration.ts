import type { ChurnModelData } from '@perennial/contracts'
import type { ShoppingFacts } from '@perennial/domain'
import { type ChanceOfPurchase, chancesOf } from './chance-by-model.ts'
import { type ChurnFeature, chanceMin, churnFeatures, fadingFeatures, type ShopMeasures, writeChurnFeatures } from './churn-features.ts'
import { fitLogistic, type LogisticRows } from './logistic.ts'
import { isMixed, type Origin } from './origins.ts'
import { shopMeasuresOf } from './shop-measures.ts'
import type { MemberSnapshot, ShopSnapshot } from './snapshot.ts'

/** What the shop taught beyond the buy-till-you-die model, as it stands in the event. */
export type Calibration = NonNullable<ChurnModelData['calibration']>

const neverNegative = new Set(churnFeatures.flatMap((feature, column) => (fadingFeatures.has(feature) ? [column] : [])))

/**
 * As many origins count as seen at which the model foretold just as many purchases as came. Who differs from whom is much
 * the same in every quarter; how many buy at all is not, and a few origins say little about the next one.
 */
const modelOrigins = 2

/**
 * Weighs the features over all members at all these origins, and then draws the level towards the model's. Undefined where
 * there is nothing to weigh: nobody has come back yet, or at the origins all members did the same.
 *
 * @param origins newest first
 * @param asOf what is known by now: of it are the measures, and the members of whom the level is that of the mean
 */
export function fitCalibration(origins: readonly Origin[], asOf: ShopSnapshot, chanceOf: ChanceOfPurchase): Calibration | undefined {
  const measures = shopMeasuresOf(asOf)
  if (!measures || !isMixed(origins.flatMap(({ bought }) => bought))) return undefined
  const { intercept, weights, means } = fitLogistic(rowsOf(origins, chanceOf, measures), neverNegative)
  const learnt = {
    intercept,
    weights: byName(weights),
    means: byName(means),
    gapDays: measures.gapDays,
    netSpend: { ...measures.netSpend },
  }
  return { ...learnt, intercept: intercept + towardsModel(learnt, origins.length, asOf.members, chanceOf) }
}

/** The oldest origin first, members in their order. */
function rowsOf(origins: readonly Origin[], chanceOf: ChanceOfPurchase, measures: ShopMeasures): LogisticRows {
  const oldestFirst = origins.toReversed()
  const happened = Uint8Array.from(oldestFirst.flatMap(({ bought }) => bought.map(Number)))
  const columns = churnFeatures.map(() => new Float64Array(happened.length))
  const features = new Float64Array(churnFeatures.length)
  const members = oldestFirst.flatMap(({ snapshot }) => snapshot.members)
  for (const [row, { facts, silenceDays, engagement }] of members.entries()) {
    writeChurnFeatures(features, { facts, silenceDays, engagement, chance: chanceOf(facts, silenceDays) }, measures)
    for (const [column, values] of columns.entries()) values[row] = features[column] as number
  }
  return { columns, happened }
}

function byName(values: readonly number[]): Record<ChurnFeature, number> {
  return Object.fromEntries(churnFeatures.map((feature, column) => [feature, values[column]])) as Record<ChurnFeature, number>
}

/**
 * By how much to move the intercept so that the mean chance of all members lies, in log odds, between what the layer makes
 * it and what the model makes it: the more origins were seen, the nearer to the layer's.
 */
function towardsModel(learnt: Calibration, origins: number, members: readonly MemberSnapshot[], chanceOf: ChanceOfPurchase): number {
  const chances = askAll(calibratedModel(learnt, chanceOf), members)
  const [byLayer, byModel] = [logOdds(meanOf(chances)), logOdds(meanOf(chancesOf(members, chanceOf)))]
  const wanted = (origins * byLayer + modelOrigins * byModel) / (origins + modelOrigins)
  const odds = chances.map((chance) => Math.log(chance / (1 - chance)))
  // The mean rises with the shift, so halving finds it; 100 halvings leave nothing between the two ends.
  let [low, high] = [-40, 40]
  for (let halving = 0; halving < 100; halving++) {
    const shift = (low + high) / 2
    if (logOdds(meanOf(odds.map((each) => 1 / (1 + Math.exp(-each - shift))))) < wanted) low = shift
    else high = shift
  }
  return high
}

function logOdds(chance: number): number {
  const cut = Math.min(1 - chanceMin, Math.max(chanceMin, chance))
  return Math.log(cut / (1 - cut))
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The calibration layer over a model, made ready for many members: nothing is made anew per member. */
export interface CalibratedModel {
  /** P(at least one purchase within the horizon). */
  chanceOfPurchase(facts: ShoppingFacts, silenceDays: number, engagement: number): number
  /** What each feature adds to z against an average member's, the weightiest first; features without weight are left out. */
  contributions(facts: ShoppingFacts, silenceDays: number, engagement: number): { feature: string; weight: number }[]
}

export function calibratedModel(calibration: Calibration, chanceOf: ChanceOfPurchase): CalibratedModel {
  const weights = Float64Array.from(churnFeatures, (feature) => calibration.weights[feature] ?? 0)
  const means = Float64Array.from(churnFeatures, (feature) => calibration.means[feature] ?? 0)
  const features = new Float64Array(churnFeatures.length)
  const look = (facts: ShoppingFacts, silenceDays: number, engagement: number) =>
    writeChurnFeatures(features, { facts, silenceDays, engagement, chance: chanceOf(facts, silenceDays) }, calibration)
  return {
    chanceOfPurchase(facts, silenceDays, engagement) {
      look(facts, silenceDays, engagement)
      let z = calibration.intercept
      for (let column = 0; column < features.length; column++) z += (weights[column] as number) * (features[column] as number)
      return 1 / (1 + Math.exp(-z))
    },
    contributions(facts, silenceDays, engagement) {
      look(facts, silenceDays, engagement)
      return churnFeatures
        .map((feature, column) => ({
          feature,
          weight: (weights[column] as number) * ((features[column] as number) - (means[column] as number)),
        }))
        .filter(({ weight }) => weight !== 0)
        .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    },
  }
}

/** The chance of each. */
export function askAll({ chanceOfPurchase }: Pick<CalibratedModel, 'chanceOfPurchase'>, members: readonly MemberSnapshot[]): number[] {
  return members.map(({ facts, silenceDays, engagement }) => chanceOfPurchase(facts, silenceDays, engagement))
}
