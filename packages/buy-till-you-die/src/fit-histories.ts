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

/** The unit of time that a search starts with is a quarter of the longest that a customer was watched. */
export function fitCounted<P extends Parameters>(
  counted: readonly Counted[],
  start: (unit: number) => P,
  logLikelihood: (parameters: P) => number,
): Fit<P> {
  const longest = counted.reduce((most, { T }) => Math.max(most, T), 0)
  return maximumLikelihood({ customers: customersOf(counted), start: start(longest / 4), logLikelihood })
}
