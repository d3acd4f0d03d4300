import { type ModelName, models } from '@perennial/buy-till-you-die'
import type { ChurnModelData } from '@perennial/contracts'
import type { ChurnModel } from '@perennial/domain'
import { calibratedModel } from './calibration.ts'
import { type ChanceOfPurchase, chanceByModel } from './chance-by-model.ts'

/**
 * A churn model as it stands in the log, made ready for asking. By the member's own rhythm there is no model to ask: that
 * is the programme's, and asking is an error of the caller's.
 */
export function compileChurnModel(data: ChurnModelData): ChurnModel {
  const { basis, model, horizonDays, calibration } = data
  const known = { asOf: Date.parse(data.asOf), basis, model, horizonDays }
  if (basis === 'own-rhythm') return { ...known, chanceOfPurchase: noModel, contributions: () => [] }
  const chanceOf = chanceOfStored(data)
  if (basis === 'calibrated' && calibration) return { ...known, ...calibratedModel(calibration, chanceOf) }
  return { ...known, chanceOfPurchase: (facts, silenceDays) => chanceOf(facts, silenceDays), contributions: () => [] }
}

function noModel(): never {
  throw new Error("by the member's own rhythm there is no model to ask")
}

function chanceOfStored({ model, parameters, horizonDays }: ChurnModelData): ChanceOfPurchase {
  if (!isModelName(model)) throw new Error(`no buy-till-you-die model is called ${model}`)
  return chanceByModel(model, parameters, horizonDays)
}

function isModelName(name: string | null): name is ModelName {
  return name !== null && Object.hasOwn(models, name)
}
