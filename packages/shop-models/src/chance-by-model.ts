import { type Fit, type History, type Model, type ModelName, models, type Observation, type Parameters } from '@perennial/buy-till-you-die'
import type { ShoppingFacts } from '@perennial/domain'
import type { MemberSnapshot, ShopSnapshot } from './snapshot.ts'

/** A member's history as the buy-till-you-die models see it, in days: repeat shopping days, the last one, and until when. */
export function historyOf({ days, firstDay, lastDay }: ShoppingFacts, silenceDays: number): History {
  const tx = lastDay - firstDay
  return { x: days - 1, tx, T: tx + silenceDays }
}

/** To fit on: whole days of silence, so that many members are alike and are computed once. */
function observationOf({ facts, silenceDays }: MemberSnapshot): Observation {
  return { ...historyOf(facts, Math.floor(silenceDays)), logGaps: facts.logGaps }
}

/** Somebody was watched for a day at least: else there is nothing to fit on. */
export function canBeFitted({ members }: ShopSnapshot): boolean {
  return members.some((member) => observationOf(member).T > 0)
}

/** A model fitted on all members as of the snapshot. */
export type FitModel = (name: ModelName, snapshot: ShopSnapshot) => Fit<Parameters>

/** Each model is fitted once on each snapshot, however often it is asked for. */
export function rememberedFits(): FitModel {
  const known = new Map<ShopSnapshot, Map<ModelName, Fit<Parameters>>>()
  return (name, snapshot) => {
    const ofSnapshot = known.get(snapshot) ?? new Map<ModelName, Fit<Parameters>>()
    known.set(snapshot, ofSnapshot)
    const fit = ofSnapshot.get(name) ?? models[name].fit(snapshot.members.map(observationOf))
    ofSnapshot.set(name, fit)
    return fit
  }
}

export type ChanceOfPurchase = (facts: ShoppingFacts, silenceDays: number) => number

/** P(at least one purchase within the horizon), under a fitted model, of a member with a shopping day. */
export function chanceByModel(name: ModelName, parameters: Parameters, horizonDays: number): ChanceOfPurchase {
  const model: Model = models[name]
  return (facts, silenceDays) => model.probabilityOfPurchase(parameters, historyOf(facts, silenceDays), horizonDays)
}

export function chancesOf(members: readonly MemberSnapshot[], chanceOf: ChanceOfPurchase): number[] {
  return members.map(({ facts, silenceDays }) => chanceOf(facts, silenceDays))
}

/** Why risk would not only grow with silence under these parameters; undefined where it does. */
export function dueByTheClock(name: ModelName, { k }: Parameters): string | undefined {
  if (name !== 'mbg-cnbd-k' || k === undefined || k === 1) return undefined
  return `with k = ${k} a member who buys by the clock is due, so risk does not only grow with silence`
}
