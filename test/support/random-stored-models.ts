import type { ChurnModelData, RhythmData, ValueModelData } from '@perennial/contracts'
import type { StoredModel } from '../reference/stored-models.ts'
import type { Dice } from './dice.ts'
import * as pools from './pools.ts'
import { dayMs } from './pools.ts'

/** What might have been learnt from a shop, as it stands in the log: in the order in which it was recorded, which is not that of time. */
export function randomStoredModels(dice: Dice): StoredModel[] {
  return Array.from({ length: 1 + dice.number(6) }, () => {
    const type = dice.pick(['ChurnModelFitted', 'RhythmMeasured', 'ValueModelFitted'] as const)
    if (type === 'ChurnModelFitted') return { type, data: randomChurnData(dice) }
    if (type === 'RhythmMeasured') return { type, data: randomRhythmData(dice) }
    return { type, data: randomValueData(dice) }
  })
}

/** Within the time of the histories, and after; often at one of the few instants that they are full of. */
export function randomAsOf(dice: Dice): number {
  if (dice.once(8)) return dice.pick(pools.clockChanges)
  if (dice.once(2)) return dice.pick(pools.awkwardDays) + dice.pick(pools.awkwardTimes)
  return pools.firstInstant + dice.number(900) * dayMs + dice.number(dayMs)
}

/** Of how it was fitted, which nobody asks any more. */
const fitted = { members: 1_000, repeatBuyers: 500, dataHash: '', candidates: [], holdout: null, fallbacks: [], logLikelihood: -1 }

export function randomChurnData(dice: Dice): ChurnModelData {
  const basis = dice.pick(['calibrated', 'calibrated', 'model', 'own-rhythm'] as const)
  const model = dice.pick(['nbd', 'bg-nbd', 'mbg-nbd', 'pareto-nbd', 'mbg-cnbd-k'] as const)
  const isOwn = basis === 'own-rhythm'
  return {
    ...fitted,
    asOf: new Date(randomAsOf(dice)).toISOString(),
    horizonDays: dice.pick([7, 30, 90, 365]),
    basis,
    model: isOwn ? null : model,
    parameters: isOwn ? {} : randomParameters(dice, model),
    calibration: basis === 'calibrated' ? randomCalibration(dice) : null,
  }
}

function randomParameters(dice: Dice, model: string): Record<string, number> {
  const buys = { r: 0.2 + dice.real(2), alpha: 1 + dice.real(60) }
  if (model === 'nbd') return buys
  if (model === 'pareto-nbd') return { ...buys, s: 0.2 + dice.real(2), beta: 1 + dice.real(60) }
  const dropsOut = { ...buys, a: 0.2 + dice.real(2), b: 0.5 + dice.real(4) }
  return model === 'mbg-cnbd-k' ? { k: 1, ...dropsOut } : dropsOut
}

function randomCalibration(dice: Dice): NonNullable<ChurnModelData['calibration']> {
  const moves = { model: dice.real(1), recency: dice.real(0.8), ownGap: dice.real(0.8), engagement: dice.real(1) }
  const stands = {
    frequency: dice.real(1) - 0.3,
    tenure: dice.real(0.4) - 0.2,
    netSpend: dice.real(0.6) - 0.2,
    returnRate: -dice.real(2),
  }
  const weights = { ...moves, ...stands }
  const means = Object.fromEntries(Object.keys(weights).map((feature) => [feature, 0]))
  return {
    intercept: dice.real(6) - 2,
    weights,
    means,
    gapDays: 1 + dice.real(60),
    netSpend: { GBP: 1_000 + dice.number(9_000), JPY: 500 },
  }
}

export function randomRhythmData(dice: Dice): RhythmData {
  const p50 = 0.5 + dice.real(dice.pick([3, 80]))
  const gapDays = { p10: p50 / 4, p25: p50 / 2, p50, p75: p50 * 2, p90: p50 * 4 }
  const { members, repeatBuyers, dataHash } = fitted
  return { members, repeatBuyers, dataHash, asOf: new Date(randomAsOf(dice)).toISOString(), gapDays: dice.once(4) ? null : gapDays }
}

export function randomValueData(dice: Dice): ValueModelData {
  const { members, dataHash, logLikelihood } = fitted
  const spend = {
    parameters: { p: 1 + dice.real(6), q: 1.1 + dice.real(4), gamma: 100 + dice.real(20_000) },
    logLikelihood,
    members,
    correlation: 0,
  }
  const model = dice.pick(['mbg-nbd', 'mbg-nbd', 'nbd'])
  return {
    members,
    dataHash,
    asOf: new Date(randomAsOf(dice)).toISOString(),
    cutPoints: randomCuts(dice),
    timing: dice.once(4) ? null : { model, parameters: randomParameters(dice, model), logLikelihood },
    spend: { GBP: spend, JPY: spend },
    refused: [],
  }
}

export function randomCuts(dice: Dice): NonNullable<ValueModelData['cutPoints']> {
  const ofMoney = () => ascending(dice, () => dice.number(60_000))
  // Of one currency nothing is known.
  const netSpend = { GBP: ofMoney(), EUR: ofMoney(), JPY: ofMoney() }
  return {
    // Silences that some member had: whole milliseconds.
    silenceDays: ascending(dice, () => (dice.once(3) ? dice.number(200) : dice.number(200 * dayMs) / dayMs)),
    shoppingDays: ascending(dice, () => 1 + dice.number(6)),
    netSpend,
  }
}

/** Now and then with equals among them. */
function ascending(dice: Dice, make: () => number): [number, number, number, number] {
  const one = () => (dice.once(8) ? 2 : make())
  const cuts: [number, number, number, number] = [one(), one(), one(), one()]
  return cuts.sort((a, b) => a - b)
}
