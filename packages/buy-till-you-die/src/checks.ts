import type { History, Observation } from './history.ts'

/** Arguments that no model gives a meaning are refused here, with a RangeError: past this, every result is a number. */

export function checkParameters(parameters: object): void {
  for (const [name, value] of Object.entries(parameters)) {
    if (!(value > 0 && value < Infinity)) throw new RangeError(`parameter ${name} must be above 0 and finite, not ${value}`)
  }
}

export function checkHistory({ x, tx, T }: History): void {
  if (!(Number.isInteger(x) && x >= 0)) throw new RangeError(`x must be a whole number from 0 up, not ${x}`)
  if (!(tx >= 0 && tx <= T && T < Infinity)) throw new RangeError(`0 ≤ tx ≤ T must hold, and does not for tx ${tx}, T ${T}`)
  if (x === 0 && tx !== 0) throw new RangeError(`without a repeat purchase tx is 0, not ${tx}`)
}

export function checkObservations(observations: readonly Observation[]): void {
  if (observations.length === 0) throw new RangeError('there is no customer to fit a model on')
  for (const observation of observations) {
    checkHistory(observation)
    checkCount(observation.count)
  }
  if (observations.every(({ T }) => T === 0)) throw new RangeError('no customer was watched for any time')
}

export function checkCount(count: number | undefined): void {
  if (count !== undefined && !(Number.isInteger(count) && count > 0))
    throw new RangeError(`count must be a whole number from 1 up, not ${count}`)
}

/** A length of time to look ahead. */
export function checkHorizon(h: number): void {
  if (!(h >= 0 && h < Infinity)) throw new RangeError(`a horizon must be 0 or more and finite, not ${h}`)
}

/** Phases of an Erlang distribution. */
export function checkRegularity(k: number): void {
  if (!(Number.isInteger(k) && k >= 1)) throw new RangeError(`k must be a whole number from 1 up, not ${k}`)
}
