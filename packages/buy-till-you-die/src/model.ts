import * as bgNbd from './bg-nbd.ts'
import type { History, Observation } from './history.ts'
import type { Discounting } from './lifetime-value.ts'
import type { Fit, Parameters } from './maximum-likelihood.ts'
import * as mbgCnbdK from './mbg-cnbd-k.ts'
import * as mbgNbd from './mbg-nbd.ts'
import * as nbd from './nbd.ts'
import * as paretoNbd from './pareto-nbd.ts'

/** What every model of when customers buy can do: the file of each has these functions, in this order. */
export interface Model {
  readonly name: string
  logLikelihood(parameters: Parameters, observations: readonly Observation[]): number
  fit(observations: readonly Observation[]): Fit<Parameters>
  probabilityAlive(parameters: Parameters, history: History): number
  probabilityOfPurchase(parameters: Parameters, history: History, h: number): number
  expectedPurchases(parameters: Parameters, history: History, h: number): number
  unconditionalExpectation(parameters: Parameters, h: number): number
  discountedPurchases(parameters: Parameters, history: History, discounting: Discounting): number
}

/** All models of when customers buy, under the names that a stored fit can bear. */
export const models = {
  nbd,
  'bg-nbd': bgNbd,
  'mbg-nbd': mbgNbd,
  'mbg-cnbd-k': mbgCnbdK,
  'pareto-nbd': paretoNbd,
} as const satisfies Record<string, Model>

export type ModelName = keyof typeof models
