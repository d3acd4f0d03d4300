import { type ChurnModel, learnt, type ShopModels, type ShoppingFacts, type ShopRhythm, type ValueModel } from '@perennial/domain'
import { compileModels } from '@perennial/shop-models'
import type { LearntFromShop } from '../reference/learnt.ts'
import { churnModelOf, type StoredModel, shopRhythmOf, valueModelOf } from '../reference/stored-models.ts'
import type { Dice } from './dice.ts'
import { randomAsOf, randomChurnData, randomCuts, randomRhythmData, randomValueData } from './random-stored-models.ts'

/**
 * What might have been learnt from a shop: made up, and as lawful as what is learnt. What JSON shows of it tells it all.
 * Some of it is as it stands in the log: then the folds are given what is compiled of that.
 */
export function randomLearnt(dice: Dice): LearntFromShop {
  return {
    churn: several(dice, () => (dice.once(2) ? storedChurnModel(dice) : randomChurnModel(dice))),
    rhythm: several(dice, () => (dice.once(3) ? storedRhythm(dice) : randomRhythm(dice))),
    value: several(dice, () => (dice.once(3) ? storedValueModel(dice) : randomValueModel(dice))),
  }
}

/** What the folds are given where the reference model is given this. */
export function compiled({ churn, rhythm, value }: LearntFromShop): ShopModels {
  const orCompiled = <Model extends { asOf: number }>(model: Model, kind: keyof ShopModels): Model => {
    const { stored } = model as Partial<Stored>
    const ofLog = stored && compileModels([stored])[kind].inForce(Number.POSITIVE_INFINITY)
    return ofLog ? { ...(ofLog as unknown as Model), asOf: model.asOf } : model
  }
  return {
    churn: learnt(churn.map((model) => orCompiled(model, 'churn'))),
    rhythm: learnt(rhythm.map((model) => orCompiled(model, 'rhythm'))),
    value: learnt(value.map((model) => orCompiled(model, 'value'))),
  }
}

interface Stored {
  stored: StoredModel
}

function storedChurnModel(dice: Dice): ChurnModel & Stored {
  const data = randomChurnData(dice)
  return { ...churnModelOf(data), stored: { type: 'ChurnModelFitted', data } }
}

function storedRhythm(dice: Dice): ShopRhythm & Stored {
  const data = randomRhythmData(dice)
  return { ...shopRhythmOf(data), stored: { type: 'RhythmMeasured', data } }
}

function storedValueModel(dice: Dice): ValueModel & Stored {
  const data = randomValueData(dice)
  return { ...valueModelOf(data), stored: { type: 'ValueModelFitted', data } }
}

function several<Model extends { asOf: number }>(dice: Dice, make: () => Model): Model[] {
  const models = Array.from({ length: dice.pick([0, 1, 1, 2, 2, 3, 4]) }, make)
  const [first] = models
  // Learnt again as of the same instant: the later one counts.
  return first && dice.once(6) ? [...models, { ...make(), asOf: first.asOf }] : models
}

/** A basis, and the chance that goes with it. */
type Chance = Pick<ChurnModel, 'chanceOfPurchase' | 'model' | 'basis'> & { parameters: object }

function randomChurnModel(dice: Dice): ChurnModel & { parameters: object } {
  const horizonDays = dice.pick([7, 30, 90, 365])
  const chance = dice.pick([logistic, logistic, inSteps, ownRhythm])(dice)
  return { asOf: randomAsOf(dice), horizonDays, ...chance, contributions: contributionsOf(chance) }
}

/** What may be told of how it came about; nothing is compared of it. */
function contributionsOf({ basis }: Chance): ChurnModel['contributions'] {
  return ({ days }, silence, engagement) => {
    if (basis !== 'calibrated') return []
    const weights = { recency: -Math.log1p(silence), frequency: Math.log(days), engagement: Math.log1p(engagement) }
    return Object.entries(weights)
      .map(([feature, weight]) => ({ feature, weight }))
      .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
  }
}

