import { checkObservations, checkParameters } from './checks.ts'
import { type Counted, countIdentical, type History, type Observation } from './history.ts'
import { customersOf, type Fit, maximumLikelihood, type Parameters, sumOver } from './maximum-likelihood.ts'

/** A model's log-likelihood of one history. Computed for many histories with the same parameters, hence in two steps. */
type LogLikelihoodOf<P> = (parameters: P) => (history: History) => number

/** The log-likelihood of all customers. */
export function sumLogLikelihood<P extends Parameters>(
  of: LogLikelihoodOf<P>,
  parameters: P,
  observations: readonly Observation[],
): number {
  checkParameters(parameters)
  checkObservations(observations)
  return sumOver(countIdentical(observations), of(parameters))
}

/** The maximum of the log-likelihood, searched from `start`. */
export function fitHistories<P extends Parameters>(
  of: LogLikelihoodOf<P>,
  observations: readonly Observation[],
  start: (unit: number) => P,
): Fit<P> {
  checkObservations(observations)
  const counted = countIdentical(observations)
  return fitCounted(counted, start, (parameters) => sumOver(counted, of(parameters)))
}

/**
 * The unit of time that a search starts with is a third of the mean time that customers were watched: between a quarter
 * of the longest, where all came at once, and as much where they came one after the other. Not the longest itself: one
 * purchase with a wrong date would set it.
 */
export function fitCounted<P extends Parameters>(
  counted: readonly Counted[],
  start: (unit: number) => P,
  logLikelihood: (parameters: P) => number,
): Fit<P> {
  const customers = customersOf(counted)
  const meanT = sumOver(counted, ({ T }) => T) / customers
  return maximumLikelihood({ customers, start: start(meanT / 3), logLikelihood })
}
