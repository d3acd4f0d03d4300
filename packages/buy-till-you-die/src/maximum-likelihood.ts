import { nelderMead } from './numerics/nelder-mead.ts'

/** Parameters of a model by name. */
export type Parameters = Readonly<Record<string, number>>

export interface Fit<P extends Parameters> {
  parameters: P
  logLikelihood: number
  /** Customers fitted on. */
  customers: number
  /**
   * Parameters that the data do not determine: they ended where the search is fenced in, or could be e times as large or
   * as small with hardly less likelihood. A fit that has any is not to be used.
   */
  undetermined: readonly string[]
  /** False where the search was given up. */
  converged: boolean
  /** How often the likelihood was computed. */
  evaluations: number
}

interface Problem<P> {
  customers: number
  /** Where the search starts. A parameter that has a unit is given in units taken from the data, so that days and weeks fit alike. */
  start: P
  logLikelihood(parameters: P): number
}

/** No parameter leaves start ÷ 10⁴ to start × 10⁴. */
const boundLog = Math.log(1e4)
const onBoundWithin = 1e-3
/** Less log-likelihood lost by a step of 1 than by one standard error: the standard error is larger than the step. */
const lossMin = 0.5
/** Cost of a step of 1 beyond the bound, in log-likelihood per customer. */
const penalty = 1

const toleranceLog = 1e-7
const evaluationsMaxPerRound = 2_000
const roundsMax = 8
const firstStep = 0.5
const laterStep = 0.05

/**
 * Maximum likelihood over the logarithms of the parameters, by Nelder–Mead. A simplex can come to rest short of the
 * summit: so it is set up anew where it came to rest until that gains less than rounding does.
 */
export function maximumLikelihood<P extends Parameters>({ customers, start, logLikelihood }: Problem<P>): Fit<P> {
  const names = Object.keys(start)
  const fenced = (point: readonly number[]) => point.map((value) => Math.min(boundLog, Math.max(-boundLog, value)))
  const parametersAt = (point: readonly number[]) =>
    Object.fromEntries(names.map((name, axis) => [name, (start[name] as number) * Math.exp(point[axis] as number)])) as P
  const cost = (point: readonly number[]) => {
    const inside = fenced(point)
    const beyond = point.reduce((sum, value, axis) => sum + Math.abs(value - (inside[axis] as number)), 0)
    return customers * penalty * beyond - logLikelihood(parametersAt(inside))
  }

  const search = { tolerance: toleranceLog, evaluationsMax: evaluationsMaxPerRound }
  let found = nelderMead(cost, { ...search, start: names.map(() => 0), step: firstStep })
  let evaluations = found.evaluations
  for (let round = 2; round <= roundsMax; round++) {
    const again = nelderMead(cost, { ...search, start: found.point, step: laterStep })
    evaluations += again.evaluations
    const gain = found.value - again.value
    if (gain >= 0) found = again
    if (!(gain > 1e-10 * Math.abs(found.value))) break
  }

  const inside = fenced(found.point)
  const parameters = parametersAt(inside)
  const isFlat = (axis: number) =>
    [-1, 1].some((step) => cost(inside.map((value, index) => (index === axis ? value + step : value))) - found.value < lossMin)
  return {
    parameters,
    logLikelihood: logLikelihood(parameters),
    customers,
    undetermined: names.filter((_, axis) => Math.abs(inside[axis] as number) >= boundLog - onBoundWithin || isFlat(axis)),
    converged: found.converged,
    evaluations,
  }
}

/** The sum over all customers, identical ones computed once. */
export function sumOver<T extends { count: number }>(counted: readonly T[], of: (each: T) => number): number {
  let sum = 0
  for (const each of counted) sum += each.count * of(each)
  return sum
}

export function customersOf(counted: readonly { count: number }[]): number {
  return sumOver(counted, () => 1)
}