/** By every fact of how a member shops. Weights of what moves in a silence are not below zero. */
function logistic(dice: Dice): Chance {
  const moves = { intercept: dice.real(8) - 2, recency: dice.real(1.5), ownGap: dice.real(1), engagement: dice.real(1.5) }
  const stands = { frequency: dice.real(1.5) - 0.5, tenure: dice.real(0.6) - 0.3, orders: dice.real(0.2), returnRate: -dice.real(2) }
  const gaps = { logGaps: -dice.real(0.1), lastGap: -dice.real(0.3) }
  const spends = { netSpend: dice.real(0.6) - 0.3, inPounds: dice.real(0.2) }
  const parameters = { ...moves, ...stands, ...gaps, ...spends, gapDays: 1 + dice.real(60) }
  return {
    basis: 'calibrated',
    model: dice.pick(['mbg-nbd', 'pareto-nbd']),
    parameters,
    chanceOfPurchase(facts, silence, engagement) {
      const { days, firstDay, previousDay, lastDay, gross, returned } = facts
      const ownGap = (2 * parameters.gapDays + lastDay - firstDay) / (days + 1)
      const z =
        parameters.intercept -
        parameters.recency * Math.log1p(silence) -
        parameters.ownGap * Math.log1p(silence / ownGap) +
        parameters.engagement * Math.log1p(engagement) +
        parameters.frequency * Math.log(days) +
        parameters.tenure * Math.log1p(lastDay - firstDay) +
        parameters.orders * Math.log(facts.purchases) +
        parameters.returnRate * (gross > 0 ? Math.min(1, returned / gross) : 0) +
        parameters.logGaps * facts.logGaps +
        parameters.lastGap * (days > 1 ? Math.log(lastDay - previousDay) : 0) +
        parameters.netSpend * Math.log1p(Math.max(0, gross - returned) / 10_000) +
        (facts.currency === 'GBP' ? parameters.inPounds : 0)
      return 1 / (1 + Math.exp(-z))
    },
  }
}

/** Falls by leaps, of which some go over more than one band; in between it stays. */
function inSteps(dice: Dice): Chance {
  const parameters = { from: 0.5 + dice.real(0.5), everyDays: 0.3 + dice.real(40), by: 0.02 + dice.real(0.5) }
  return {
    basis: 'model',
    model: 'bg-nbd',
    parameters,
    chanceOfPurchase(_, silence) {
      return Math.max(0, parameters.from - parameters.by * Math.floor(silence / parameters.everyDays))
    },
  }
}

function ownRhythm(): Chance {
  return {
    basis: 'own-rhythm',
    model: null,
    parameters: {},
    chanceOfPurchase() {
      throw new Error("nobody asks a model for the member's own rhythm")
    },
  }
}

function randomRhythm(dice: Dice): ShopRhythm {
  return { asOf: randomAsOf(dice), gapDays: dice.once(4) ? null : 0.5 + dice.real(dice.pick([3, 80])) }
}

function randomValueModel(dice: Dice): ValueModel & { cuts: object; growth: number | null } {
  const cuts = randomCuts(dice)
  // No member had a shopping day when it was fitted.
  const isEmpty = dice.once(10)
  const growth = dice.once(6) ? null : dice.real(0.02)
  return {
    asOf: randomAsOf(dice),
    cuts,
    growth,
    silenceDays: isEmpty ? null : cuts.silenceDays,
    shoppingDays: isEmpty ? null : cuts.shoppingDays,
    netSpend: (currency) => (isEmpty ? null : (cuts.netSpend[currency] ?? null)),
    lifetimeValue: (facts, silence, terms) => (growth === null ? null : growth * worthOf(facts, silence, terms)),
  }
}

function worthOf({ days, gross, returned }: ShoppingFacts, silence: number, terms: { yearlyDiscount: number; horizonDays: number }) {
  const perDay = Math.max(0, gross - returned) / days
  return (perDay * terms.horizonDays * 2 ** (-silence / 100)) / (1 + terms.yearlyDiscount)
}
